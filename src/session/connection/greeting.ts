import type { HelloResult } from "../../protocol/json-rpc/messages.ts";

/** What the peer of one connection said of itself. */
export class Greeting {
  /** Its answer to the hello; null where it has none to give, undefined before it came. */
  result: HelloResult | null | undefined;

  /** Whether the peer keeps the answers of requests that have a key; undefined before it is known. */
  get keepsAnswers(): boolean | undefined {
    return this.result === undefined ? undefined : (this.result?.dedupWindowMs ?? 0) > 0;
  }
}
