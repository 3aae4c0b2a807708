import { element } from "../dom.js";
import { formatMs } from "../format.js";

const MAX_ROWS = 30;
const TONES = { acked: "good", superseded: "", failed: "bad", unknown: "warn" };

/** Fills the panel of completion tokens: how each request ended, and what proves it. */
export function mountTokens(root, desk) {
  const list = element("ol.tokens", { "aria-label": "Completion tokens, newest first" });
  root.append(
    element("header.panel-head", {}, element("h2", { id: "tokens-title" }, "Completion tokens")),
    list,
  );
  desk.addEventListener("session", () => list.replaceChildren());
  desk.journal.onEntry((entry) => {
    if (entry.kind !== "token") return;
    const { id, type, topic, outcome, proof, code, lastSeq, durationMs } = entry;
    const how = [outcome, proof ?? code].filter(Boolean).join(" ");
    const what = lastSeq === null ? topic : `${topic}, last ${lastSeq}`;
    list.prepend(
      element(
        "li",
        { "data-type": type, "data-topic": topic },
        element("span.token-id", {}, `#${id}`),
        element("span", {}, type),
        element("span", { className: `pill ${TONES[outcome]}` }, how),
        element("span.token-subject", {}, what),
        element("span.token-time", {}, formatMs(durationMs)),
      ),
    );
    while (list.children.length > MAX_ROWS) list.lastElementChild.remove();
  });
}
