import type { InboundMessage } from "../protocol/protocol.ts";
import { createReceiptDraft, settleClose } from "./closing/close-receipt.ts";
import { type CloseCommand, type CloseParts, Closer } from "./closing/closer.ts";
import { Authenticator, type AuthenticatorListener } from "./connection/authenticator.ts";
import { GoawayDrain } from "./connection/goaway-drain.ts";
import { createInbound, type InboundParts } from "./connection/inbound.ts";
import { Interceptors } from "./connection/interceptors.ts";
import { Link } from "./connection/link.ts";
import { Deliveries } from "./delivery/deliveries.ts";
import type { HandlerScope } from "./delivery/handler-scope.ts";
import type { SessionLatencyMeter } from "./delivery/session-latency.ts";
import type { ConnectParts, ConnectRequest } from "./operations/connect-request.ts";
import { Operations } from "./operations/operations.ts";
import { PlainOperation } from "./operations/plain-operation.ts";
import type { FlowControl, SessionEnvironment } from "./session-environment.ts";
import type { SessionQueueEvents } from "./session-events.ts";
import { type KernelHooks, SessionKernel } from "./session-kernel.ts";
import type { ResolvedOptions, SessionOptions } from "./session-options.ts";
import type { SessionState } from "./states/states.ts";
import { syncState } from "./states/sync-state.ts";
import { SessionError } from "./tokens/errors.ts";
import { Returning } from "./topics/returning.ts";
import { TopicBook } from "./topics/topic-book.ts";

/** Where everything that was asked for was answered. */
const MAY_PAUSE: readonly SessionState[] = ["connected", "authenticated", "subscribed"];

/**
 * Puts the parts of a session together: what the queue, the authenticator, a connect, a close and the peer's
 * messages set in motion in one part is, through here, carried out by the others.
 */
export class SessionCore
  implements KernelHooks, AuthenticatorListener, ConnectParts, CloseParts, InboundParts
{
  readonly kernel: SessionKernel;
  readonly scope: HandlerScope;
  readonly interceptors: Interceptors;
  readonly operations: Operations;
  readonly book: TopicBook;
  readonly link: Link;
  readonly authenticator: Authenticator;
  readonly deliveries: Deliveries;
  /** The `connect()` under way. */
  connectRequest: ConnectRequest | undefined;
  /** The error that brought the session to `error`. */
  failure: SessionError | undefined;
  /** Whether `close()` was called. */
  isClosing = false;

  /** Measures the way of events, where anything does. */
  readonly latency: SessionLatencyMeter | undefined;
  readonly #secret: string;
  readonly #returning: Returning;
  readonly #flow: FlowControl | undefined;
  readonly #deliver: (message: InboundMessage) => void;
  #dropping = false;
  #losing = false;
  #closer: Closer | undefined;
  #goaway: GoawayDrain | undefined;

  constructor(options: ResolvedOptions, given: SessionOptions, environment: SessionEnvironment) {
    const { clock, random, transport } = environment;
    this.kernel = new SessionKernel(options, clock, random, this);
    this.scope = environment.createHandlerScope();
    this.#secret = random.secret();
    this.latency = given.latency;
    this.#flow = environment.createFlowControl?.(options);
    this.kernel.backlog.onFall = () => this.handled();
    this.interceptors = new Interceptors(given.interceptors ?? [], (cause) =>
      this.kernel.report(new SessionError("OBSERVER_FAILED", "an interceptor threw", { cause })),
    );
    this.operations = new Operations(this.kernel, () => this.link.bufferedBytes);
    this.book = new TopicBook(this.kernel, this.operations, () => this.#syncState());
    this.#returning = new Returning(this.kernel, this.operations, this.book, () =>
      this.#becomeReady(),
    );
    this.link = new Link(
      this.kernel,
      transport,
      () => this.kernel.run("connect_request", () => this.connect()),
      () => this.#ping(),
    );
    this.authenticator = new Authenticator(this.kernel, this.operations, given.credentials, this);
    this.deliveries = new Deliveries(this.kernel, this.scope);
    this.#deliver = createInbound(this);
  }

  get #state(): SessionState {
    return this.kernel.machine.state;
  }

  isCurrent(epoch: number): boolean {
    return epoch === this.kernel.machine.epoch && this.link.alive;
  }

  /** What waits, or what is awaited, may have changed. */
  handled(): void {
    if (this.#flow === undefined) return;
    if (this.#flow.look(this.link.connection, this.kernel.backlog.size, this.#mayPause))
      this.kernel.counters.pauses += 1;
  }

  readonly #mayPause = (): boolean =>
    this.#goaway === undefined && MAY_PAUSE.includes(this.#state) && !this.operations.isAwaiting;

  advanceClose(): void {
    if (this.#losing) return;
    this.#closer?.advance();
    this.#goaway?.advance();
  }

  /** Refuses everything new at once, and begins to close. */
  beginClose(command: CloseCommand): void {
    this.isClosing = true;
    this.kernel.run("close_request", () => this.#close(command), [], command.token.id);
  }

  /** `close()` was called again, perhaps by a handler that awaits it: that one is not waited for either. */
  joinClose(): void {
    const run = this.scope.current();
    // Behind the close itself, which may still be in the queue.
    if (!this.kernel.machine.final) this.kernel.run("close_request", () => this.#closer?.join(run));
  }

  /** Begins to close. Settles at once where there is nothing to close. */
  #close(command: CloseCommand): void {
    if (this.kernel.machine.final) {
      const draft = createReceiptDraft();
      // What was received before the end may still be under way to the handlers.
      draft.handlersAborted = this.deliveries.end();
      this.kernel.deadlines.clear();
      settleClose(command.token, draft, "local", this.kernel.clock.now());
      return;
    }
    if (this.#goaway?.saidBye !== true) this.#stopGoaway();
    this.#closer = new Closer(this, command);
    if (!this.isOpen) {
      if (this.#state === "connecting") this.kernel.machine.step("closing");
      this.link.drop();
      this.#closer.noteDropped();
      this.operations.dropHeld(closedBefore);
      this.#closer.startOffline();
      return;
    }
    // A goaway whose bye was said lets nothing be presented at all.
    if (this.#goaway === undefined) this.authenticator.rest("refreshes");
    this.kernel.machine.step("closing");
    if (!this.holding) this.#release();
    this.#closer.start();
  }

  get holding(): boolean {
    const isHeld = this.#goaway !== undefined || this.#dropping || this.#returning.isWaiting;
    return this.authenticator.authenticating || isHeld;
  }

  opened(): void {
    this.link.opened();
    const codec = this.kernel.options.protocol.createCodec();
    this.operations.open({ codec, send: (text) => this.link.send(text) });
    this.kernel.machine.step("connected");
    this.#returning.opened((wire, id) => wire.encodeHello(id, this.#secret));
    this.connectRequest?.token.ack(undefined, "frame");
    this.connectRequest = undefined;
    if (this.authenticator.hasCredentials) this.authenticator.begin();
    else this.#becomeReady();
  }

  authenticated(first: boolean): void {
    if (!first) {
      this.#syncState();
      this.advanceClose();
      return;
    }
    if (this.#state === "authenticating") this.kernel.machine.step("authenticated");
    this.#becomeReady();
  }

  #becomeReady(): void {
    // What waits, waits for the connection after this one.
    if (this.#goaway !== undefined) {
      this.advanceClose();
      return;
    }
    if (!this.#returning.mayBeReady()) return;
    // In front of what waits: that may use up what the peer lets a session ask for.
    this.#returning.resume();
    this.#release();
    this.#syncState();
    this.advanceClose();
  }

  /** Writes what waits. What was written before is dropped where the peer would run it once more. */
  #release(): void {
    if (this.kernel.greeting.keepsAnswers !== true) this.#closer?.noteDropped();
    // What is dropped must not set the close in motion before the rest is written.
    this.#dropping = true;
    this.operations.becomeReady();
    this.#dropping = false;
  }

  authenticating(): void {
    this.operations.hold();
    if (this.#state === "connected") this.kernel.machine.step("authenticating");
  }

  authenticationAbandoned(error: SessionError): void {
    this.kernel.report(error);
    this.link.terminate();
  }

  authenticationRefused(error: SessionError): void {
    if (this.#state !== "closing") {
      this.failed(error);
      return;
    }
    const text = "the credentials were not accepted";
    const isSure = error.outcome === "failed";
    // What is dropped must not set the close in motion before it can write.
    this.#dropping = true;
    this.#closer?.noteDropped();
    this.operations.dropHeld(() =>
      isSure ? error : new SessionError("NEVER_WRITTEN", text, { cause: error }),
    );
    this.#dropping = false;
    // What was live before these credentials is unsubscribed all the same.
    this.operations.becomeReady();
    this.advanceClose();
  }

  arrived(payload: { readonly epoch: number; readonly data: string | Uint8Array }): void {
    this.kernel.counters.messagesReceived += 1;
    this.operations.decode(payload.data, this.#deliver);
  }

  goingAway(deadlineMs: number): void {
    if (this.#state === "closing" || this.#goaway !== undefined) return;
    this.#goaway = new GoawayDrain(this.kernel, this.link, this.operations, deadlineMs);
    this.authenticator.rest("all");
    this.#goaway.start();
  }

  #stopGoaway(): void {
    this.#goaway?.stop();
    this.#goaway = undefined;
  }

  connectionLost(payload: SessionQueueEvents["connection_lost"]): void {
    const { closeCode, reason, cause } = payload;
    this.#stopGoaway();
    this.#closer?.noteLoss(closeCode);
    this.#returning.stop();
    this.link.forget();
    // The first that is told must not set the close in motion before the others are.
    this.#losing = true;
    this.operations.lost();
    this.authenticator.linkLost();
    this.book.linkLost();
    this.#losing = false;
    if (this.#closer !== undefined) {
      this.operations.dropHeld(
        () => new SessionError("NEVER_WRITTEN", "the link was lost while closing"),
      );
      this.#closer.connectionLost();
      return;
    }
    const next = this.link.afterLoss(closeCode, reason, cause);
    if (next.type === "fail") {
      this.failed(next.error);
      return;
    }
    // What a step means is done before it: a listener may look, or call, at once.
    if (next.type === "give-up") {
      const text = `the connection was refused: close code ${closeCode}`;
      this.#abandonAll(() => new SessionError("CONNECT_REFUSED", text, { closeCode, cause }));
    } else {
      this.link.scheduleReconnect(next.delayMs);
      const text = `the connection was lost: close code ${closeCode}`;
      this.kernel.report(new SessionError("CONNECTION_LOST", text, { closeCode, cause }));
    }
    this.kernel.machine.step("disconnected");
  }

  /** A handler stops the session, unless another one has asked for an orderly close in the meantime. */
  handlerFailed(cause: SessionError): void {
    if (!this.isClosing) this.failed(cause);
  }

  /** The session cannot go on: everything that waits fails. */
  failed(cause: SessionError): void {
    // A close without a connection waits for handlers in state `disconnected`.
    if (this.kernel.machine.final || this.#closer !== undefined) return;
    this.failure = cause;
    this.link.drop();
    this.#returning.stop();
    this.#stopGoaway();
    this.operations.lost();
    this.authenticator.linkLost();
    this.book.linkLost();
    this.kernel.machine.step("error");
    this.kernel.report(cause);
    this.#abandonAll(
      () => new SessionError("SESSION_FAILED", `the session failed: ${cause.code}`, { cause }),
    );
  }

  /**
   * @param why - Says why the `connect()` ends.
   * @param whyRest - Says why everything else does. An error is made where something ends with it: nearly never.
   */
  #abandonAll(why: () => SessionError, whyRest = why): void {
    const connectRequest = this.connectRequest;
    this.connectRequest = undefined;
    this.operations.dropHeld(whyRest);
    this.authenticator.end(whyRest);
    this.book.endAll(whyRest);
    if (connectRequest !== undefined) this.kernel.settleFailed(connectRequest.token, why());
    this.kernel.deadlines.release();
  }

  /** The last step of a close: nothing may be left that waits, fires or listens. */
  finished(): void {
    this.link.drop();
    this.#returning.stop();
    this.operations.lost();
    this.book.linkLost();
    this.#abandonAll(closedBefore);
    this.deliveries.end();
    this.kernel.deadlines.clear();
    this.kernel.machine.step("closed");
  }

  get attempting(): boolean {
    return this.link.alive;
  }

  connect(): void {
    if (this.#state === "disconnected" && this.#closer === undefined) this.link.connect();
  }

  giveUp(error: SessionError): void {
    this.link.drop();
    this.#returning.stop();
    const text = "connect() gave up before it was sent";
    this.#abandonAll(
      () => error,
      () => new SessionError("NEVER_WRITTEN", text, { cause: error }),
    );
    if (this.#state === "connecting") this.kernel.machine.step("disconnected");
  }

  #ping(): boolean {
    const ping = new PlainOperation("ping", (codec, id) => codec.encodePing(id));
    this.operations.write(ping);
    // Its answer must be heard.
    this.handled();
    return ping.written;
  }

  /** Whether there is an open connection. */
  get isOpen(): boolean {
    return this.link.alive && this.#state !== "connecting";
  }

  #syncState(): void {
    syncState(this.kernel.machine, this.book.channelTable, this.authenticator.authenticated);
  }
}

function closedBefore(): SessionError {
  return new SessionError("SESSION_CLOSED", "closed before it was sent");
}
