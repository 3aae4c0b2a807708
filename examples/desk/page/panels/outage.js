import { element, setText } from "../dom.js";

const COUNTDOWN_STEP_MS = 100;

/** Fills the strip that says that the link is lost, when the next attempt is due, and offers to try now. */
export function mountOutage(root, desk) {
  const what = element("strong");
  // Not announced: a screen reader would read every tenth of a second.
  const countdown = element("span.countdown", { "aria-hidden": "true" });
  const retry = element("button.button", { type: "button", textContent: "Try now" });
  const status = element("span", { role: "status" }, what);
  root.append(status, countdown, retry);
  retry.addEventListener("click", () => desk.session.connect());

  let wasLost = false;
  const render = () => {
    const { session } = desk;
    const { state, reconnectAt } = session;
    const isFailed = state === "error";
    const isBackoff = state === "disconnected" && reconnectAt !== null;
    if (isBackoff) wasLost = true;
    else if (!["connecting", "connected", "authenticating"].includes(state)) wasLost = false;
    root.hidden = !(isFailed || wasLost);
    if (root.hidden) return;
    retry.hidden = !isBackoff;
    setText(what, isFailed ? "The session has failed." : "Connection lost.");
    if (isFailed) setText(countdown, "See the error in the events, or open a new session.");
    else if (!isBackoff) setText(countdown, "Connecting…");
    else {
      const leftMs = Math.max(0, reconnectAt - performance.now());
      setText(countdown, `Next attempt in ${(leftMs / 1_000).toFixed(1)} s`);
    }
  };
  desk.journal.onEntry(({ kind }) => {
    if (kind === "state") render();
  });
  desk.addEventListener("session", render);
  setInterval(render, COUNTDOWN_STEP_MS);
}
