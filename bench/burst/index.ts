/**
 * Ten events published in one turn of the event loop to every session, as a feed's message with ten quotes brings them:
 * the server's CPU for each delivery and deliveries a second, ours against the same loop and the same room as in `fanout`.
 */
import { runFanOut } from "../server-load/fan-out.ts";
import { BURST_EVENTS } from "../server-load/messages.ts";
import { isQuick } from "../support/figures.ts";

await runFanOut({
  bench: "burst",
  sockets: isQuick ? 2_000 : 10_000,
  eventsPerTurn: BURST_EVENTS,
  turns: isQuick ? 4 : 2,
  rounds: isQuick ? 7 : 9,
});
