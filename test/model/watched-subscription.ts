import type { DefaultApi } from "../../src/session/session-api.ts";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import type { Subscription } from "../../src/session/topics/subscription.ts";
import type { SubscribeReceipt } from "../../src/session/topics/subscription-state.ts";
import type { TopicClosed, TopicEvent, TopicGap } from "../../src/session/topics/topic-event.ts";
import type { UnsubscribeReceipt } from "../../src/session/topics/unsubscribe-request.ts";
import type { HandlerKind, Step } from "./commands.ts";
import type { Published } from "./host.ts";
import { nameOf } from "./ledger.ts";
import { TIMEOUTS } from "./settings.ts";
import { holds } from "./violation.ts";
import type { World } from "./world.ts";

/** What a handler was given: an event (`to` is its number) or a gap. */
interface Delivery {
  readonly isGap: boolean;
  readonly from: number;
  readonly to: number | null;
}

/** An unsubscribe that covers this subscription. */
interface Leaving {
  readonly token: CompletionToken<UnsubscribeReceipt>;
  readonly topics: readonly string[];
  /** It is for this subscription alone, which is listened to: all up to its receipt's last number was told. */
  readonly isOwn: boolean;
  /** Its promise has told. */
  isTold: boolean;
}

/** One handler under way. */
interface Running {
  readonly by: WatchedSubscription;
  /** It asked to unsubscribe or to close: it is not waited for. */
  hasYielded: boolean;
}

/** One subscription of the model's application: its handlers, and what they were given. */
export class WatchedSubscription {
  readonly subscription: Subscription<DefaultApi, string>;
  readonly topics: readonly string[];
  readonly step: Extract<Step, { do: "subscribe" }>;
  readonly leaving: Leaving[] = [];
  /** An unsubscribe was called; its token is not there before the call returns. */
  isBeingLeft = false;
  readonly #world: World;
  readonly #deliveries = new Map<string, Delivery[]>();
  readonly #closed = new Set<string>();
  #hasListener = false;
  #events = 0;

  constructor(
    world: World,
    subscription: Subscription<DefaultApi, string>,
    step: Extract<Step, { do: "subscribe" }>,
  ) {
    this.#world = world;
    this.subscription = subscription;
    this.topics = step.topics;
    this.step = step;
    for (const topic of step.topics) this.#deliveries.set(topic, []);
    subscription.on("gap", (gap) => this.#onGap(gap));
    subscription.on("closed", (closed) => this.#onClosed(closed));
    if (step.handler !== "none") this.#start(step.handler);
  }

  /** Whether the application wants a topic on the wire. */
  wants(topic: string): boolean {
    const { outcome } = this.subscription.token;
    if (!this.topics.includes(topic) || this.#closed.has(topic)) return false;
    if (outcome !== undefined && outcome !== "acked") return false;
    return !this.leaving.some(
      (one) => one.topics.includes(topic) && one.token.outcome !== "failed",
    );
  }

  /** Whether it may have stopped waiting for its handlers. */
  get isLeaving(): boolean {
    const { outcome } = this.subscription.token;
    const isAsked = this.isBeingLeft || this.leaving.length > 0;
    return isAsked || (outcome !== undefined && outcome !== "acked");
  }

  /** Whether it may have ended without a word: a handler failed, or nobody listens to its end. */
  get mayHaveEnded(): boolean {
    return this.step.onFailure === "stop-subscription" || !this.#hasListener;
  }

  /** Adds a handler where there was none. */
  listen(): void {
    if (!this.#hasListener) this.#start("quick");
  }

  /** Says that an unsubscribe covers some of its topics. */
  leave(
    token: CompletionToken<UnsubscribeReceipt>,
    topics: readonly string[],
    isOwn: boolean,
  ): void {
    if (this.leaving.some((one) => one.token === token)) return;
    // What came before anybody listened is nobody's, and goes with the subscription.
    const isHeard = isOwn && this.#hasListener;
    const leaving = { token, topics, isOwn: isHeard, isTold: false };
    this.leaving.push(leaving);
    const told = (): void => {
      leaving.isTold = true;
    };
    void token.then(told, told);
  }

  /** Checks that what was delivered is without holes, from the position that the receipt names. */
  async checkSequence(): Promise<void> {
    const { token } = this.subscription;
    // Values overlap, and a loop takes its events one by one: what it has not taken is overtaken.
    if (this.step.order === "none" && this.step.handler.endsWith("loop")) return;
    const positions =
      token.outcome === "acked" ? ((await token) as SubscribeReceipt).positions : undefined;
    for (const topic of this.topics) {
      const end = this.#walk(topic, positions?.[topic]?.seq);
      await this.#checkEnd(topic, end);
    }
  }

  /** How many gaps were told. */
  get gaps(): number {
    return [...this.#deliveries.values()].flat().filter(({ isGap }) => isGap).length;
  }

  /** @returns The number of the last event delivered or told missing, where that is known. */
  #walk(topic: string, start: number | undefined): number | undefined {
    let last = start;
    let cleared = false;
    for (const { isGap, from, to } of this.#deliveries.get(topic) ?? []) {
      const what = isGap ? `gap ${from}–${to}` : `event ${to}`;
      if (last !== undefined)
        holds(from === last + 1, () => `${topic}: ${what} follows ${last} in #${token(this)}`);
      // Where nobody can say what is missing, the number that follows is any.
      cleared = to === null;
      last = cleared ? undefined : (to as number);
    }
    return last;
  }

  async #checkEnd(topic: string, end: number | undefined): Promise<void> {
    const { subscription } = this;
    const world = this.#world;
    // A loop's body, and a close that does not wait any longer, let go of what waits, gaps as well.
    const isLoop = this.step.handler.endsWith("loop") && !world.isCalm;
    if (isLoop || world.closing?.token.outcome !== "acked") return;
    // What comes after an unsubscribe was given up is thrown away: nobody is told of it.
    const isGivenUp = this.leaving.some(({ token }) => token.outcome === "unknown");
    if (
      isGivenUp ||
      subscription.discardedEvents > 0 ||
      end === undefined ||
      this.#closed.has(topic)
    )
      return;
    for (const one of this.leaving) {
      const { outcome, proof, issuedAt, settledAt = issuedAt } = one.token;
      if (!one.isOwn || outcome !== "acked" || proof !== "frame") continue;
      if (!world.isCalm && settledAt - issuedAt >= TIMEOUTS.unsubscribeTimeoutMs) continue;
      const { lastSeq } = await one.token;
      const last = lastSeq[topic];
      if (last !== undefined)
        holds(end >= last, () => `${topic}: ended at ${last}, told until ${end}, #${token(this)}`);
    }
  }

  #start(kind: HandlerKind): void {
    this.#hasListener = true;
    if (kind.endsWith("loop")) void this.#loop(kind);
    else this.subscription.on("event", this.#handler(kind));
  }

  #handler(kind: HandlerKind): (event: TopicEvent) => void | Promise<void> {
    const world = this.#world;
    switch (kind) {
      case "throwing":
        return (event) => {
          this.#onEvent(event);
          throw new Error("a handler that throws");
        };
      case "slow":
        return async (event) => this.#during(event, () => world.sleep(8));
      case "rejecting":
        return async (event) => {
          await this.#during(event, () => world.sleep(2));
          throw new Error("a handler that rejects");
        };
      case "hanging":
        return async (event) =>
          this.#during(event, () => (event.seq % 4 === 0 ? new Promise(() => {}) : undefined));
      case "requesting":
        return async (event) =>
          this.#during(event, () => world.settled(world.request("echo", 0, 0, undefined)));
      case "unsubscribing":
        return async (event) =>
          this.#during(event, (run) => {
            run.hasYielded = true;
            return world.settled(world.unsubscribe(this));
          });
      case "unsubscribing-later":
        return async (event) =>
          this.#during(event, async (run) => {
            await world.sleep(1);
            run.hasYielded = true;
            await world.settled(world.unsubscribe(this));
          });
      case "closing":
        return async (event) =>
          this.#during(event, (run) => {
            run.hasYielded = true;
            return world.settled(world.close(0));
          });
      case "closing-later":
        return async (event) =>
          this.#during(event, async (run) => {
            await world.sleep(1);
            run.hasYielded = true;
            await world.settled(world.close(0));
          });
      default:
        return (event) => this.#onEvent(event);
    }
  }

  async #loop(kind: HandlerKind): Promise<void> {
    const world = this.#world;
    for await (const event of this.subscription) {
      this.#onEvent(event, true);
      if (kind === "slow-loop") await world.sleep(8);
      if (kind === "unsubscribing-loop" && this.#events === 2)
        await world.settled(world.unsubscribe(this));
    }
  }

  /** Hands an event to a handler that takes time. */
  async #during(event: TopicEvent, work: (run: Running) => unknown): Promise<void> {
    this.#onEvent(event);
    const { order } = this.step;
    if (order === "none") {
      await work({ by: this, hasYielded: true });
      return;
    }
    const key = order === "connection" ? order : `${this.subscription.token.id} ${event.topic}`;
    const running = this.#world.running<Running>(key);
    const run: Running = { by: this, hasYielded: false };
    running.add(run);
    try {
      await work(run);
    } finally {
      running.delete(run);
    }
  }

  #onEvent(event: TopicEvent, isLoop = false): void {
    this.#events += 1;
    const { topic, seq } = event;
    const world = this.#world;
    world.observed(() => {
      const what = `event ${seq} of ${topic}`;
      this.#checkMay(topic, what, isLoop);
      this.#checkAlone(topic, what);
      const { conflated = 1 } = event;
      holds(conflated >= 1, () => `${what} stands for ${conflated} events`);
      if (world.isHostile) return;
      const data = event.data as Published & { readonly ghost?: boolean };
      holds(data.ghost !== true, () => `${what} came on an old connection`);
      holds(data.topic === topic && data.seq === seq, () => `${what} is ${JSON.stringify(data)}`);
    });
    const from = seq - (event.conflated ?? 1) + 1;
    this.#deliveries.get(topic)?.push({ isGap: false, from, to: seq });
  }

  #onGap({ topic, from, to }: TopicGap): void {
    this.#world.observed(() => {
      this.#checkMay(topic, `gap ${from}–${to} of ${topic}`, false);
      holds(to === null || from <= to, () => `gap ${from}–${to} of ${topic} is empty`);
    });
    this.#deliveries.get(topic)?.push({ isGap: true, from, to });
  }

  #onClosed({ topic }: TopicClosed): void {
    this.#world.observed(() => this.#checkMay(topic, `the end of ${topic}`, false));
    this.#closed.add(topic);
  }

  /** Nothing is delivered after an unsubscribe, a failed subscribe or a close has settled. */
  #checkMay(topic: string, what: string, isLoop: boolean): void {
    const world = this.#world;
    const { token } = this.subscription;
    const closing = world.closing;
    if (closing !== undefined)
      holds(
        isLoop ? !closing.isTold : closing.token.outcome === undefined,
        () => `${what} was delivered after the close had settled`,
      );
    for (const one of this.leaving) {
      if (!one.topics.includes(topic) || one.token.outcome === "failed") continue;
      holds(
        isLoop ? !one.isTold : one.token.outcome === undefined,
        () => `${what} was delivered after ${nameOf(one.token)} had settled: ${one.token.outcome}`,
      );
    }
    // Unsubscribed before its answer: what was received is the unsubscribe's, or the close's, to wait for.
    if (this.leaving.length > 0 || closing !== undefined) return;
    const { outcome } = token;
    holds(
      isLoop || outcome === undefined || outcome === "acked",
      () => `${what} was delivered after ${nameOf(token)} had failed`,
    );
  }

  /** In an order scope one handler runs at a time. */
  #checkAlone(topic: string, what: string): void {
    const { order } = this.step;
    if (order === "none" || this.#world.hasEnded) return;
    const key = order === "connection" ? order : `${this.subscription.token.id} ${topic}`;
    for (const run of this.#world.running<Running>(key)) {
      const isWaitedFor = !run.hasYielded && !run.by.isLeaving;
      holds(!isWaitedFor, () => `${what} was delivered while a handler of its scope was running`);
    }
  }
}

function token(watched: WatchedSubscription): number {
  return watched.subscription.token.id;
}
