// Shows what becomes of an unsubscribe right before a close, in three clients. Run: npx tsx examples/02-close-race.ts
import { unsubscribeBare } from "./close-race/bare.ts";
import { createPlans } from "./close-race/delays.ts";
import { unsubscribeNaive } from "./close-race/naive.ts";
import { unsubscribeOrderly } from "./close-race/orderly.ts";
import { RaceServer } from "./close-race/race-server.ts";
import { type Client, type Standing, stage } from "./close-race/stage.ts";

const ROUNDS = 1_000;
const seed = Number(process.argv[2] ?? 20_230_102);

const CLIENTS: Readonly<Record<string, Client>> = {
  /** One queue for everything; the frame is posted again, behind whatever was posted meanwhile. */
  naive: unsubscribeNaive,
  /** `ws.send(unsubscribe)`, then `ws.close()`. */
  bare: unsubscribeBare,
  /** `subscription.unsubscribe()`, then `session.close()`. */
  orderly: unsubscribeOrderly,
};

const COLUMNS: readonly (keyof Standing)[] = ["arrived", "reported", "known", "errors"];

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(10) + cells.map((cell) => cell.padStart(11)).join("");
}

console.log(
  `${ROUNDS.toLocaleString("en")} sessions of each client unsubscribe and close; delays from seed ${seed}`,
);
console.log("arrived: the server got the unsubscribe · reported: the client called it complete");
console.log("known: the caller held the server's answer to it when the close returned\n");
console.log(row("", COLUMNS));
const server = await RaceServer.listen();
for (const [name, client] of Object.entries(CLIENTS)) {
  const standing = await stage(server, name, client, createPlans(seed, ROUNDS));
  console.log(
    row(
      name,
      COLUMNS.map((column) => standing[column].toLocaleString("en")),
    ),
  );
}
await server.close();
