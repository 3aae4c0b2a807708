import { LIMIT_MS, Log } from "../../support/waiting.ts";
import { subscribed } from "../support/centrifuge-client.js";
import { serveCentrifuge } from "../support/centrifuge-server.js";

async function attempt(handle) {
  const server = await serveCentrifuge();
  const { client, subscription } = await subscribed(server.port, "quotes");
  const seen = new Log();
  subscription.on("publication", ({ offset }) => {
    seen.add(offset);
    if (offset === 1) return handle();
  });
  server.publish("quotes", 1);
  await seen.waitFor((offset) => offset === 1);
  server.publish("quotes", 2);
  const goesOn = await seen.waitFor((offset) => offset === 2, { limitMs: LIMIT_MS });
  return { goesOn, state: client.state };
}

export async function run() {
  const unhandled = [];
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => unhandled.push(`${event} "${error.message}"`));
  }
  const { goesOn, state } = await attempt(() => {
    throw new Error("broken");
  });
  const report =
    unhandled.length === 0
      ? "nothing reported"
      : `${unhandled.join(", ")} (which ends a Node process that does not listen for it)`;
  const guarded = await attempt(() => {});
  return {
    seen: `the next publication ${goesOn ? "is handled" : "is never handled"}, the client says "${state}"; ${report}`,
    otherwise: `catch inside the handler: ${guarded.goesOn ? "goes on" : "stops too"}`,
  };
}
