import type { InboundMessage, OperationType, PeerError } from "../../protocol/protocol.ts";
import type { Kernel, Wire } from "../kernel.ts";
import { Fifo } from "../queue/fifo.ts";
import type { CompletionEventType, Ending } from "../session-events.ts";
import { SessionError } from "../tokens/errors.ts";
import { InFlight } from "./in-flight.ts";
import type { Operation } from "./operation.ts";

/** The event that tells of an operation's end, by its type; `send_complete` for the others. */
const COMPLETION_EVENTS: Partial<Record<Operation["type"], CompletionEventType>> = {
  authenticate: "auth_complete",
  subscribe: "subscribe_complete",
  unsubscribe: "unsubscribe_complete",
  bye: "close_complete",
};

/**
 * Writes operations in the order in which they were asked for, keeps those that must wait for a
 * connection, and finds the one that an answer belongs to.
 */
export class Operations {
  readonly #kernel: Kernel;
  readonly #bufferedBytes: () => number;
  readonly #held = new Fifo<Operation>();
  readonly #inFlight = new InFlight<Operation>();
  #wire: Wire | undefined;
  #ready = false;
  #nextWireId = 1;
  #notificationsSent = 0;

  /** @param bufferedBytes - Tells how many bytes have not left yet. */
  constructor(kernel: Kernel, bufferedBytes: () => number) {
    this.#kernel = kernel;
    this.#bufferedBytes = bufferedBytes;
  }

  /** How many operations were written and are unanswered. */
  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  /** Whether an answer is awaited: one that came too late to be of use is not. */
  get isAwaiting(): boolean {
    for (const operation of this.#inFlight) if (!operation.isGivenUp) return true;
    return false;
  }

  /** How many operations wait to be written. */
  get held(): number {
    return this.#held.size;
  }

  /** The operations that were written and are unanswered, in no order. */
  get inFlight(): Iterable<Operation> {
    return this.#inFlight;
  }

  /** The operations that wait to be written again: the peer may have heard of them. */
  get repeated(): readonly Operation[] {
    return [...this.#held].filter(({ written, moot }) => written && !moot);
  }

  /** Whether a close must go on waiting for answers. */
  get awaitedByClose(): boolean {
    for (const operation of this.#inFlight) if (operation.awaitedByClose) return true;
    return false;
  }

  /** How many notifications were written on this connection, or on the last one. */
  get notificationsSent(): number {
    return this.#notificationsSent;
  }

  /** Whether operations are written at once. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether the history of topics can be read, and a topic be resumed where it was left. */
  get hasHistory(): boolean {
    return this.#wire?.codec.encodeHistory !== undefined;
  }

  /** Takes the wire of a new connection. Nothing but {@link Operations.write} uses it until it is ready. */
  open(wire: Wire): void {
    this.#wire = wire;
    this.#notificationsSent = 0;
  }

  /** Writes what waits, and from now on everything at once. */
  becomeReady(): void {
    this.#ready = true;
    for (const operation of this.#held.drain()) if (!operation.moot) this.write(operation);
  }

  /** Holds from now on: the connection drains for the peer's sake. */
  hold(): void {
    this.#ready = false;
  }

  /** Writes an operation, or holds it until the connection is ready. Drops it where too many wait, or are unanswered. */
  submit(operation: Operation): void {
    const { maxPendingOperations, maxBufferedBytes } = this.#kernel.options;
    const pending = this.#ready ? this.#unanswered : this.#held.size;
    // What lets go of something is bounded by what there is, and must always be possible.
    if (this.#kernel.machine.final) {
      // It failed between the call and its turn.
      const error = new SessionError("SESSION_FAILED", "the session has ended");
      operation.complete({ by: "drop", error });
    } else if (operation.type !== "unsubscribe" && pending >= maxPendingOperations) {
      const what = this.#ready ? "are unanswered" : "wait for a connection";
      const text = `${maxPendingOperations} operations ${what}, the limit of maxPendingOperations`;
      operation.complete({ by: "drop", error: new SessionError("QUEUE_FULL", text) });
    } else if (operation.type === "notification" && this.#bufferedBytes() >= maxBufferedBytes) {
      // Nothing else holds back what the peer does not answer.
      const text = `${maxBufferedBytes} bytes have not left yet, the limit of maxBufferedBytes`;
      operation.complete({ by: "drop", error: new SessionError("QUEUE_FULL", text) });
    } else if (this.#ready) {
      this.write(operation);
    } else {
      try {
        operation.freeze();
      } catch (cause) {
        notEncodable(operation, cause);
        return;
      }
      this.#held.push(operation);
    }
  }

  /** Writes an operation now, whatever the limit: it was accepted, or is the session's own. The wire must be open. */
  write(operation: Operation): void {
    const wire = this.#wire;
    if (wire === undefined) throw new Error(`bug: ${operation.type} written without a connection`);
    const { name, unsubscribeProof } = this.#kernel.options.protocol;
    const id = this.#nextWireId++;
    let text: string | null;
    try {
      text = operation.encode(wire.codec, id);
    } catch (cause) {
      notEncodable(operation, cause);
      return;
    }
    if (text === null) {
      const error = new SessionError("NOT_SUPPORTED", `${name} has no ${operation.type}`);
      operation.complete({ by: "drop", error });
      return;
    }
    operation.wireId = id;
    if (operation.type === "notification") this.#notificationsSent += 1;
    else this.#inFlight.add(id, operation);
    this.send(text);
    if (operation.type !== "unsubscribe" || unsubscribeProof !== "barrier") return;
    const barrierId = this.#nextWireId++;
    const barrier = wire.codec.encodeBarrier(barrierId);
    // Without one, nothing will ever prove it: the token ends as unknown at its deadline.
    if (barrier === null) return;
    operation.barrierId = barrierId;
    this.#inFlight.add(barrierId, operation);
    this.send(barrier);
  }

  /** Hands a message without an answer to the transport. The wire must be open. */
  send(text: string): void {
    this.#kernel.counters.messagesSent += 1;
    this.#wire?.send(text);
  }

  /** Takes one message off the wire, in the words of the protocol. */
  decode(data: string | Uint8Array, deliver: (message: InboundMessage) => void): void {
    this.#wire?.codec.decode(data, deliver);
  }

  /** Takes an answer off the wire: its completion joins the queue. */
  answered(id: number, answer: { readonly result: unknown } | { readonly error: PeerError }): void {
    const target = this.#inFlight.get(id);
    if (target === undefined) {
      this.#kernel.counters.strayAnswers += 1;
      return;
    }
    const refused = "error" in answer;
    // An answer of its own, where only a barrier proves it, says nothing yet.
    if (target.barrierId !== 0 && target.barrierId !== id && !refused) return;
    this.#inFlight.delete(target.wireId);
    this.#inFlight.delete(target.barrierId);
    const ending: Ending = refused
      ? { by: "refusal", error: answer.error }
      : this.#endingOf(target, id, answer.result);
    this.#kernel.queue.post(COMPLETION_EVENTS[target.type] ?? "send_complete", { target, ending });
  }

  /** The connection is gone: what was written is lost, what waits goes on waiting. */
  lost(): void {
    this.#wire = undefined;
    this.#ready = false;
    const lost = new Set(this.#inFlight.drain());
    // In front of what was asked for later.
    this.#held.unshift([...lost].filter((operation) => operation.survivesLoss));
    for (const operation of lost) if (!operation.survivesLoss) operation.complete({ by: "loss" });
  }

  /** Nothing will be written any more: what waits is dropped. */
  dropHeld(why: () => SessionError): void {
    for (const operation of this.#held.drain())
      if (!operation.moot) operation.complete({ by: "drop", error: why() });
  }

  /** How many are unanswered; at the limit, without those that nobody waits for: a late answer to them is a stray one. */
  get #unanswered(): number {
    const { maxPendingOperations } = this.#kernel.options;
    if (this.#inFlight.size >= maxPendingOperations)
      for (const operation of [...this.#inFlight])
        if (operation.isGivenUp) this.#inFlight.delete(operation.wireId);
    return this.#inFlight.size;
  }

  #endingOf(operation: Operation, id: number, result: unknown): Ending {
    if (operation.barrierId === id) return { by: "barrier" };
    const checked = this.#wire?.codec.readResult(operation.type as OperationType, result);
    return checked === undefined ? { by: "mismatch" } : { by: "answer", result: checked.value };
  }
}

function notEncodable(operation: Operation, cause: unknown): void {
  const error = new SessionError("NOT_ENCODABLE", "the parameters cannot be encoded", { cause });
  operation.complete({ by: "drop", error });
}
