import { EventEmitter } from "eventemitter3";
import { type Backplane, MemoryBackplane } from "../backplane/index.ts";
import { CLOSE_CODES, type CloseCodeName } from "../protocol/close-codes.ts";
import type { Clock } from "../session/clock.ts";
import { SampleTimers } from "./backlog/sample-timers.ts";
import { BackplaneCalls } from "./backplane-calls.ts";
import type { SessionReceipt } from "./closing/receipts.ts";
import { Admission } from "./connections/admission.ts";
import type { Authenticate } from "./connections/principal.ts";
import { Sweep } from "./connections/sweep.ts";
import { LatencyAccounting } from "./fanout/latency-accounting.ts";
import { IdempotencyStore } from "./idempotency/idempotency-store.ts";
import type { LiveSession } from "./live-session.ts";
import type { MethodHandler } from "./methods/method-call.ts";
import type { RateLimit } from "./methods/token-bucket.ts";
import { createCounters, type ServerCounters } from "./server-counters.ts";
import { ServerError, type ServerErrorCode } from "./server-error.ts";
import { resolveLimits, type ServerLimits } from "./server-limits.ts";
import type { ServerOptions } from "./server-options.ts";
import type { ServerSession } from "./server-session.ts";
import { systemClock, systemRandom } from "./system-clock.ts";
import { TimeoutSet } from "./timeout-set.ts";
import { ResumePace } from "./topics/resume-pace.ts";
import { TopicRegistry } from "./topics/topic-registry.ts";

/** What happens to a server, by event name. */
export interface SessionServerEvents {
  /** A session was admitted and, where credentials are required, is authenticated. */
  opened: (session: ServerSession) => void;
  /** A session that was `opened` is gone. */
  closed: (session: ServerSession, receipt: SessionReceipt) => void;
  /** A session's topic is live. */
  subscribed: (session: ServerSession, topic: string) => void;
  /** A session's topic is not live any more; `code` is null where the client unsubscribed, `CLOSED` where the session ends. */
  unsubscribed: (
    session: ServerSession,
    topic: string,
    lastSeq: number,
    code: string | null,
  ) => void;
  /** A connection was turned away, by HTTP status or close code. */
  refused: (address: string, code: number) => void;
  /** Something failed; see the codes of `ServerError`. The session is null where there is none. */
  error: (error: ServerError, session: ServerSession | null) => void;
}

/** Is a call of `authorize` that the core waits for. */
export interface PendingAuthorization {
  /** Time is up: the answer is no. */
  expired(): void;
}

/** Is what all sessions of one server share. No socket, no timer of its own but the sweep's. */
export class ServerCore {
  readonly limits: ServerLimits;
  readonly rate: RateLimit;
  readonly clock: Clock;
  readonly wallNow: () => number;
  readonly authenticate: Authenticate | null;
  readonly authorize: ServerOptions["authorize"] | null;
  /** Names this life of the server: topics' epochs and idempotency results. */
  readonly epoch: string;
  readonly counters: ServerCounters = createCounters();
  readonly closes: Map<number, number> = new Map();
  readonly errorAnswers: Map<string, number> = new Map();
  readonly methods: Map<string, MethodHandler> = new Map();
  /** Where the application publishes; it hears what that comes to. */
  readonly backplane: Backplane;
  /** What sessions ask the backplane, safely. */
  readonly backplaneCalls: BackplaneCalls;
  readonly topics: TopicRegistry;
  /** What methods answered to calls with a key. */
  readonly idempotency: IdempotencyStore;
  /** What measures events, or null. */
  readonly latency: LatencyAccounting | null;
  /** Who wakes the subscriptions that have an interval. */
  readonly samples: SampleTimers;
  /** Spreads the resumes of sessions that come back together. */
  readonly pace: ResumePace;
  readonly admission: Admission<LiveSession>;
  readonly sweep: Sweep<LiveSession>;
  readonly authorizations: TimeoutSet<PendingAuthorization>;
  readonly emitter: EventEmitter<SessionServerEvents> = new EventEmitter();
  /** Sessions whose `authenticate` is under way. */
  authenticating = 0;
  /** Sessions that came at a full limit and may still say hello. */
  provisional = 0;
  /** Whether the server takes no new session. */
  isClosing = false;
  #lastSessionId = 0;

  constructor(options: ServerOptions, backplane?: Backplane) {
    this.limits = resolveLimits(options.limits);
    this.rate = {
      perSecond: this.limits.requestsPerSecond,
      burst: this.limits.requestBurst,
    };
    this.clock = options.clock ?? systemClock;
    this.wallNow = options.wallNow ?? Date.now;
    this.authenticate = options.authenticate ?? null;
    this.authorize = options.authorize ?? null;
    this.epoch = (options.random ?? systemRandom).secret().slice(0, 16);
    this.backplane =
      backplane ??
      new MemoryBackplane({
        history: options.history ?? {},
        maxHistoryBytes: this.limits.maxHistoryBytes,
        maxTopics: this.limits.maxTopics,
        epoch: this.epoch,
        wallNow: this.wallNow,
      });
    const { latency = false } = options;
    this.latency =
      latency === false
        ? null
        : new LatencyAccounting(latency === true ? {} : latency, this.clock, this.wallNow);
    this.backplaneCalls = new BackplaneCalls(
      this.backplane,
      this.limits.backplaneTimeoutMs,
      () => this.clock.now(),
      (message, cause) => this.report("BACKPLANE_FAILED", message, null, cause),
    );
    this.topics = new TopicRegistry(this.backplaneCalls, {
      maxHeldBytes: this.limits.maxPendingBytes,
      maxEventBytes: this.limits.maxEventBytes,
      latency: this.latency,
      onOversized: (topic, seq) => this.#reportOversized(topic, seq),
    });
    this.pace = new ResumePace(this.limits.resumesPerSecond);
    this.samples = new SampleTimers(this.clock);
    this.admission = new Admission(this.limits);
    this.idempotency = new IdempotencyStore(this.epoch, this.limits);
    this.authorizations = new TimeoutSet(this.limits.authorizeTimeoutMs);
    this.sweep = new Sweep(
      this.clock,
      this.limits.sweepIntervalMs,
      (nowMs) => {
        this.authorizations.expire(nowMs, (pending) => pending.expired());
        this.backplaneCalls.expire(nowMs);
        this.idempotency.sweep(nowMs);
      },
      // Of a server that closes nobody awaits the backplane's answer any more.
      () => this.idempotency.isWatching || (this.backplaneCalls.isWaiting && !this.isClosing),
    );
  }

  /** Numbers a session. */
  nextSessionId(): number {
    this.#lastSessionId += 1;
    return this.#lastSessionId;
  }

  #reportOversized(topic: string, seq: number): void {
    this.counters.eventsOversized += 1;
    const limit = `maxEventBytes (${this.limits.maxEventBytes})`;
    this.report("EVENT_TOO_BIG", `event ${seq} of ${topic} is above ${limit}`, null, undefined);
  }

  /** Counts one more close by its code; codes that are not ours count together, so that the table stays small. */
  countClose(code: number): void {
    const known = KNOWN_CLOSES.has(code) ? code : OTHER_CLOSE;
    this.closes.set(known, (this.closes.get(known) ?? 0) + 1);
  }

  /** Counts an error answer. */
  countError(code: string): void {
    this.errorAnswers.set(code, (this.errorAnswers.get(code) ?? 0) + 1);
  }

  /** Runs observers, which cannot disturb what they observe. */
  observe(notify: () => void, session: ServerSession | null): void {
    try {
      notify();
    } catch (cause) {
      this.report("OBSERVER_THREW", "a listener of an event threw", session, cause);
    }
  }

  /** Tells the application about a failure. */
  report(
    code: ServerErrorCode,
    message: string,
    session: ServerSession | null,
    cause: unknown,
  ): void {
    try {
      this.emitter.emit("error", new ServerError(code, message, { cause }), session);
    } catch {
      // A listener for errors that throws has nobody left to be told.
    }
  }
}

/** Stands for every close code that is not in the table, in the counts. */
const OTHER_CLOSE = 0;

const KNOWN_CLOSES: ReadonlySet<number> = new Set([
  1001,
  1005,
  1006,
  ...Object.values(CLOSE_CODES).map((entry) => entry.code),
]);

/** Finds a close code by its name. */
export function closeCode(name: CloseCodeName): number {
  return CLOSE_CODES[name].code;
}
