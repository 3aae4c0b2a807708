import { element, setText } from "../dom.js";
import { QuoteRow } from "./quote-row.js";

const HEADINGS = [
  ["Live", "cell-switch"],
  ["Instrument", ""],
  ["Price", "number"],
  ["Change", "number wide"],
  ["%", "number"],
  ["Trend", "wide"],
  ["Seq", "number"],
  ["Topic", "cell-topic"],
];

/** Fills the panel of prices: a row and a switch for each instrument. */
export function mountQuotes(root, desk) {
  const count = element("span.muted", { id: "live-count" });
  const head = element("tr");
  for (const [text, classes] of HEADINGS) {
    head.append(element("th", { scope: "col", textContent: text, className: classes }));
  }
  const body = element("tbody");
  root.append(
    element("header.panel-head", {}, element("h2", { id: "quotes-title" }, "Quotes"), count),
    element("div.scroll", {}, element("table.quotes", {}, element("thead", {}, head), body)),
  );

  const rows = new Map();
  // What the switches say; a new session begins with it.
  const wanted = new Map();

  const renderAll = () => {
    for (const row of rows.values()) row.renderPhase(desk.phaseOf(row.topic), desk.session.state);
    const shown = [...rows.values()].map((row) => row.node.dataset.phase);
    const waiting = shown.filter((phase) => phase === "waiting").length;
    const live = shown.filter((phase) => phase === "live").length;
    setText(count, waiting > 0 ? `${waiting} waiting` : `${live} of ${rows.size} live`);
    count.hidden = rows.size === 0;
  };

  const addRow = (listing) => {
    const row = new QuoteRow(listing, (isOn) => {
      wanted.set(row.topic, isOn);
      if (isOn) desk.subscribe(row.topic);
      else desk.unsubscribe(row.topic);
    });
    rows.set(row.topic, row);
    body.append(row.node);
  };

  desk.addEventListener("session", async () => {
    renderAll();
    const { session } = desk;
    const listings = await desk.listings();
    if (listings === null || desk.session !== session) return;
    for (const listing of listings) {
      if (!rows.has(`quotes:${listing.symbol}`)) addRow(listing);
    }
    for (const topic of rows.keys()) {
      if (wanted.get(topic) !== false) desk.subscribe(topic);
    }
  });
  desk.addEventListener("quote", ({ detail }) => {
    rows.get(detail.topic)?.renderQuote(detail.data, detail.seq);
  });
  desk.addEventListener("topic", ({ detail }) => {
    rows.get(detail.topic)?.renderAnswer(detail);
    renderAll();
  });
  desk.journal.onEntry(({ kind }) => {
    if (kind === "state") renderAll();
  });
}
