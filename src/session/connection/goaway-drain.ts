import { Guard } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import type { Operations } from "../operations/operations.ts";
import { PlainOperation } from "../operations/plain-operation.ts";
import type { Completable } from "../session-events.ts";
import type { Link } from "./link.ts";

/** Bound of the random delay after which a session comes back to a server that said goaway, in milliseconds. */
const SPREAD_MS = 5_000;
const NORMAL_CLOSURE = 1000;

/**
 * Leaves a server that goes away: what is in flight is answered, bye is said, the connection closes, and
 * the session comes back after a random delay. New operations wait meanwhile.
 */
export class GoawayDrain implements Completable {
  readonly tokenId = 0;
  readonly subject: readonly string[] = [];
  readonly #kernel: Kernel;
  readonly #link: Link;
  readonly #operations: Operations;
  readonly #deadlineMs: number;
  #guard: Guard | undefined;
  #step: "answers" | "bye" | "closing" = "answers";

  constructor(kernel: Kernel, link: Link, operations: Operations, deadlineMs: number) {
    this.#kernel = kernel;
    this.#link = link;
    this.#operations = operations;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether the bye was said: nothing more may be written on this connection. */
  get saidBye(): boolean {
    return this.#step !== "answers";
  }

  /** The connection is gone, or a close takes over: its deadline must not touch what comes next. */
  stop(): void {
    this.#guard?.release();
  }

  /** Starts to drain. */
  start(): void {
    this.#operations.hold();
    this.#link.spreadReconnect(Math.min(SPREAD_MS, this.#kernel.options.maxDelayMs));
    const limits = { deadlineMs: this.#deadlineMs };
    this.#guard = new Guard(this.#kernel, "close_complete", this, limits);
    this.advance();
  }

  /** Something was answered. */
  advance(): void {
    if (this.#step !== "answers" || this.#operations.awaitedByClose) return;
    this.#step = "bye";
    const seen = { lastSeq: {}, notifications: this.#operations.notificationsSent };
    this.#operations.write(
      new PlainOperation(
        "bye",
        (codec, id) => codec.encodeBye(id, seen),
        (ending) => {
          if (ending.by !== "loss") this.#close();
        },
      ),
    );
  }

  /** The peer's own deadline: it closes now, whatever is unanswered. */
  complete(): void {
    this.#close();
  }

  #close(): void {
    if (this.#step === "closing") return;
    this.#step = "closing";
    this.#guard?.release();
    this.#link.close(NORMAL_CLOSURE, "");
  }
}
