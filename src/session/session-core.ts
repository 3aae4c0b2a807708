import { EventEmitter } from "eventemitter3";
import type { InboundMessage } from "../protocol/protocol.ts";
import { type AuthenticationReceipt, Authenticator } from "./authenticator.ts";
import type { Clock, Random } from "./clock.ts";
import { createReceiptDraft, finishReceipt } from "./close-receipt.ts";
import { type CloseCommand, Closer } from "./closer.ts";
import { PendingToken, type RequestType } from "./completion-token.ts";
import { ConnectRequest } from "./connect-request.ts";
import { createCounters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { DeliveryLane } from "./delivery-lane.ts";
import { SessionError } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import { GoawayDrain } from "./goaway-drain.ts";
import type { HandlerScope } from "./handler-scope.ts";
import { createInbound } from "./inbound.ts";
import { Interceptors } from "./interceptors.ts";
import type { Failable, Kernel } from "./kernel.ts";
import { Link } from "./link.ts";
import { NotificationSink } from "./notification-sink.ts";
import { NotifyOperation } from "./notify-operation.ts";
import type { TokenLimits } from "./operation.ts";
import { Operations } from "./operations.ts";
import { HelloOperation, PingOperation } from "./own-operations.ts";
import {
  type Completion,
  describeEvent,
  type SessionEventType,
  type SessionQueueEvents,
  type Startable,
} from "./session-events.ts";
import { createHandlers, type SessionFlow } from "./session-handlers.ts";
import { SessionMachine } from "./session-machine.ts";
import type { CredentialsSource, ResolvedOptions, SessionOptions } from "./session-options.ts";
import type { SubscriptionState } from "./subscription-state.ts";
import { syncState } from "./sync-state.ts";
import { TopicBook } from "./topic-book.ts";
import type { Transport } from "./transport.ts";
import type { UnsubscribeRequest } from "./unsubscribe-request.ts";

/** What a session needs from the world around it. */
export interface SessionEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  /** Makes what knows from inside which handler a call comes. */
  readonly createHandlerScope: () => HandlerScope;
}

/** Bound on a session's own queue: more messages than one frame can sensibly hold. */
const MAX_QUEUE_DEPTH = 1_000_000;

/**
 * Puts the parts of a session together: one queue of events, one handler per event type, and what each
 * of them sets in motion.
 */
export class SessionCore implements Kernel {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: ResolvedOptions;
  readonly machine: SessionMachine;
  readonly queue: EventQueue<SessionQueueEvents>;
  readonly deadlines: Deadlines;
  readonly counters = createCounters();
  readonly scope: HandlerScope;
  readonly emitter = new EventEmitter<string>();
  readonly interceptors: Interceptors;
  readonly operations: Operations;
  readonly book: TopicBook;
  readonly link: Link;
  readonly authenticator: Authenticator;
  readonly connectionLane: DeliveryLane;
  readonly notifications: NotificationSink;
  readonly subscriptions = new Set<SubscriptionState>();
  readonly unsubscribes = new Set<UnsubscribeRequest>();
  /** The `connect()` under way. */
  connectRequest: ConnectRequest | undefined;
  /** The error that brought the session to `error`. */
  failure: SessionError | undefined;
  notificationsSent = 0;

  readonly #secret: string;
  readonly #deliver: (message: InboundMessage) => void;
  #closing = false;
  #closer: Closer | undefined;
  #goaway: GoawayDrain | undefined;
  #nextTokenId = 1;

  constructor(options: ResolvedOptions, given: SessionOptions, environment: SessionEnvironment) {
    const { clock, random, transport } = environment;
    this.clock = clock;
    this.random = random;
    this.options = options;
    this.scope = environment.createHandlerScope();
    this.#secret = random.secret();
    this.machine = new SessionMachine((change) => this.#emit("state", change));
    this.deadlines = new Deadlines(clock);
    this.queue = new EventQueue<SessionQueueEvents>({
      handlers: createHandlers(this.#flow()),
      onError: ({ error }) => this.#bug(error),
      maxDepth: MAX_QUEUE_DEPTH,
      now: () => clock.now(),
    });
    this.interceptors = new Interceptors(given.interceptors ?? [], (cause) =>
      this.report(new SessionError("OBSERVER_FAILED", "an interceptor threw", { cause })),
    );
    this.operations = new Operations(this);
    this.book = new TopicBook(this, this.operations, () => this.#syncState());
    this.link = new Link(
      this,
      transport,
      () => this.#reconnect(),
      () => this.#ping(),
    );
    this.authenticator = new Authenticator(this, this.operations, given.credentials, {
      authenticating: () => {
        this.operations.hold();
        if (this.machine.state === "connected") this.machine.step("authenticating");
      },
      authenticated: (first) => this.#authenticated(first),
      refused: (error) => this.#authenticationRefused(error),
      abandoned: (error) => {
        this.report(error);
        this.link.terminate();
      },
    });
    this.connectionLane = new DeliveryLane({ scope: this.scope, now: () => clock.now() });
    const notificationLane = new DeliveryLane({ scope: this.scope, now: () => clock.now() });
    this.notifications = new NotificationSink(notificationLane, this);
    this.#deliver = createInbound({
      kernel: this,
      interceptors: this.interceptors,
      operations: this.operations,
      book: this.book,
      notifications: this.notifications,
      goingAway: (deadlineMs) => this.#goingAway(deadlineMs),
    });
  }

  createToken<T>(type: RequestType): PendingToken<T> {
    return new PendingToken<T>(this.#nextTokenId++, type, this.clock.now());
  }

  settleFailed(token: Failable, error: SessionError): void {
    if (token.fail(error, this.clock.now())) this.report(error);
    this.advanceClose();
  }

  report(error: SessionError): void {
    this.queue.post("error_occurred", error);
  }

  fail(cause: SessionError): void {
    const start = (): void => this.#toError(cause);
    this.queue.post("close_request", { tokenId: 0, subject: [], start });
  }

  advanceClose(): void {
    this.#closer?.advance();
    this.#goaway?.advance();
  }

  /** Says why nothing new is accepted, or undefined while it is. */
  refusal(): SessionError | undefined {
    // A close without a connection is still in state `disconnected` while handlers finish.
    if (this.#closing && !this.machine.final) {
      return new SessionError("SESSION_CLOSING", "close() was called");
    }
    switch (this.machine.state) {
      case "closed":
        return new SessionError("SESSION_CLOSED", "the session is closed");
      case "error":
        return new SessionError("SESSION_FAILED", "the session failed", { cause: this.failure });
      case "disconnected":
        if (this.machine.epoch === 0 || (this.link.reconnectAt === null && !this.link.alive)) {
          return new SessionError("NOT_CONNECTED", "connect() was not called");
        }
        return undefined;
      default:
        return undefined;
    }
  }

  /** Begins to connect, or acks at once where the link is up. */
  requestConnect(token: PendingToken<void>, limits: TokenLimits): void {
    if (this.machine.state !== "disconnected" && this.machine.state !== "connecting") {
      token.ack(undefined, "local", this.clock.now());
      return;
    }
    const parts = {
      kernel: this,
      connect: () => this.#connect(),
      giveUp: (error: SessionError) => this.#giveUpConnecting(error),
    };
    this.connectRequest = new ConnectRequest(parts, token, limits);
    this.queue.post("connect_request", this.connectRequest);
  }

  /** Takes credentials from the application, and presents them where a connection is open. */
  authenticate(
    source: CredentialsSource | undefined,
    token: PendingToken<AuthenticationReceipt>,
    limits: TokenLimits,
  ): void {
    const { authenticator, machine } = this;
    authenticator.request(source, token, limits);
    if (limits.signal?.aborted === true) return;
    const open = this.link.alive && machine.state !== "connecting";
    if (open && (source !== undefined || !authenticator.authenticating)) authenticator.begin();
  }

  /** Sends a notification, or holds it; throws what its caller must know. */
  notify(method: string, params: unknown): "sent" | "queued" {
    const operation = new NotifyOperation(method, params, () => {
      this.notificationsSent += 1;
    });
    this.queue.post("send_request", {
      tokenId: 0,
      subject: [method],
      start: () => this.operations.submit(operation),
    });
    if (operation.error !== undefined) throw operation.error;
    return operation.sent ? "sent" : "queued";
  }

  /** Refuses everything new at once, and begins to close. */
  beginClose(command: CloseCommand): void {
    this.#closing = true;
    this.queue.post("close_request", {
      tokenId: command.token.id,
      subject: [],
      start: () => this.#close(command),
    });
  }

  /** Begins to close. Settles at once where there is nothing to close. */
  #close(command: CloseCommand): void {
    const before = this.machine.state;
    if (this.machine.final) {
      const receipt = finishReceipt(
        createReceiptDraft(),
        this.clock.now() - command.token.issuedAt,
      );
      command.token.ack(receipt, "local", this.clock.now());
      return;
    }
    const open = before !== "disconnected" && before !== "connecting";
    this.#goaway = undefined;
    this.#closer = new Closer(
      {
        kernel: this,
        link: this.link,
        operations: this.operations,
        book: this.book,
        lanes: () => this.#lanes(),
        feeds: () => [...this.subscriptions].map((subscription) => subscription.feed),
        notificationsSent: () => this.notificationsSent,
        authenticating: () => this.authenticator.authenticating,
        finished: () => this.#closed(),
      },
      command,
    );
    if (before === "connecting") this.machine.step("closing");
    if (!open) {
      this.link.terminate();
      this.link.forget();
      this.link.cancelReconnect();
      this.operations.dropHeld(new SessionError("SESSION_CLOSED", "closed before it was sent"));
      this.#closer.startOffline();
      return;
    }
    this.machine.step("closing");
    this.#closer.start();
  }

  /** Lets go of subscriptions and unsubscribes that are over. */
  prune(): void {
    for (const subscription of this.subscriptions)
      if (subscription.feed.over) this.subscriptions.delete(subscription);
    for (const request of this.unsubscribes)
      if (!request.token.pending) this.unsubscribes.delete(request);
  }

  #flow(): SessionFlow {
    return {
      opened: (event) => this.#opened(event),
      arrived: (event) => this.#arrived(event),
      connectionLost: (event) => this.#connectionLost(event),
      errorOccurred: (error) => {
        this.#trace("error_occurred", error);
        this.#emit("error", error);
      },
      trace: (type, payload) => this.#trace(type, payload),
    };
  }

  #opened(payload: { readonly epoch: number; readonly subprotocol: string }): void {
    if (payload.epoch !== this.machine.epoch || !this.link.alive) return;
    this.#trace("connect_complete", payload);
    this.link.opened();
    const codec = this.options.protocol.createCodec();
    this.operations.open({ codec, send: (text) => this.link.send(text) });
    this.notificationsSent = 0;
    this.machine.step("connected");
    this.operations.write(new HelloOperation(this.#secret));
    this.connectRequest?.opened();
    this.connectRequest = undefined;
    if (this.authenticator.hasCredentials) this.authenticator.begin();
    else this.#becomeReady();
  }

  #authenticated(first: boolean): void {
    if (!first) {
      this.#syncState();
      return;
    }
    if (this.machine.state === "authenticating") this.machine.step("authenticated");
    this.#becomeReady();
  }

  #becomeReady(): void {
    const lost = this.book.takeLost();
    if (lost !== undefined && this.machine.state !== "closing") this.operations.write(lost);
    this.operations.becomeReady();
    this.#syncState();
    this.advanceClose();
  }

  #authenticationRefused(error: SessionError): void {
    if (this.machine.state !== "closing") {
      this.#toError(error);
      return;
    }
    this.operations.dropHeld(error);
    this.advanceClose();
  }

  #arrived(payload: { readonly epoch: number; readonly data: string | Uint8Array }): void {
    if (payload.epoch !== this.machine.epoch || !this.link.alive) return;
    this.#trace("recv_data", payload);
    this.counters.messagesReceived += 1;
    this.operations.decode(payload.data, this.#deliver);
  }

  #goingAway(deadlineMs: number): void {
    if (this.machine.state === "closing" || this.#goaway !== undefined) return;
    this.#goaway = new GoawayDrain(
      this,
      this.link,
      this.operations,
      this.notificationsSent,
      deadlineMs,
    );
    this.#goaway.start();
  }

  #connectionLost(payload: SessionQueueEvents["connection_lost"]): void {
    if (payload.epoch !== this.machine.epoch || !this.link.alive) return;
    this.#trace("connection_lost", payload);
    const { closeCode, reason, cause } = payload;
    this.#goaway = undefined;
    this.#closer?.noteLoss(closeCode);
    this.link.forget();
    this.operations.lost();
    this.authenticator.linkLost();
    this.book.linkLost();
    if (this.#closer !== undefined) {
      this.operations.dropHeld(
        new SessionError("NEVER_WRITTEN", "the link was lost while closing"),
      );
      this.#closer.connectionLost();
      return;
    }
    const next = this.link.afterLoss(closeCode, reason, cause);
    if (next.type === "fail") {
      this.#toError(next.error);
      return;
    }
    this.machine.step("disconnected");
    if (next.type === "retry") {
      const behind = cause === undefined ? { closeCode } : { closeCode, cause };
      this.report(
        new SessionError(
          "CONNECTION_LOST",
          `the connection was lost: close code ${closeCode}`,
          behind,
        ),
      );
      this.link.scheduleReconnect(next.delayMs);
    } else {
      const text = `the connection was refused: close code ${closeCode}`;
      this.#abandonAll(new SessionError("CONNECT_REFUSED", text, { closeCode, cause }));
    }
  }

  /** The session cannot go on: everything that waits fails. */
  #toError(cause: SessionError): void {
    if (this.machine.final || this.machine.state === "closing") return;
    this.failure = cause;
    this.link.terminate();
    this.link.forget();
    this.link.cancelReconnect();
    this.#goaway = undefined;
    this.operations.lost();
    this.authenticator.linkLost();
    this.book.linkLost();
    this.machine.step("error");
    this.report(cause);
    this.#abandonAll(
      new SessionError("SESSION_FAILED", `the session failed: ${cause.code}`, { cause }),
    );
  }

  #abandonAll(error: SessionError): void {
    const connectRequest = this.connectRequest;
    this.connectRequest = undefined;
    connectRequest?.fail(error);
    this.operations.dropHeld(error);
    this.authenticator.end(error);
    this.book.endAll(error);
  }

  /** The last step of a close: nothing may be left that waits, fires or listens. */
  #closed(): void {
    this.link.terminate();
    this.link.forget();
    this.operations.lost();
    this.book.linkLost();
    this.#abandonAll(new SessionError("SESSION_CLOSED", "closed before it was sent"));
    for (const request of this.unsubscribes) request.complete({ by: "deadline" });
    for (const subscription of this.subscriptions) subscription.feed.end();
    this.notifications.end();
    this.prune();
    this.deadlines.clear();
    this.machine.step("closed");
  }

  #connect(): void {
    if (this.machine.state === "disconnected" && this.#closer === undefined) this.link.connect();
  }

  #reconnect(): void {
    this.queue.post("connect_request", { tokenId: 0, subject: [], start: () => this.#connect() });
  }

  #giveUpConnecting(error: SessionError): void {
    this.link.terminate();
    this.link.forget();
    this.link.cancelReconnect();
    if (this.machine.state === "connecting") this.machine.step("disconnected");
    this.#abandonAll(error);
  }

  #ping(): boolean {
    const ping = new PingOperation();
    this.operations.write(ping);
    return !ping.unsupported;
  }

  #syncState(): void {
    syncState(this.machine, this.book, this.authenticator.authenticated);
  }

  *#lanes(): Iterable<DeliveryLane> {
    yield this.connectionLane;
    yield this.notifications.lane;
    for (const subscription of this.subscriptions) yield* subscription.lanes;
  }

  #trace<Type extends SessionEventType>(type: Type, payload: SessionQueueEvents[Type]): void {
    if (this.emitter.listenerCount("event") === 0) return;
    this.#emit("event", describeEvent(type, payload, this.clock.now(), this.machine.epoch));
  }

  // Listeners are wrapped where they are added: none of them can throw here.
  #emit(name: string, value: unknown): void {
    this.emitter.emit(name, value);
  }

  #bug(error: unknown): void {
    this.#emit("error", new SessionError("INTERNAL", "a state handler threw", { cause: error }));
  }
}
