import { Log } from "../../support/waiting.ts";
import { subscribed } from "../support/centrifuge-client.js";
import { serveCentrifuge } from "../support/centrifuge-server.js";

const SENT = [1, 4, 3, 2, 5, 5, 6];

export async function run() {
  const server = await serveCentrifuge();
  const { client, subscription } = await subscribed(server.port, "quotes");
  const seen = new Log();
  const signs = [];
  subscription.on("publication", ({ offset }) => seen.add(offset));
  for (const event of ["error", "unsubscribed", "subscribing"]) {
    subscription.on(event, () => signs.push(event));
  }
  for (const event of ["error", "disconnected", "connecting"])
    client.on(event, () => signs.push(event));
  for (const offset of SENT) server.publish("quotes", offset);
  await seen.waitFor((offset) => offset === SENT.at(-1));
  const told = signs.length === 0 ? "no sign of it" : `signs: ${signs.join(", ")}`;
  return {
    seen: `sent ${SENT.join(" ")}, delivered ${seen.entries.join(" ")}; ${told}`,
    otherwise: "compare ctx.offset in the handler: the application finds it by itself",
  };
}
