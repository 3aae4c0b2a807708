import { element, setText } from "../dom.js";

const MAX_ROWS = 300;

/** Fills the panel of the session's events, as its queue handles them; newest first. */
export function mountEvents(root, desk) {
  const echoes = element("input", { type: "checkbox", id: "show-echoes" });
  const list = element("ol.events", { "aria-label": "Events, newest first", tabIndex: 0 });
  root.append(
    element(
      "header.panel-head",
      {},
      element("h2", { id: "events-title" }, "Events"),
      element("label.check", {}, echoes, "Show echoes"),
    ),
    list,
  );
  // Data come many a second: what comes in a row shares one line.
  let data = null;

  desk.journal.onEntry((entry) => {
    if (entry.kind === "session" && entry.record.type === "recv_data") {
      data ??= { row: addRow(list, entry, ["recv_data", "", "data"]), count: 0 };
      data.count += 1;
      setText(data.row.lastElementChild, data.count === 1 ? "" : `× ${data.count}`);
      return;
    }
    const line = describe(entry, echoes.checked);
    if (line === null) return;
    data = null;
    addRow(list, entry, line);
  });
}

/** Returns type, details and tone of a line; null for what has no line of its own. */
function describe(entry, showsEchoes) {
  switch (entry.kind) {
    case "session": {
      const { type, tokenId, subject = [], ending, closeCode, code } = entry.record;
      if (subject[0] === "desk.echo" && !showsEchoes) return null;
      const details = [
        tokenId ? `#${tokenId}` : "",
        subject.join(", "),
        ending === undefined ? "" : `by ${ending}`,
        closeCode === undefined ? "" : `code ${closeCode}`,
        code ?? "",
      ];
      return [type, details.filter(Boolean).join(" "), toneOf(entry.record)];
    }
    case "state":
      return ["state", `${entry.from} → ${entry.to}`, "state"];
    case "gap":
      return [
        "gap",
        `${entry.topic}: from ${entry.from}, ${entry.to ?? "numbers start anew"}`,
        "warn",
      ];
    case "closed":
      return ["closed", `${entry.topic}: ${entry.code}`, "warn"];
    case "receipt":
      return [
        "receipt",
        entry.receipt.clean ? "clean" : "not clean",
        entry.receipt.clean ? "good" : "warn",
      ];
    default:
      return null;
  }
}

function toneOf({ type, closeCode, ending }) {
  // The end of a close that went well arrives as a lost connection too.
  if (type === "connection_lost") return closeCode === 1_000 ? "asked" : "bad";
  if (type === "error_occurred") return "bad";
  if (ending === "deadline" || ending === "abort" || ending === "refusal") return "warn";
  return type.endsWith("_complete") ? "done" : "asked";
}

function addRow(list, { atMs }, [type, details, tone]) {
  const row = element(
    "li",
    { "data-type": type },
    element("time", {}, (atMs / 1_000).toFixed(2)),
    element(`span.event-type.${tone}`, {}, type),
    element("span.event-details", {}, details),
  );
  list.prepend(row);
  while (list.children.length > MAX_ROWS) list.lastElementChild.remove();
  return row;
}
