import { DeskClient } from "./desk-client.js";
import { mountActions } from "./panels/actions.js";
import { mountEvents } from "./panels/events.js";
import { mountLink } from "./panels/link.js";
import { mountOutage } from "./panels/outage.js";
import { mountQuotes } from "./panels/quotes.js";
import { mountReceipt } from "./panels/receipt.js";
import { mountState } from "./panels/state.js";
import { mountTokens } from "./panels/tokens.js";

/** Every panel: the id of its place in index.html, and who fills it. A panel knows the client, never another panel. */
const PANELS = {
  actions: mountActions,
  link: mountLink,
  outage: mountOutage,
  receipt: mountReceipt,
  quotes: mountQuotes,
  state: mountState,
  tokens: mountTokens,
  events: mountEvents,
};

const desk = new DeskClient();
for (const [id, mount] of Object.entries(PANELS)) mount(document.getElementById(id), desk);
// For the console: `desk.session.stats()`, `desk.journal.entries`.
globalThis.desk = desk;
desk.open();
