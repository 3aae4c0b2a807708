import type { Client } from "./clients.ts";

/** One deliberate fault in a copy of the source. */
export interface Mutant {
  /** What is broken. */
  readonly breaks: string;
  /** The file, from the repository's root. */
  readonly file: string;
  /** Text that must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The kind of run that must notice. */
  readonly noticedBy: "calm" | "links" | "frames" | "hostile";
  /** Whose promise it breaks. @defaultValue the whole session's */
  readonly client?: Client;
}

/** Each of these must turn the model red; a list of what the model proves. */
export const MUTANTS: readonly Mutant[] = [
  {
    breaks: "ordering: what waited for the connection is written backwards",
    file: "src/session/operations/operations.ts",
    find: "for (const operation of this.#held.drain()) if (!operation.moot) this.write(operation);",
    replace:
      "for (const operation of this.#held.drain().reverse()) if (!operation.moot) this.write(operation);",
    noticedBy: "calm",
  },
  {
    breaks: "acking: a request whose link was lost counts as acked",
    file: "src/session/operations/request.ts",
    find: "if (error !== undefined) {",
    replace: 'if (error !== undefined && ending.by !== "loss") {',
    noticedBy: "links",
  },
  {
    breaks: "truth: a request that was written and timed out counts as never written",
    file: "src/session/operations/request.ts",
    find: "const { written } = this;",
    replace: "const written = false;",
    noticedBy: "frames",
  },
  {
    breaks: "idempotency: every attempt says that it is the first",
    file: "src/session/operations/request-attempts.ts",
    find: "if (attempt === 1) return { key, attempt };",
    replace: "if (attempt > 0) return { key, attempt: 1 };",
    noticedBy: "links",
  },
  {
    breaks: "idempotency: a request that waits to be sent again counts as never sent",
    file: "src/session/operations/request.ts",
    find: 'if (ending.by === "drop" && this.written) return { by: "loss" };',
    replace: "",
    noticedBy: "links",
  },
  {
    breaks: "draining: a close does not await answers",
    file: "src/session/closing/closer.ts",
    find: "!this.#parts.operations.awaitedByClose",
    replace: "this.#parts !== undefined",
    noticedBy: "calm",
  },
  {
    breaks: "draining: a close unsubscribes nothing",
    file: "src/session/closing/closer.ts",
    find: "if (!this.#lost) book.unsubscribe(leaving, this);",
    replace: "if (!this.#lost) this.#unanswered.clear();",
    noticedBy: "calm",
  },
  {
    breaks: "epochs: an old connection is still heard",
    file: "src/session/session-core.ts",
    find: "return epoch === this.kernel.machine.epoch && this.link.alive;",
    replace: "return epoch > 0 && this.link.alive;",
    noticedBy: "links",
  },
  {
    breaks: "lanes: a handler is not awaited",
    file: "src/session/delivery/delivery-lane.ts",
    find: "if (!this.#overlap) this.#run = run;",
    replace: "",
    noticedBy: "calm",
  },
  {
    breaks: "lanes: an unsubscribe does not wait for the handlers",
    file: "src/session/delivery/subscription-feed.ts",
    find: "if (this.#parked === undefined) this.#options.laneOf(topic).mark(reached);",
    replace: "if (this.#parked === undefined) reached();",
    noticedBy: "calm",
  },
  {
    breaks: "lanes: a handler that awaits its own unsubscribe is waited for",
    file: "src/session/topics/unsubscribe-request.ts",
    find: "this.#run?.yieldPlace();",
    replace: "",
    noticedBy: "calm",
  },
  {
    breaks: "deadlines: they fall due late",
    file: "src/session/tokens/deadlines.ts",
    find: "deadline.dueMs = this.#clock.now() + durationMs;",
    replace: "deadline.dueMs = this.#clock.now() + durationMs + 1;",
    noticedBy: "frames",
  },
  {
    breaks: "deadlines: they outlive the close",
    file: "src/session/tokens/deadlines.ts",
    find: "    this.#byDuration.clear();\n    this.#disarm();",
    replace: "    this.#byDuration.clear();",
    noticedBy: "links",
  },
  {
    breaks: "signals: a settled token still listens",
    file: "src/session/guard.ts",
    find: "this.#watch.size === 0",
    replace: "false",
    noticedBy: "frames",
  },
  {
    breaks: "topics: one that was being unsubscribed comes back with the next connection",
    file: "src/session/topics/topic-book.ts",
    find: 'if (channel.phase === "live" || channel.phase === "subscribing") {\n        this.channelTable.setPhase(channel, "wanted");',
    replace:
      'if (channel.phase !== "wanted") {\n        this.channelTable.setPhase(channel, "wanted");',
    noticedBy: "links",
  },
  {
    breaks: "topics: those lost with the link are not subscribed again",
    file: "src/session/topics/topic-book.ts",
    find: "return this.#subscribesOf(again);",
    replace: "return this.#subscribesOf(again.slice(1_000));",
    noticedBy: "links",
  },
  {
    breaks: "topics: events go on after an unsubscribe was given up",
    file: "src/session/topics/topic-book.ts",
    find: 'this.channelTable.setPhase(channel, "abandoned");\n    channel.letGo(undefined);',
    replace:
      'this.channelTable.setPhase(channel, "live");\n    for (const subscriber of channel.subscribers) subscriber.channelEnded(channel, undefined);',
    noticedBy: "frames",
  },
  {
    breaks: "gaps: a hole in the numbers is not told",
    file: "src/session/topics/topic-channel.ts",
    find: "if (!this.#isThinned) this.#tellOwed(seq - conflated);",
    replace: "this.#owed = 0;",
    noticedBy: "frames",
  },
  {
    breaks: "gaps: an event is taken twice",
    file: "src/session/topics/topic-channel.ts",
    find: "if (seq <= this.lastSeq) return false;",
    replace: "if (seq < this.lastSeq) return false;",
    noticedBy: "frames",
  },
  {
    breaks: "states: the answer to the last subscribe changes none",
    file: "src/session/states/sync-state.ts",
    find: 'if (machine.state === "subscribing") machine.step("subscribed");',
    replace: "",
    noticedBy: "calm",
  },
  {
    breaks: "authentication: operations do not wait for it",
    file: "src/session/session-core.ts",
    find: "authenticating(): void {\n    this.operations.hold();",
    replace: "authenticating(): void {\n    this.operations.becomeReady();",
    noticedBy: "calm",
  },
  {
    breaks: "peers: an answer of an impossible shape is believed",
    file: "src/session/operations/operations.ts",
    find: 'checked === undefined ? { by: "mismatch" } : { by: "answer", result: checked.value }',
    // Not of credentials: a life that is no number would stop the virtual clock.
    replace:
      'operation.type === "authenticate" && checked === undefined ? { by: "mismatch" } : { by: "answer", result: checked?.value ?? result }',
    noticedBy: "hostile",
  },
  {
    breaks: "ordering: what waited for the connection is written backwards",
    client: "core",
    file: "src/core/operations.ts",
    find: "held.push(operation);",
    replace: "held.unshift(operation);",
    noticedBy: "calm",
  },
  {
    breaks: "acking: a request whose link was lost counts as acked",
    client: "core",
    file: "src/core/core.ts",
    find: "if (error === undefined) token.ack(value as T, proof);",
    replace: 'if (error === undefined || error.code === "LINK_LOST") token.ack(value as T, proof);',
    noticedBy: "links",
  },
  {
    breaks: "truth: a request that was written and timed out counts as never written",
    client: "core",
    file: "src/core/session.ts",
    find: "timeoutError(by, method, !!operation.isWritten)",
    replace: "timeoutError(by, method, false)",
    noticedBy: "frames",
  },
  {
    breaks: "draining: a close does not await answers",
    client: "core",
    file: "src/core/close.ts",
    find: "(isLost || !isAwaiting())",
    replace: "(isLost || isAwaiting !== undefined)",
    noticedBy: "calm",
  },
  {
    breaks: "epochs: an old connection is still heard",
    client: "core",
    file: "src/core/link.ts",
    find: "epoch === core.epoch && core.connection !== undefined",
    replace: "epoch > 0 && core.connection !== undefined",
    noticedBy: "links",
  },
  {
    breaks: "lanes: a handler is not awaited",
    client: "core",
    file: "src/core/lanes.ts",
    find: "result.then(finished, failed)",
    replace: "(finished(), void result.then(undefined, failed))",
    noticedBy: "calm",
  },
  {
    breaks: "lanes: an unsubscribe does not wait for the handlers",
    client: "core",
    file: "src/core/unsubscribe.ts",
    find: "lanesBusy === 0 && token.pending",
    replace: "token.pending",
    noticedBy: "calm",
  },
  {
    breaks: "gaps: a hole in the numbers is not told",
    client: "core",
    file: "src/core/channel.ts",
    find: 'tell(channel, "gap", { topic, from, to });',
    replace: "",
    noticedBy: "frames",
  },
];
