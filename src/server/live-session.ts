import { EventEmitter } from "eventemitter3";
import type { CloseCodeName } from "../protocol/close-codes.ts";
import type { WireErrorCode } from "../protocol/json-rpc/error-codes.ts";
import type { RequestId } from "../protocol/json-rpc/messages.ts";
import { toParams } from "../protocol/json-rpc/params.ts";
import { Backlog } from "./backlog/backlog.ts";
import { checkDrained, closeSession, type Drain, type Farewell } from "./closing/farewell.ts";
import type { SessionReceipt } from "./closing/receipts.ts";
import { clearUp, type Ending, endSubscription, stopWork } from "./closing/session-end.ts";
import { addressKey } from "./connections/address-key.ts";
import type { Applicant } from "./connections/admission.ts";
import type { Principal } from "./connections/principal.ts";
import type {
  ConnectionInfo,
  ServerConnection,
  ServerConnectionListener,
} from "./connections/server-connection.ts";
import { checkSession } from "./connections/session-checks.ts";
import type { Swept } from "./connections/sweep.ts";
import type { SharedFrame } from "./fanout/shared-frame.ts";
import { encodeError, encodeNotification } from "./methods/answers.ts";
import type { BatchAnswer } from "./methods/batch-answer.ts";
import { type HeldMessage, perform, receive } from "./methods/dispatch.ts";
import type { MethodQueue } from "./methods/method-queue.ts";
import { checkKey, checkMethodName, encodeData } from "./methods/outgoing-data.ts";
import type { TokenBucket } from "./methods/token-bucket.ts";
import { closeCode, type ServerCore } from "./server-core.ts";
import type {
  SendOptions,
  SendOutcome,
  ServerSession,
  ServerSessionEvents,
  SessionCloseOptions,
} from "./server-session.ts";
import type { SubscriptionTable } from "./topics/subscription-table.ts";
import type { TopicReader } from "./topics/topic.ts";
import type { TopicLocks } from "./topics/topic-locks.ts";

/** `open`: messages flow; `ended`: we began a close; `gone`: the connection is no more. */
export type SessionPhase = "open" | "ended" | "gone";

/** An `authenticate` that is under way. */
export interface PendingAuthentication {
  /** The request that asked for it; undefined where the credentials came with the upgrade. */
  readonly id: RequestId | undefined;
  readonly startedMs: number;
}

/**
 * Is one session inside the server: what `ServerSession` shows of it, and the state that the parts
 * around it work on. Everything that a quiet session does not need is null until it does.
 */
export class LiveSession
  implements ServerSession, ServerConnectionListener, Applicant, Swept, TokenBucket, TopicReader
{
  readonly id: number;
  readonly core: ServerCore;
  readonly connection: ServerConnection;
  readonly address: string;
  readonly addressKey: string;
  readonly url: string;
  readonly origin: string | null;

  key: string | null = null;
  principal: Principal | null = null;
  phase: SessionPhase = "open";
  /** The limit at which this session came, while it may still say hello. */
  provisional: CloseCodeName | null = null;
  isOpened = false;
  isAdmitted = false;
  isUserKnown = false;
  /** Whether a message is being taken: what it asks for at once is not answered yet. */
  isReceiving = false;
  sweepIndex = -1;

  tokens: number;
  refilledAtMs: number;
  readonly openedMs: number;
  /** When the client was last heard, and when it was pinged about its silence (0: not). */
  heardMs: number;
  pingedMs = 0;
  /** When we began to close; 0 while open. */
  endedMs = 0;
  /** With which code; 0 where the client closed, or the link died. */
  endCode = 0;

  /** Requests and notifications accepted and not done, without the bye. */
  inFlight = 0;
  /** Topics that `authorize` is being asked about for a subscribe. */
  authorizing = 0;
  notifications = 0;
  authentication: PendingAuthentication | null = null;
  inFlightIds: Set<RequestId> | null = null;
  held: HeldMessage[] | null = null;
  /** Batches that are not answered yet. */
  batches: Set<BatchAnswer> | null = null;
  subscriptions: SubscriptionTable | null = null;
  /** What is held back while the session is behind. */
  backlog: Backlog | null = null;
  locks: TopicLocks | null = null;
  /** Live topics that `authorize` is still to be asked about again, once it is their turn. */
  reviews: Set<string> | null = null;
  methods: MethodQueue | null = null;
  farewell: Farewell | null = null;
  drain: Drain | null = null;
  receipt: SessionReceipt | null = null;
  ending: Ending | null = null;
  emitter: EventEmitter<ServerSessionEvents> | null = null;

  constructor(core: ServerCore, connection: ServerConnection, info: ConnectionInfo) {
    const nowMs = core.clock.now();
    this.id = core.nextSessionId();
    this.core = core;
    this.connection = connection;
    this.address = info.address;
    this.addressKey = addressKey(info.address);
    this.url = info.url;
    this.origin = info.origin;
    this.tokens = core.limits.requestBurst;
    this.refilledAtMs = nowMs;
    this.openedMs = nowMs;
    this.heardMs = nowMs;
  }

  get userId(): string | null {
    return this.principal?.userId ?? null;
  }

  get isOpen(): boolean {
    return this.phase === "open";
  }

  get topics(): readonly string[] {
    return this.subscriptions?.toArray().map((each) => each.topic.name) ?? [];
  }

  get bufferedBytes(): number {
    return this.connection.bufferedBytes;
  }

  received(data: string | Uint8Array): void {
    if (this.phase !== "open") return;
    this.heardMs = this.core.clock.now();
    this.isReceiving = true;
    try {
      receive(this, data);
    } catch (cause) {
      this.core.report("INTERNAL", "bug: a message was not handled", this, cause);
      this.end("internalError", "internal error");
    }
    this.isReceiving = false;
    if (this.farewell !== null || this.drain !== null) checkDrained(this);
  }

  ponged(): void {
    this.heardMs = this.core.clock.now();
  }

  failed(code: number): void {
    if (this.phase !== "open") return;
    this.#stop(code);
  }

  closed(code: number): void {
    if (this.phase === "gone") return;
    this.phase = "gone";
    clearUp(this, code);
  }

  drained(): void {
    this.backlog?.look();
  }

  sweep(nowMs: number): void {
    checkSession(this, nowMs);
  }

  deliver(frame: SharedFrame): void {
    const { connection } = this;
    if (this.phase !== "open") return;
    // A lone message always fits.
    if (connection.isDrained !== true && !this.#hasRoom(frame.text)) return;
    const { counters } = this.core;
    counters.messagesSent += 1;
    counters.eventsDelivered += 1;
    connection.sendShared(frame);
  }

  /** Writes one message, behind all those before. */
  write(text: string): void {
    if (this.phase !== "open" || !this.#hasRoom(text)) return;
    this.core.counters.messagesSent += 1;
    this.connection.send(text);
  }

  /** Writes an answer, or adds it to its batch's. */
  answer(batch: BatchAnswer | null, text: string): void {
    if (batch === null) this.write(text);
    else batch.answer(text);
  }

  /** Answers with an error of the wire's own. */
  refuse(
    batch: BatchAnswer | null,
    id: RequestId,
    code: WireErrorCode,
    message: string,
    detail?: unknown,
  ): void {
    this.core.countError(code);
    this.answer(batch, encodeError(id, code, message, detail));
  }

  /** Counts a request that is not answered at once; its id may not be used again until `finish`. */
  begin(id: RequestId | undefined): void {
    this.inFlight += 1;
    if (id === undefined) return;
    this.inFlightIds ??= new Set();
    this.inFlightIds.add(id);
  }

  /** Says that a request counted by `begin` was answered. */
  finish(id: RequestId | undefined): void {
    this.inFlight -= 1;
    if (id !== undefined) this.inFlightIds?.delete(id);
    if (this.inFlight === 0) checkDrained(this);
  }

  /** Begins the close handshake; nothing is written after it. */
  end(code: CloseCodeName | number, reason: string): void {
    if (this.phase !== "open") return;
    const number = typeof code === "number" ? code : closeCode(code);
    this.#stop(number);
    this.connection.close(number, reason);
  }

  /** Ends the session because it reads too slowly. */
  endSlow(): void {
    if (this.phase !== "open") return;
    this.core.counters.slowClosed += 1;
    this.end("slow", `over ${this.core.limits.maxPendingBytes} bytes wait`);
  }

  /** Does what waited for the decision about the session's credentials. */
  flushHeld(): void {
    const { held } = this;
    this.held = null;
    for (const message of held ?? []) if (this.phase === "open") perform(this, message);
  }

  notify(method: string, params: unknown): boolean {
    this.write(this.#encodeNotification(method, params));
    return this.phase === "open";
  }

  send(method: string, params: unknown, { key }: SendOptions = {}): SendOutcome {
    checkKey(key);
    const text = this.#encodeNotification(method, params);
    if (!this.isOpen) return "dropped";
    this.backlog ??= new Backlog(this);
    const { backlog } = this;
    const isBehind = backlog.blocks(Buffer.byteLength(text, "utf8"));
    if (key === undefined || !isBehind) {
      this.write(text);
      return this.isOpen ? (isBehind ? "queued" : "sent") : "dropped";
    }
    const isReplacing = backlog.keyed.hold(key, text);
    if (backlog.heldMessages > 1 && !backlog.makeRoom(0)) this.endSlow();
    if (!this.isOpen) return "dropped";
    return isReplacing ? "conflated" : "queued";
  }

  revoke(topic: string, code = "REVOKED"): boolean {
    const subscription = this.subscriptions?.get(topic);
    if (subscription === undefined) return false;
    endSubscription(this, subscription, code, true);
    return true;
  }

  close(options: SessionCloseOptions = {}): Promise<SessionReceipt> {
    return closeSession(this, options);
  }

  on<Event extends keyof ServerSessionEvents>(
    event: Event,
    listener: ServerSessionEvents[Event],
  ): this {
    this.emitter ??= new EventEmitter<ServerSessionEvents>();
    this.emitter.on(event, listener as EventEmitter.EventListener<ServerSessionEvents, Event>);
    return this;
  }

  off<Event extends keyof ServerSessionEvents>(
    event: Event,
    listener: ServerSessionEvents[Event],
  ): this {
    this.emitter?.off(event, listener as EventEmitter.EventListener<ServerSessionEvents, Event>);
    return this;
  }

  #encodeNotification(method: string, params: unknown): string {
    checkMethodName(method);
    const wire = toParams(params);
    const json = wire === undefined ? undefined : encodeData(wire, this.core.limits.maxEventBytes);
    return encodeNotification(method, json);
  }

  #stop(code: number): void {
    this.phase = "ended";
    this.endCode = code;
    this.endedMs = this.core.clock.now();
    stopWork(this);
  }

  /** Tells whether a message still fits; closes the session where it does not. */
  #hasRoom(text: string): boolean {
    const { maxPendingBytes } = this.core.limits;
    const { bufferedBytes } = this.connection;
    const waiting = bufferedBytes + (this.backlog?.heldBytes ?? 0);
    // A UTF-16 code unit is at most three bytes of UTF-8, so most messages need no count.
    if (bufferedBytes === 0 || waiting + text.length * 3 <= maxPendingBytes) return true;
    const bytes = Buffer.byteLength(text, "utf8");
    if (waiting + bytes <= maxPendingBytes || this.backlog?.makeRoom(bytes)) return true;
    this.endSlow();
    return false;
  }
}
