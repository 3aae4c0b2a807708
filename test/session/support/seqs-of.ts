import type { DefaultApi } from "../../../src/session/session-api.ts";
import type { Subscription } from "../../../src/session/topics/subscription.ts";

/** The numbers of the events that a subscription gets from here on. */
export function seqsOf(subscription: Subscription<DefaultApi, string>): number[] {
  const seqs: number[] = [];
  subscription.on("event", ({ seq }) => {
    seqs.push(seq);
  });
  return seqs;
}
