import type { Session } from "../../src/index.ts";
import type { CloseReceipt } from "../../src/session/closing/close-receipt.ts";
import type { SessionOptions } from "../../src/session/session-options.ts";
import type { SessionStats } from "../../src/session/session-stats.ts";
import type { StateChange } from "../../src/session/states/session-machine.ts";
import { canTransition, isFinal, type SessionState } from "../../src/session/states/states.ts";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import type { UnsubscribeReceipt } from "../../src/session/topics/unsubscribe-request.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { type Client, createSession } from "./clients.ts";
import type { Step } from "./commands.ts";
import { CountingClock } from "./counting-clock.ts";
import { FrameFaults } from "./frame-faults.ts";
import { Host, secretOf } from "./host.ts";
import { Ledger } from "./ledger.ts";
import { type Settings, TIMEOUTS } from "./settings.ts";
import { holds, Violation } from "./violation.ts";
import { WatchedSubscription } from "./watched-subscription.ts";
import { checkSent } from "./wire-rules.ts";
import { WireTap } from "./wire-tap.ts";

/** What happens on a token that a handler awaits. */
const IGNORE = (): void => {};

/** Rejections that nobody handled since the world began. */
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

/** One session and its servers, with everything between them, and a watch on all of it. */
export class World {
  readonly settings: Settings;
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly faults = new FrameFaults();
  readonly host: Host;
  readonly tap: WireTap;
  readonly session: Session;
  readonly sessionClock: CountingClock;
  readonly ledger = new Ledger();
  readonly subscriptions: WatchedSubscription[] = [];
  /** The close, once it was called; its promise has told, or not yet. */
  closing: { readonly token: CompletionToken<CloseReceipt>; isTold: boolean } | undefined;
  /** Topics of the subscribe that is being called at this moment. */
  subscribingNow: readonly string[] = [];
  /** Messages without an id that the session handed to the transport. */
  notificationsWritten = 0;
  /** What was pending when the close was called. */
  pendingAtClose: ReadonlySet<CompletionToken<unknown>> = new Set();
  /** The deadline of the close, in milliseconds from its call. */
  closeLimitMs: number = TIMEOUTS.closeTimeoutMs;
  readonly #violations: unknown[] = [];
  readonly #running = new Map<string, Set<never>>();
  #state: string = "disconnected";
  #number = 0;
  #random: () => number;

  /** Whether the other end is no server of ours, and nothing that it says can be believed. */
  readonly isHostile: boolean;
  /** Whether nothing goes wrong. */
  readonly isCalm: boolean;
  readonly client: Client;

  constructor(settings: Settings, kind: "calm" | "rough" | "hostile", client: Client) {
    this.client = client;
    unhandled.length = 0;
    this.settings = settings;
    this.isHostile = kind === "hostile";
    this.isCalm = kind === "calm";
    this.#random = fractions(settings.chance);
    this.network = new MemoryNetwork({ clock: this.clock });
    this.network.rule = (record) => this.faults.fateOf(record);
    this.host = new Host(this.clock, this.network, settings, this.#random);
    this.tap = new WireTap(this.network.transport(), {
      now: () => this.clock.now(),
      sent: (message) => {
        if (message.id === undefined) this.notificationsWritten += 1;
        this.observed(() => checkSent(this, message));
      },
    });
    this.sessionClock = new CountingClock(this.clock);
    this.session = createSession(client, this.#options(), {
      clock: this.sessionClock,
      transport: this.tap,
      random: { fraction: this.#random, secret: () => secretOf(this.#random) },
    });
    this.session.on("state", (change) => this.observed(() => this.#stepped(change)));
    this.session.on("error", (error) => {
      if (error.code === "INTERNAL") this.#violations.push(error.cause ?? error);
    });
    if (client === "whole") this.session.onNotification(async () => this.sleep(1));
  }

  /** What the session has counted; a core one counts nothing. */
  get figures(): SessionStats | undefined {
    return this.client === "whole" ? this.session.stats() : undefined;
  }

  /** Whether the session has come to its end, or begins to. */
  get hasEnded(): boolean {
    return this.closing !== undefined || this.session.state === "error";
  }

  /** Runs a check inside the session's or the application's code, which it must not disturb. */
  observed(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.#violations.push(violation);
    }
  }

  /** Throws what was found since the last call. */
  checkNow(): void {
    if (this.#violations.length > 0) throw asViolation(this.#violations[0]);
    if (this.host.faults.length > 0) throw asViolation(this.host.faults[0]);
    if (unhandled.length > 0) throw asViolation(unhandled[0], "an unhandled rejection");
    this.ledger.checkDeadlines(this.clock.now());
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.checkNow();
    const { figures } = this;
    if (figures !== undefined) checkState({ state: this.session.state, stats: figures });
  }

  /** Resolves so many milliseconds later. */
  sleep(ms: number): Promise<void> {
    return this.host.sleep(ms);
  }

  /** Resolves when a token has settled, however it did. */
  settled(token: CompletionToken<unknown>): Promise<void> {
    return token.then(IGNORE, IGNORE);
  }

  /** Numbers what the application sends, so that it is recognised on the wire and at the server. */
  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** The handlers that run in one order scope. */
  running<Run>(key: string): Set<Run> {
    let set = this.#running.get(key);
    if (set === undefined) {
      set = new Set<never>();
      this.#running.set(key, set);
    }
    return set as unknown as Set<Run>;
  }

  request(
    method: string,
    takesMs: number,
    deadlineMs: number,
    signal: AbortSignal | undefined,
    isKeyed = false,
  ): CompletionToken<unknown> {
    const number = this.nextNumber();
    const options = {
      ...(deadlineMs > 0 && { deadlineMs }),
      ...(signal && { signal }),
      ...(isKeyed && { idempotencyKey: `key ${number}` }),
    };
    const token = this.session.request(method, { number, takesMs }, options);
    const limitMs = deadlineMs > 0 ? deadlineMs : TIMEOUTS.requestTimeoutMs;
    this.ledger.add(token, { deadlineMs: limitMs, number, method, signal, isKeyed });
    return token;
  }

  subscribe(
    step: Extract<Step, { do: "subscribe" }>,
    signal: AbortSignal | undefined,
  ): WatchedSubscription {
    const { topics, deadlineMs, order, onFailure, maxQueued } = step;
    this.subscribingNow = topics;
    const subscription = this.session.subscribe(topics, {
      order,
      onHandlerFailure: onFailure,
      maxQueuedEvents: maxQueued,
      ...(deadlineMs > 0 && { deadlineMs }),
      ...(signal && { signal }),
    });
    this.subscribingNow = [];
    const limitMs = deadlineMs > 0 ? deadlineMs : TIMEOUTS.requestTimeoutMs;
    this.ledger.add(subscription.token, { deadlineMs: limitMs, topics, signal });
    const watched = new WatchedSubscription(this, subscription, step);
    this.subscriptions.push(watched);
    return watched;
  }

  unsubscribe(
    watched: WatchedSubscription,
    deadlineMs = this.isCalm ? 1_000 : 0,
    signal?: AbortSignal,
  ): CompletionToken<UnsubscribeReceipt> {
    watched.isBeingLeft = true;
    const token = watched.subscription.unsubscribe({
      ...(deadlineMs > 0 && { deadlineMs }),
      ...(signal && { signal }),
    });
    const limitMs = deadlineMs > 0 ? deadlineMs : TIMEOUTS.unsubscribeTimeoutMs;
    this.ledger.add(token, { deadlineMs: limitMs, topics: watched.topics, signal });
    // At its deadline, or when it is aborted, what waits for handlers is thrown away.
    const isPatient = signal === undefined && (deadlineMs === 0 || deadlineMs >= 1_000);
    watched.leave(token, watched.topics, isPatient);
    return token;
  }

  close(deadlineMs: number): CompletionToken<CloseReceipt> {
    const pending = new Set(this.ledger.pending.map((watched) => watched.token));
    const token = this.session.close(deadlineMs > 0 ? { deadlineMs } : {});
    if (this.closing !== undefined) {
      this.observed(() => holds(token === this.closing?.token, () => "close made a second token"));
      return token;
    }
    const closing = { token, isTold: false };
    this.closing = closing;
    this.pendingAtClose = pending;
    this.closeLimitMs = deadlineMs > 0 ? deadlineMs : TIMEOUTS.closeTimeoutMs;
    this.ledger.add(token, { deadlineMs: this.closeLimitMs });
    void token.then(() => {
      closing.isTold = true;
      this.observed(() => this.#closed());
    });
    return token;
  }

  /** At the moment of the close's end nothing may be left. */
  #closed(): void {
    const { session } = this;
    holds(isFinal(session.state), () => `the close settled in state ${session.state}`);
    const pending = this.ledger.pending.map(({ token }) => `${token.type} #${token.id}`);
    holds(pending.length === 0, () => `the close settled before ${pending.join(", ")}`);
    const timers = this.sessionClock.pending;
    holds(timers === 0, () => `the close left ${timers} timers`);
    const { operationsHeld = 0, operationsInFlight = 0, queueDepth = 0 } = this.figures ?? {};
    const left = operationsHeld + operationsInFlight + queueDepth;
    holds(left === 0, () => `the close left ${left} operations or events`);
  }

  #stepped({ from, to }: StateChange): void {
    holds(from === this.#state, () => `a step from ${from} in state ${this.#state}`);
    holds(canTransition(from, to), () => `an illegal step from ${from} to ${to}`);
    this.#state = to;
  }

  #options(): SessionOptions {
    const { credentials, retryFirst, maxAttempts, pingIntervalMs, maxPendingOperations } =
      this.settings;
    const source = this.#credentials();
    return {
      url: "ws://model.test/",
      ...TIMEOUTS,
      pingIntervalMs,
      maxPendingOperations,
      refreshAheadMs: 5,
      reconnect: { initialDelayMs: 4, maxDelayMs: 16, minUptimeMs: 20, maxAttempts, retryFirst },
      ...(source === undefined || credentials === "none" ? undefined : { credentials: source }),
    };
  }

  #credentials(): string | (() => string | Promise<string>) | undefined {
    switch (this.settings.credentials) {
      case "none":
        return undefined;
      case "fixed":
        return "good";
      case "callback":
        return () => "good";
      case "slow":
        return () => this.sleep(3).then(() => "good");
      case "failing":
        return () => {
          if (this.#random() < 0.4) throw new Error("no credentials today");
          return "good";
        };
      case "expiring":
        return () => "expiring";
      case "refused":
        return () => (this.#random() < 0.4 ? "bad" : "good");
    }
  }
}

/** What the state says of the topics must be so. */
function checkState({ state, stats }: { state: SessionState; stats: SessionStats }): void {
  const { topicsSubscribing, topicsLive } = stats;
  const what = `${state} with ${topicsSubscribing} topics being subscribed and ${topicsLive} live`;
  if (state === "subscribing") holds(topicsSubscribing > 0, () => what);
  if (state === "subscribed") holds(topicsSubscribing === 0 && topicsLive > 0, () => what);
  if (state === "connected" || state === "authenticated")
    holds(topicsSubscribing === 0, () => what);
}

/** A source of numbers in [0, 1) that a seed determines (mulberry32). */
function fractions(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function asViolation(error: unknown, what = "an error nobody may see"): unknown {
  if (error instanceof Violation) return error;
  return new Violation(`${what}: ${error instanceof Error ? error.stack : String(error)}`, {
    cause: error,
  });
}
