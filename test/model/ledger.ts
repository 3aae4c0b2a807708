import { getEventListeners } from "node:events";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import { SESSION_ERRORS } from "../../src/session/tokens/errors.ts";
import { holds } from "./violation.ts";

/** A token under watch. */
export interface Watched {
  readonly token: CompletionToken<unknown>;
  /** Milliseconds from `issuedAt` by which it must have settled; `Infinity` where it need not. */
  readonly deadlineMs: number;
  /** Number of the request, which its frame carries; 0 for other tokens. */
  readonly number: number;
  readonly topics: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** The method of a request. */
  readonly method: string;
  /** Whether a request has an idempotency key. */
  readonly isKeyed: boolean;
}

/** Keeps every token of a world, and checks what is true of all of them. */
export class Ledger {
  readonly all: Watched[] = [];
  readonly #tokens = new Set<CompletionToken<unknown>>();

  /** Watches a token; does nothing the second time. */
  add(token: CompletionToken<unknown>, more: Partial<Watched> & Pick<Watched, "deadlineMs">): void {
    if (this.#tokens.has(token)) return;
    this.#tokens.add(token);
    const plain = { number: 0, topics: [], signal: undefined, method: "", isKeyed: false };
    this.all.push({ ...plain, ...more, token });
  }

  /** Tokens that have not settled. */
  get pending(): readonly Watched[] {
    return this.all.filter(({ token }) => token.outcome === undefined);
  }

  /** Checks that nothing is pending beyond its deadline. */
  checkDeadlines(nowMs: number): void {
    for (const { token, deadlineMs } of this.all) {
      const dueMs = token.issuedAt + deadlineMs;
      const endMs = token.settledAt ?? nowMs;
      holds(
        endMs <= dueMs,
        () => `${nameOf(token)} was due at ${dueMs} ms, and it is ${endMs} ms: ${token.outcome}`,
      );
    }
  }

  /** Checks every settled token against itself: outcome, error, promise, listeners. */
  async checkSettled(): Promise<void> {
    for (const { token, signal } of this.all) {
      const name = nameOf(token);
      holds(token.outcome !== undefined, () => `${name} is still pending`);
      const { error, outcome, proof } = token;
      holds(
        (outcome === "acked") === (proof !== undefined),
        () => `${name} is ${outcome} with proof ${proof}`,
      );
      holds(
        error === undefined || SESSION_ERRORS[error.code] === outcome,
        () => `${name} is ${outcome} with ${error?.code}`,
      );
      const resolved = await token.then(
        () => true,
        () => false,
      );
      holds(
        resolved === (outcome === "acked" || token.type === "close"),
        () => `${name} is ${outcome} and its promise ${resolved ? "resolved" : "rejected"}`,
      );
      if (signal === undefined) continue;
      const listeners = getEventListeners(signal, "abort").length;
      holds(listeners === 0, () => `${name} left ${listeners} listeners on its signal`);
    }
  }
}

/** Names a token for people. */
export function nameOf(token: CompletionToken<unknown>): string {
  const code = token.error === undefined ? "" : ` ${token.error.code}`;
  return `${token.type} #${token.id} (issued at ${token.issuedAt} ms${code})`;
}
