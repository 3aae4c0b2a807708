import type { Since } from "../../../src/protocol/json-rpc/messages.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";

interface Asked {
  readonly topics: readonly { readonly topic: string; readonly since?: Since }[];
}

/** Makes a scripted peer remember what one topic's events were, and let it be resumed and read. */
export class RememberingPeer {
  /** Numbers of the events that it remembers no more are up to this one. */
  forgottenUntil = 0;
  /** How many events one answer to a reading of the history may hold. */
  pageLength = 1_000;
  /** Called when a reading of the history is answered. */
  onRead: () => void = () => {};
  readonly #peer: ScriptedPeer;
  #seq = 0;
  #isLive = false;

  constructor(peer: ScriptedPeer) {
    this.#peer = peer;
    this.answer();
  }

  /** Answers from what it remembers, from now on; the peer may have been told to refuse meanwhile. */
  answer(): void {
    this.#peer
      .on<Asked>("topic.subscribe", ({ topics }) => ({
        topics: topics.map(({ topic, since }) => {
          this.#isLive = true;
          const from = this.#startOf(since);
          // Behind the answer.
          if (from !== undefined) queueMicrotask(() => this.#replay(topic, from));
          return { topic, epoch: "e", seq: from ?? this.#seq, recovered: from !== undefined };
        }),
      }))
      .on<{ topics: readonly string[] }>("topic.unsubscribe", ({ topics }) => {
        this.#isLive = false;
        return { topics: topics.map((topic) => ({ topic, lastSeq: this.#seq })) };
      })
      .on<{ topic: string; since: Since; limit: number }>("topic.history", (params) =>
        this.#history(params),
      );
  }

  /** Publishes so many events, numbered on. */
  publish(topic: string, times = 1): void {
    for (let time = 0; time < times; time += 1) {
      this.#seq += 1;
      if (this.#isLive) this.#peer.event(topic, this.#seq);
    }
  }

  #history({ topic, since, limit }: { topic: string; since: Since; limit: number }): object {
    const from = this.#startOf(since);
    const last = Math.min(this.#seq, (from ?? this.#seq) + Math.min(limit, this.pageLength));
    const events = [];
    for (let seq = (from ?? last) + 1; seq <= last; seq += 1) events.push({ seq, data: seq });
    const answer = { topic, epoch: "e", seq: this.#seq, recovered: from !== undefined };
    this.onRead();
    return { ...answer, events, more: from !== undefined && last < this.#seq };
  }

  #startOf(since: Since | undefined): number | undefined {
    if (since === undefined) return undefined;
    const seq = "last" in since ? Math.max(0, this.#seq - since.last) : since.seq;
    return seq < this.forgottenUntil || seq > this.#seq ? undefined : seq;
  }

  #replay(topic: string, from: number): void {
    const last = this.#seq;
    for (let seq = from + 1; seq <= last; seq += 1) this.#peer.event(topic, seq);
  }
}
