import type { MemoryClient, Wire } from "./memory-client.ts";

/** A topic of a request, as far as its answer is judged by it. */
export interface AskedTopic {
  readonly topic: string;
  readonly delivery?: { readonly type: string } | undefined;
}

interface Live {
  /** Up to where everything is accounted for. */
  counted: number;
  seq: number;
  readonly epoch: string;
  readonly isReliable: boolean;
}

interface Asked {
  readonly method: string;
  readonly topics: readonly AskedTopic[];
}

interface Told {
  readonly topic: string;
  readonly seq: number;
  readonly conflated?: number;
  readonly from: number;
  readonly to: number;
  readonly lastSeq: number;
  readonly data: { readonly n: number };
}

interface Answered {
  readonly topic: string;
  readonly epoch: string;
  readonly seq: number;
  readonly lastSeq: number;
  readonly code?: string;
}

/** Refusals that do not wait for a turn. */
const AT_ONCE = new Set(["GOING_AWAY", "TOO_MANY_PENDING", "INVALID_PARAMS"]);

/** Believes what a client is told on one connection, and throws where that contradicts itself. Events carry their number as `n`. */
export class Believer {
  /** The topics that are live, as far as the client can know. */
  readonly live = new Map<string, Live>();
  /** Where the topics were when they ended. */
  readonly ended = new Map<string, { readonly epoch: string; readonly seq: number }>();
  readonly unanswered = new Set<number>();
  /** Whether subscriptions end without a word of their own: the client said bye, or the server closes the session. */
  isEnding = false;
  readonly #client: MemoryClient;
  readonly #asked = new Map<number, Asked>();
  #read = 0;

  constructor(client: MemoryClient) {
    this.#client = client;
  }

  /** Sends a request. */
  ask(id: number, method: string, params: unknown, topics: readonly AskedTopic[] = []): void {
    this.#asked.set(id, { method, topics });
    this.unanswered.add(id);
    this.#client.request(id, method, params);
  }

  /** Takes what was heard since the last time. */
  read(): void {
    const { singles } = this.#client;
    for (const wire of singles.slice(this.#read)) {
      if (wire.method === undefined) this.#answered(wire);
      else this.#told(wire.method, wire.params as Told);
    }
    this.#read = singles.length;
  }

  #answered({ id, result, error }: Wire): void {
    const asked = this.#asked.get(id as number);
    if (asked === undefined || !this.unanswered.delete(id as number))
      throw new Error(`an answer to ${String(id)} comes twice, or unasked`);
    if (!AT_ONCE.has(error?.data.code ?? "")) this.#checkTurn(id as number, asked);
    const { topics = [], lastSeq = {} } = (result ?? {}) as {
      readonly topics?: readonly Answered[];
      readonly lastSeq?: Readonly<Record<string, number>>;
    };
    for (const one of topics) {
      if (asked.method === "topic.subscribe") this.#subscribed(one, asked);
      else this.#unsubscribed(one);
    }
    for (const [topic, seq] of Object.entries(lastSeq)) this.#end(topic, seq, true);
  }

  /** W-4.4: of the requests on one topic, each is answered before the next. */
  #checkTurn(id: number, { topics }: Asked): void {
    for (const earlier of this.unanswered) {
      if (earlier > id) continue;
      const before = this.#asked.get(earlier)?.topics ?? [];
      if (before.some(({ topic }) => topics.some((one) => one.topic === topic)))
        throw new Error(`${id} is answered before ${earlier}`);
    }
  }

  #subscribed({ topic, epoch, seq, code }: Answered, { topics }: Asked): void {
    if (code !== undefined) return;
    if (this.live.has(topic)) throw new Error(`${topic} is subscribed twice`);
    const isReliable = topics.find((one) => one.topic === topic)?.delivery === undefined;
    this.live.set(topic, { counted: seq, seq, epoch, isReliable });
  }

  #unsubscribed({ topic, lastSeq, code }: Answered): void {
    if (code === undefined) this.#end(topic, lastSeq, true);
    else if (this.live.has(topic) && !this.isEnding) throw new Error(`${code} of a live topic`);
  }

  #told(method: string, told: Told): void {
    const live = this.live.get(told.topic);
    if (live === undefined) throw new Error(`${method} of a topic that is not live`);
    if (method === "topic.closed") this.#end(told.topic, told.lastSeq, false);
    else if (method === "topic.gap") {
      if (live.isReliable && told.from !== live.seq + 1) throw new Error("a gap leaves a hole");
      live.counted += told.to - told.from + 1;
      live.seq = told.to;
    } else {
      const { seq, conflated = 1, data } = told;
      const isInOrder = live.isReliable ? seq === live.seq + 1 : seq > live.seq;
      if (!isInOrder || data.n !== seq) throw new Error(`event ${seq} follows ${live.seq}`);
      live.seq = seq;
      live.counted += conflated;
    }
  }

  /** @param isWhole - Whether everything up to there was written, or counted. */
  #end(topic: string, lastSeq: number, isWhole: boolean): void {
    const live = this.live.get(topic);
    if (live === undefined) throw new Error(`${topic} ends, and is not live`);
    this.live.delete(topic);
    if (isWhole ? live.counted !== lastSeq : live.counted > lastSeq)
      throw new Error(`${topic} ends at ${lastSeq}, and ${live.counted} are accounted for`);
    this.ended.set(topic, { epoch: live.epoch, seq: lastSeq });
  }
}
