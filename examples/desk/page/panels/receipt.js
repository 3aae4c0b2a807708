import { element } from "../dom.js";
import { formatMs } from "../format.js";

/** Fills the panel of the close receipt, once there is one. */
export function mountReceipt(root, desk) {
  desk.addEventListener("session", () => {
    root.hidden = true;
  });
  desk.addEventListener("receipt", () => {
    render(root, desk.receipt);
    root.hidden = false;
    root.querySelector("h2").focus();
  });
}

function render(root, receipt) {
  const { clean } = receipt;
  const title = element("h2", { id: "receipt-title", tabIndex: -1 }, "Close receipt");
  const verdict = element("span.pill", {
    id: "receipt-verdict",
    className: `pill large ${clean ? "good" : "warn"}`,
    textContent: clean ? "clean" : "not clean",
  });
  const facts = element("dl.receipt-facts");
  for (const [name, value] of describe(receipt)) {
    const field = element("div", { "data-field": name });
    field.classList.toggle("list", value.includes(","));
    field.append(element("dt", {}, name), element("dd", {}, value));
    facts.append(field);
  }
  root.dataset.clean = String(clean);
  root.replaceChildren(
    element("header.panel-head", {}, title, verdict),
    element("p.receipt-summary", {}, summary(receipt)),
    facts,
    lastSeqTable(receipt.lastSeq),
  );
}

function summary({ clean, closeCode, unsubscribed, unknown, sentUnacked, elapsedMs }) {
  const count = unsubscribed.length;
  const topics = `${count} ${count === 1 ? "topic" : "topics"}`;
  if (clean && closeCode === null) {
    return `There was no connection: ${topics} given up with nothing on the wire, nothing left behind, in ${formatMs(elapsedMs)}.`;
  }
  if (clean) {
    return `${topics} unsubscribed and acknowledged by the server, every request answered, nothing left behind, in ${formatMs(elapsedMs)}.`;
  }
  const inDoubt = unknown.length + sentUnacked.length;
  return `${topics} unsubscribed; ${inDoubt} operations left in doubt after ${formatMs(elapsedMs)}.`;
}

/** Every field of the receipt but the numbers by topic, in the order of its type. */
function describe(receipt) {
  const { notifications } = receipt;
  const list = (items) => (items.length === 0 ? "none" : items.join(", "));
  return [
    ["clean", String(receipt.clean)],
    ["unsubscribed", list(receipt.unsubscribed)],
    ["unknown", list(receipt.unknown)],
    ["sentUnacked", list(receipt.sentUnacked.map(({ id, type }) => `#${id} ${type}`))],
    ["handlersAborted", String(receipt.handlersAborted)],
    ["notifications", `${notifications.sent} sent / ${notifications.arrived ?? "?"} arrived`],
    ["bytesUnsent", String(receipt.bytesUnsent)],
    ["closeCode", String(receipt.closeCode)],
    ["elapsedMs", receipt.elapsedMs.toFixed(1)],
  ];
}

function lastSeqTable(lastSeq) {
  const list = element("dl.last-seq", { "data-field": "lastSeq" });
  for (const [topic, seq] of Object.entries(lastSeq)) {
    list.append(element("div", {}, element("dt", {}, topic), element("dd", {}, String(seq))));
  }
  return element("div", {}, element("h3", {}, "lastSeq"), list);
}
