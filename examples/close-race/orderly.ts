import { Session } from "orderly-ws";
import { delay, type Plan } from "./delays.ts";
import type { RaceApi } from "./race-server.ts";
import type { Report } from "./stage.ts";

/** Unsubscribes and closes through a session; the caller may look at either token, or at the receipt. */
export async function unsubscribeOrderly(
  url: string,
  topic: `race:${string}`,
  plan: Plan,
): Promise<Report> {
  let errors = 0;
  const session = new Session<RaceApi>({ url });
  session.on("error", () => {
    errors += 1;
  });
  await session.connect();
  const subscription = session.subscribe(topic);
  subscription.on("event", () => delay(plan.handlerMs));
  await subscription.token;
  await delay(plan.beforeUnsubscribeMs);
  const unsubscribing = subscription.unsubscribe();
  await delay(plan.beforeCloseMs);
  const receipt = await session.close();
  if (!receipt.clean) errors += 1;
  return {
    reported: unsubscribing.outcome === "acked",
    known: unsubscribing.outcome === "acked" && unsubscribing.proof === "frame",
    errors,
  };
}
