import type { InboundMessage, OperationType, PeerError } from "../protocol/protocol.ts";
import { SessionError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import type { Kernel, Wire } from "./kernel.ts";
import type { Operation } from "./operation.ts";
import type { Ending } from "./session-events.ts";

/** The event that tells of an operation's end, by its type. */
const COMPLETION_EVENTS = {
  hello: "send_complete",
  authenticate: "auth_complete",
  subscribe: "subscribe_complete",
  unsubscribe: "unsubscribe_complete",
  request: "send_complete",
  ping: "send_complete",
  bye: "close_complete",
} as const satisfies Record<OperationType, string>;

/**
 * Writes operations in the order in which they were asked for, keeps those that must wait for a
 * connection, and finds the one that an answer belongs to.
 */
export class Operations {
  readonly #kernel: Kernel;
  readonly #held = new Fifo<Operation>();
  readonly #inFlight = new Map<number, Operation>();
  #wire: Wire | undefined;
  #ready = false;
  #nextWireId = 1;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** How many operations were written and are unanswered. */
  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  /** How many operations wait to be written. */
  get held(): number {
    return this.#held.size;
  }

  /** The operations that were written and are unanswered. */
  get inFlight(): Iterable<Operation> {
    return this.#inFlight.values();
  }

  /** Whether a close must go on waiting for answers. */
  get awaitedByClose(): boolean {
    for (const operation of this.#inFlight.values()) if (operation.awaitedByClose) return true;
    return false;
  }

  /** Whether operations are written at once. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Takes the wire of a new connection. Nothing but {@link Operations.write} uses it until it is ready. */
  open(wire: Wire): void {
    this.#wire = wire;
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
    const pending = this.#ready ? this.#inFlight.size : this.#held.size;
    // What lets go of something is bounded by what there is, and must always be possible.
    const limited = operation.type !== "unsubscribe";
    if (this.#kernel.machine.final) {
      // It failed between the call and its turn.
      operation.dropped(new SessionError("SESSION_FAILED", "the session has ended"));
    } else if (limited && pending >= this.#kernel.options.maxPendingOperations) {
      operation.dropped(this.#fullError(this.#ready ? "are unanswered" : "wait for a connection"));
    } else if (this.#ready) {
      this.write(operation);
    } else {
      this.#held.push(operation);
    }
  }

  /** Writes an operation now, whatever the limit: it was accepted, or is the session's own. The wire must be open. */
  write(operation: Operation): void {
    const wire = this.#wire;
    if (wire === undefined) throw new Error(`bug: ${operation.type} written without a connection`);
    const id = this.#nextWireId++;
    let text: string | null;
    try {
      text = operation.encode(wire.codec, id);
    } catch (cause) {
      operation.dropped(
        new SessionError("NOT_ENCODABLE", "the parameters cannot be encoded", { cause }),
      );
      return;
    }
    if (text === null) {
      const message = `${this.#kernel.options.protocol.name} has no ${operation.type}`;
      operation.dropped(new SessionError("NOT_SUPPORTED", message));
      return;
    }
    operation.wireId = id;
    if (operation.answerable) this.#inFlight.set(id, operation);
    this.send(text);
    operation.sentOut();
    const byBarrier =
      operation.type === "unsubscribe" &&
      this.#kernel.options.protocol.unsubscribeProof === "barrier";
    if (byBarrier) this.#writeBarrier(operation, wire);
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
    const operation = this.#inFlight.get(id);
    if (operation === undefined || this.#wire === undefined) {
      this.#kernel.counters.strayAnswers += 1;
      return;
    }
    const refused = "error" in answer;
    // An answer of its own, where only a barrier proves it, says nothing yet.
    if (operation.barrierId !== 0 && operation.barrierId !== id && !refused) return;
    this.#inFlight.delete(operation.wireId);
    this.#inFlight.delete(operation.barrierId);
    this.#kernel.queue.post(COMPLETION_EVENTS[operation.type], {
      target: operation,
      ending: refused
        ? { by: "refusal", error: answer.error }
        : this.#endingOf(operation, id, answer.result),
    });
  }

  /** The connection is gone: what was written is lost, what waits goes on waiting. */
  lost(): void {
    this.#wire = undefined;
    this.#ready = false;
    const lost = new Set(this.#inFlight.values());
    this.#inFlight.clear();
    for (const operation of lost) operation.linkLost();
  }

  /** Nothing will be written any more: what waits is dropped. */
  dropHeld(error: SessionError): void {
    for (const operation of this.#held.drain()) if (!operation.moot) operation.dropped(error);
  }

  #writeBarrier(operation: Operation, wire: Wire): void {
    const id = this.#nextWireId++;
    const text = wire.codec.encodeBarrier(id);
    // Without one, nothing will ever prove it: the token ends as unknown at its deadline.
    if (text === null) return;
    operation.barrierId = id;
    this.#inFlight.set(id, operation);
    this.send(text);
  }

  #endingOf(operation: Operation, id: number, result: unknown): Ending {
    if (operation.barrierId === id) return { by: "barrier" };
    const checked = this.#wire?.codec.readResult(operation.type, result);
    return checked === undefined ? { by: "mismatch" } : { by: "answer", result: checked.value };
  }

  #fullError(what: string): SessionError {
    const limit = this.#kernel.options.maxPendingOperations;
    return new SessionError(
      "QUEUE_FULL",
      `${limit} operations ${what}, the limit of maxPendingOperations`,
    );
  }
}
