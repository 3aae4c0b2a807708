import type { HelloResult } from "../../protocol/json-rpc/messages.ts";
import type { ProtocolCodec } from "../../protocol/protocol.ts";
import type { TimerHandle } from "../clock.ts";
import { Greeting } from "../connection/greeting.ts";
import { Guard } from "../guard.ts";
import type { OperationEnding } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import { PlainOperation } from "../operations/plain-operation.ts";
import type { SessionKernel } from "../session-kernel.ts";
import type { TopicBook } from "./topic-book.ts";

/** Timers take at most this many milliseconds, on Node and in browsers. */
const LARGEST_TIMER_MS = 2_147_483_647;

/**
 * Greets the peer of each connection, and brings back by its answer what the last connection took with it: requests
 * that have a key, and topics, which wait as long as the peer asks those who come back to.
 */
export class Returning {
  readonly #kernel: SessionKernel;
  readonly #operations: Operations;
  readonly #book: TopicBook;
  readonly #onGreeted: () => void;
  #guard: Guard | undefined;
  #timer: TimerHandle | undefined;
  #mayWait = false;

  /** @param onGreeted - What waited for the greeting may go on. */
  constructor(
    kernel: SessionKernel,
    operations: Operations,
    book: TopicBook,
    onGreeted: () => void,
  ) {
    this.#kernel = kernel;
    this.#operations = operations;
    this.#book = book;
    this.#onGreeted = onGreeted;
  }

  /**
   * Whether what was accepted waits for the peer's greeting: whether it keeps answers, where a request is to be written
   * again; and when topics may come back, which they do in front of all that waits.
   */
  get isWaiting(): boolean {
    const { greeting, machine } = this.#kernel;
    if (!this.#mayWait || greeting.result !== undefined) return false;
    const bringsTopics = this.#book.hasLost && machine.state !== "closing";
    return bringsTopics || this.#operations.repeated.length > 0;
  }

  /** A connection is open: greets its peer. */
  opened(encodeHello: (codec: ProtocolCodec, id: number) => string | null): void {
    const greeting = new Greeting();
    this.#kernel.greeting = greeting;
    const hello = new PlainOperation("hello", encodeHello, (ending) => {
      if (ending.by !== "loss") this.#greeted(greeting, ending);
    });
    // Only who comes back needs the answer; a peer that never gives one must not hold it up for ever.
    if (this.#book.hasLost || this.#operations.repeated.length > 0) {
      const { requestTimeoutMs: deadlineMs } = this.#kernel.options;
      const late = {
        tokenId: 0,
        subject: [],
        complete: (ending: OperationEnding) => this.#greeted(greeting, ending),
      };
      this.#guard = new Guard(this.#kernel, "send_complete", late, { deadlineMs });
    }
    this.#operations.write(hello);
  }

  /** Whether operations may be written: a request that is sent again must not reach a peer that would run it again. */
  mayBeReady(): boolean {
    this.#mayWait = true;
    return !this.isWaiting;
  }

  /** Subscribes again to what was lost: now, or in a random part of the time that the peer asks for. */
  resume(): void {
    const { greeting, clock, random, machine } = this.#kernel;
    if (!this.#book.hasLost || greeting.result === undefined || machine.state === "closing") return;
    const withinMs = greeting.result?.resumeWithinMs ?? 0;
    if (withinMs === 0) this.#subscribe();
    else if (this.#timer === undefined)
      this.#timer = clock.setTimer(() => {
        this.#timer = undefined;
        this.#kernel.run("subscribe_request", () => {
          if (this.#operations.ready) this.#subscribe();
        });
      }, Math.min(withinMs, LARGEST_TIMER_MS) * random.fraction());
  }

  /** The connection is gone, or nothing is to come back any more. */
  stop(): void {
    this.#guard?.release();
    this.#mayWait = false;
    if (this.#timer !== undefined) this.#kernel.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #greeted(greeting: Greeting, ending: OperationEnding): void {
    this.#guard?.release();
    const wasWaiting = this.isWaiting;
    // A server that knows no hello is a bare one; one that refuses the session closes the connection.
    greeting.result ??= ending.by === "answer" ? (ending.result as HelloResult) : null;
    if (greeting !== this.#kernel.greeting) return;
    if (wasWaiting) this.#onGreeted();
    else if (this.#operations.ready) this.resume();
  }

  #subscribe(): void {
    if (this.#kernel.machine.state === "closing") return;
    for (const lost of this.#book.takeLost()) this.#operations.write(lost);
    this.#book.settled();
  }
}
