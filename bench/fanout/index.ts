/**
 * One event to every session: the server's CPU for each delivery and deliveries a second, ours against a bare
 * `ws.send(string)` loop and against a room of socket.io's.
 */
import { runFanOut } from "../server-load/fan-out.ts";
import { isQuick } from "../support/figures.ts";

await runFanOut({
  bench: "fanout",
  sockets: isQuick ? 2_000 : 10_000,
  eventsPerTurn: 1,
  turns: isQuick ? 10 : 5,
  rounds: 15,
});
