import type { InboundMessage } from "../protocol/protocol.ts";
import { type AuthenticationReceipt, Authenticator } from "./authenticator.ts";
import { callRefusal } from "./call-refusal.ts";
import { createReceiptDraft, settleClose } from "./close-receipt.ts";
import { type CloseCommand, Closer } from "./closer.ts";
import type { PendingToken } from "./completion-token.ts";
import { ConnectRequest } from "./connect-request.ts";
import { Deliveries } from "./deliveries.ts";
import type { LaneRun } from "./delivery-lane.ts";
import { SessionError } from "./errors.ts";
import { GoawayDrain } from "./goaway-drain.ts";
import type { Limits } from "./guard.ts";
import type { HandlerScope } from "./handler-scope.ts";
import { createInbound } from "./inbound.ts";
import { Interceptors } from "./interceptors.ts";
import { Link } from "./link.ts";
import { Operations } from "./operations.ts";
import { PlainOperation } from "./plain-operation.ts";
import { sendNotification } from "./send-notification.ts";
import type { SessionEnvironment } from "./session-environment.ts";
import type { SessionQueueEvents } from "./session-events.ts";
import { SessionKernel } from "./session-kernel.ts";
import type { CredentialsSource, ResolvedOptions, SessionOptions } from "./session-options.ts";
import { syncState } from "./sync-state.ts";
import { TopicBook } from "./topic-book.ts";

/**
 * Puts the parts of a session together: one queue of events, one handler per event type, and what each
 * of them sets in motion.
 */
export class SessionCore {
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

  readonly #secret: string;
  readonly #deliver: (message: InboundMessage) => void;
  #closing = false;
  #closer: Closer | undefined;
  #goaway: GoawayDrain | undefined;

  constructor(options: ResolvedOptions, given: SessionOptions, environment: SessionEnvironment) {
    const { clock, random, transport } = environment;
    const kernel: SessionKernel = new SessionKernel(options, clock, random, {
      isCurrent: (epoch) => epoch === kernel.machine.epoch && this.link.alive,
      opened: () => this.#opened(),
      arrived: (event) => this.#arrived(event),
      connectionLost: (event) => this.#connectionLost(event),
      failed: (cause) => this.#toError(cause),
      advanceClose: () => this.#advanceClose(),
    });
    this.kernel = kernel;
    this.scope = environment.createHandlerScope();
    this.#secret = random.secret();
    this.interceptors = new Interceptors(given.interceptors ?? [], (cause) =>
      this.kernel.report(new SessionError("OBSERVER_FAILED", "an interceptor threw", { cause })),
    );
    this.operations = new Operations(kernel);
    this.book = new TopicBook(kernel, this.operations, () => this.#syncState());
    this.link = new Link(
      kernel,
      transport,
      () => this.#reconnect(),
      () => this.#ping(),
    );
    this.authenticator = new Authenticator(kernel, this.operations, given.credentials, {
      authenticating: () => {
        this.operations.hold();
        if (this.kernel.machine.state === "connected") this.kernel.machine.step("authenticating");
      },
      authenticated: (first) => this.#authenticated(first),
      refused: (error) => this.#authenticationRefused(error),
      abandoned: (error) => {
        this.kernel.report(error);
        this.link.terminate();
      },
    });
    this.deliveries = new Deliveries(kernel, this.scope);
    this.#deliver = createInbound({
      kernel,
      interceptors: this.interceptors,
      operations: this.operations,
      book: this.book,
      notifications: this.deliveries.notifications,
      goingAway: (deadlineMs) => this.#goingAway(deadlineMs),
    });
  }

  #advanceClose(): void {
    this.#closer?.advance();
    this.#goaway?.advance();
  }

  /** Says why nothing new is accepted, or undefined while it is. */
  refusal(): SessionError | undefined {
    return callRefusal({
      state: this.kernel.machine.state,
      closing: this.#closing,
      started:
        this.link.alive || this.link.reconnectAt !== null || this.connectRequest !== undefined,
      failure: this.failure,
    });
  }

  /** Begins to connect, or acks at once where the link is up. */
  requestConnect(token: PendingToken<void>, limits: Limits): void {
    if (
      this.kernel.machine.state !== "disconnected" &&
      this.kernel.machine.state !== "connecting"
    ) {
      token.ack(undefined, "local");
      return;
    }
    const parts = {
      kernel: this.kernel,
      connect: () => this.#connect(),
      attempting: () => this.link.alive,
      giveUp: (error: SessionError) => this.#giveUpConnecting(error),
    };
    this.connectRequest = new ConnectRequest(parts, token, limits);
    this.kernel.queue.post("connect_request", this.connectRequest);
  }

  /** Takes credentials from the application, and presents them where a connection is open. */
  authenticate(
    source: CredentialsSource | undefined,
    token: PendingToken<AuthenticationReceipt>,
    limits: Limits,
  ): void {
    const { authenticator } = this;
    const { machine } = this.kernel;
    if (machine.final) {
      // It failed between the call and its turn.
      this.kernel.settleFailed(token, new SessionError("SESSION_FAILED", "the session has ended"));
      return;
    }
    authenticator.request(source, token, limits);
    if (limits.signal?.aborted === true) return;
    const open = this.link.alive && machine.state !== "connecting";
    if (open && (source !== undefined || !authenticator.authenticating)) authenticator.begin();
  }

  /** Sends a notification, or holds it; throws what its caller must know. */
  notify(method: string, params: unknown): "sent" | "queued" {
    return sendNotification(this.kernel, this.operations, method, params);
  }

  /** Refuses everything new at once, and begins to close. */
  beginClose(command: CloseCommand): void {
    this.#closing = true;
    this.kernel.run("close_request", () => this.#close(command), [], command.token.id);
  }

  /** `close()` was called again, perhaps by a handler that awaits it: that one is not waited for either. */
  joinClose(): void {
    const join = (run: LaneRun | undefined): void => this.#closer?.join(run);
    const run = this.scope.current();
    // Behind the close itself, which may still be in the queue.
    if (!this.kernel.machine.final)
      this.kernel.queue.post("close_request", { tokenId: 0, subject: [], start: () => join(run) });
  }

  /** Begins to close. Settles at once where there is nothing to close. */
  #close(command: CloseCommand): void {
    const before = this.kernel.machine.state;
    if (this.kernel.machine.final) {
      const draft = createReceiptDraft();
      // What was received before the end may still be under way to the handlers.
      draft.handlersAborted = this.deliveries.end();
      this.kernel.deadlines.clear();
      settleClose(command.token, draft, "local", this.kernel.clock.now());
      return;
    }
    const open = before !== "disconnected" && before !== "connecting";
    if (this.#goaway?.saidBye !== true) this.#stopGoaway();
    this.#closer = new Closer(
      {
        kernel: this.kernel,
        link: this.link,
        operations: this.operations,
        book: this.book,
        lanes: () => this.deliveries.lanes(),
        feeds: () => this.deliveries.feeds(),
        holding: () => this.authenticator.authenticating || this.#goaway !== undefined,
        finished: () => this.#closed(),
      },
      command,
    );
    if (before === "connecting") this.kernel.machine.step("closing");
    if (!open) {
      this.link.drop();
      this.operations.dropHeld(new SessionError("SESSION_CLOSED", "closed before it was sent"));
      this.#closer.startOffline();
      return;
    }
    // A goaway whose bye was said lets nothing be presented at all.
    if (this.#goaway === undefined) this.authenticator.rest("refreshes");
    this.kernel.machine.step("closing");
    if (this.#goaway === undefined && !this.authenticator.authenticating)
      this.operations.becomeReady();
    this.#closer.start();
  }

  #opened(): void {
    this.link.opened();
    const codec = this.kernel.options.protocol.createCodec();
    this.operations.open({ codec, send: (text) => this.link.send(text) });
    this.kernel.machine.step("connected");
    // A server that knows no hello is a bare one; one that refuses the session closes the connection.
    this.operations.write(
      new PlainOperation("hello", (wire, id) => wire.encodeHello(id, this.#secret)),
    );
    this.connectRequest?.token.ack(undefined, "frame");
    this.connectRequest = undefined;
    if (this.authenticator.hasCredentials) this.authenticator.begin();
    else this.#becomeReady();
  }

  #authenticated(first: boolean): void {
    if (!first) {
      this.#syncState();
      return;
    }
    if (this.kernel.machine.state === "authenticating") this.kernel.machine.step("authenticated");
    this.#becomeReady();
  }

  #becomeReady(): void {
    // What waits, waits for the connection after this one.
    if (this.#goaway !== undefined) {
      this.#advanceClose();
      return;
    }
    const lost = this.book.takeLost();
    if (lost !== undefined && this.kernel.machine.state !== "closing") this.operations.write(lost);
    this.operations.becomeReady();
    this.#syncState();
    this.#advanceClose();
  }

  #authenticationRefused(error: SessionError): void {
    if (this.kernel.machine.state !== "closing") {
      this.#toError(error);
      return;
    }
    const text = "the credentials were not accepted";
    const isSure = error.outcome === "failed";
    this.operations.dropHeld(
      isSure ? error : new SessionError("NEVER_WRITTEN", text, { cause: error }),
    );
    // What was live before these credentials is unsubscribed all the same.
    this.operations.becomeReady();
    this.#advanceClose();
  }

  #arrived(payload: { readonly epoch: number; readonly data: string | Uint8Array }): void {
    this.kernel.counters.messagesReceived += 1;
    this.operations.decode(payload.data, this.#deliver);
  }

  #goingAway(deadlineMs: number): void {
    if (this.kernel.machine.state === "closing" || this.#goaway !== undefined) return;
    this.#goaway = new GoawayDrain(this.kernel, this.link, this.operations, deadlineMs);
    this.authenticator.rest("all");
    this.#goaway.start();
  }

  #stopGoaway(): void {
    this.#goaway?.stop();
    this.#goaway = undefined;
  }

  #connectionLost(payload: SessionQueueEvents["connection_lost"]): void {
    const { closeCode, reason, cause } = payload;
    this.#stopGoaway();
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
    // What a step means is done before it: a listener may look, or call, at once.
    if (next.type === "give-up") {
      const text = `the connection was refused: close code ${closeCode}`;
      this.#abandonAll(new SessionError("CONNECT_REFUSED", text, { closeCode, cause }));
    } else {
      this.link.scheduleReconnect(next.delayMs);
      const text = `the connection was lost: close code ${closeCode}`;
      this.kernel.report(new SessionError("CONNECTION_LOST", text, { closeCode, cause }));
    }
    this.kernel.machine.step("disconnected");
  }

  /** The session cannot go on: everything that waits fails. */
  #toError(cause: SessionError): void {
    if (this.kernel.machine.final || this.kernel.machine.state === "closing") return;
    this.failure = cause;
    this.link.drop();
    this.#stopGoaway();
    this.operations.lost();
    this.authenticator.linkLost();
    this.book.linkLost();
    this.kernel.machine.step("error");
    this.kernel.report(cause);
    this.#abandonAll(
      new SessionError("SESSION_FAILED", `the session failed: ${cause.code}`, { cause }),
    );
  }

  /** @param rest - Why everything but the `connect()` ends. */
  #abandonAll(error: SessionError, rest: SessionError = error): void {
    const connectRequest = this.connectRequest;
    this.connectRequest = undefined;
    this.operations.dropHeld(rest);
    this.authenticator.end(rest);
    this.book.endAll(rest);
    if (connectRequest !== undefined) this.kernel.settleFailed(connectRequest.token, error);
    this.kernel.deadlines.release();
  }

  /** The last step of a close: nothing may be left that waits, fires or listens. */
  #closed(): void {
    this.link.drop();
    this.operations.lost();
    this.book.linkLost();
    this.#abandonAll(new SessionError("SESSION_CLOSED", "closed before it was sent"));
    this.deliveries.end();
    this.kernel.deadlines.clear();
    this.kernel.machine.step("closed");
  }

  #connect(): void {
    if (this.kernel.machine.state === "disconnected" && this.#closer === undefined)
      this.link.connect();
  }

  #reconnect(): void {
    this.kernel.run("connect_request", () => this.#connect());
  }

  #giveUpConnecting(error: SessionError): void {
    this.link.drop();
    const text = "connect() gave up before it was sent";
    this.#abandonAll(error, new SessionError("NEVER_WRITTEN", text, { cause: error }));
    if (this.kernel.machine.state === "connecting") this.kernel.machine.step("disconnected");
  }

  #ping(): boolean {
    const ping = new PlainOperation("ping", (codec, id) => codec.encodePing(id));
    this.operations.write(ping);
    return ping.written;
  }

  #syncState(): void {
    syncState(this.kernel.machine, this.book, this.authenticator.authenticated);
  }
}
