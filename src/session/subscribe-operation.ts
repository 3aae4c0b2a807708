import type { SubscribeItem, SubscribeItemResult } from "../protocol/json-rpc/messages.ts";
import type { PeerError, ProtocolCodec } from "../protocol/protocol.ts";
import type { SessionError } from "./errors.ts";
import { Operation, refusalError } from "./operation.ts";
import type { TopicBook } from "./topic-book.ts";
import type { TopicChannel } from "./topic-channel.ts";

/** One subscribe on the wire, of one topic or many. */
export class SubscribeOperation extends Operation {
  readonly type = "subscribe";
  readonly #book: TopicBook;
  readonly #channels: readonly TopicChannel[];
  // What was written: a topic may have become unwanted while the operation waited.
  #asked: readonly TopicChannel[] = [];

  constructor(book: TopicBook, channels: readonly TopicChannel[]) {
    super();
    this.#book = book;
    this.#channels = channels;
  }

  override get subject(): readonly string[] {
    return this.#channels.map((channel) => channel.topic);
  }

  override get moot(): boolean {
    return this.#channels.every((channel) => channel.phase !== "wanted");
  }

  encode(codec: ProtocolCodec, id: number): string {
    this.#asked = this.#channels.filter((channel) => channel.phase === "wanted");
    const text = codec.encodeSubscribe(id, this.#asked.map(toItem));
    for (const channel of this.#asked) this.#book.setPhase(channel, "subscribing");
    return text;
  }

  linkLost(): void {
    // The book puts them back to `wanted`: the next connection subscribes them again, in one batch.
  }

  dropped(error: SessionError): void {
    for (const channel of this.#channels)
      if (channel.phase === "wanted") this.#book.end(channel, error);
  }

  protected answered(result: unknown): void {
    const results = result as readonly SubscribeItemResult[];
    const byTopic = new Map(results.map((item) => [item.topic, item]));
    const refused: (readonly [TopicChannel, PeerError])[] = [];
    for (const channel of this.#asked) {
      const item = byTopic.get(channel.topic);
      if (item === undefined) {
        const message = "the answer does not name it";
        refused.push([channel, { code: "BAD_ANSWER", message, outcome: "unknown" }]);
      } else if ("code" in item) {
        const { code, message = "" } = item;
        refused.push([channel, { code, message, outcome: "failed" }]);
      } else {
        this.#book.granted(channel, { epoch: item.epoch, seq: item.seq });
      }
    }
    // Last: a refused topic lets go of those that were granted with it.
    for (const [channel, error] of refused) this.#refuse(channel, error);
    this.#book.settled();
  }

  protected refused(error: PeerError): void {
    for (const channel of this.#asked) this.#refuse(channel, error);
    this.#book.settled();
  }

  #refuse(channel: TopicChannel, error: PeerError): void {
    this.#book.denied(
      channel,
      refusalError(error, "TOPIC_REFUSED", `the subscribe to ${channel.topic}`),
    );
  }
}

function toItem(channel: TopicChannel): SubscribeItem {
  const since = channel.position ?? channel.since;
  return since === undefined ? { topic: channel.topic } : { topic: channel.topic, since };
}
