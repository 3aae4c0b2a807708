import type {
  Since,
  SubscribeItem,
  SubscribeItemResult,
} from "../../protocol/json-rpc/messages.ts";
import type { ProtocolCodec } from "../../protocol/protocol.ts";
import {
  badAnswer,
  type EndingSubject,
  endingError,
  refusalError,
} from "../tokens/ending-error.ts";
import type { SessionError } from "../tokens/errors.ts";
import { isForItsShape } from "../tokens/refusals.ts";
import type { TopicBook } from "../topics/topic-book.ts";
import type { TopicChannel } from "../topics/topic-channel.ts";
import { Operation, type OperationEnding } from "./operation.ts";

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
    for (const channel of this.#asked) {
      channel.asked = sinceOf(channel);
      this.#book.channelTable.setPhase(channel, "subscribing");
    }
    return text;
  }

  complete(ending: OperationEnding): void {
    switch (ending.by) {
      case "loss":
        // The book puts them back to `wanted`: the next connection subscribes them again, in one batch.
        return;
      case "drop":
        for (const channel of this.#channels)
          if (channel.phase === "wanted") this.#book.end(channel, ending.error);
        return;
      case "answer":
        this.#answered(ending.result as readonly SubscribeItemResult[]);
        break;
      default:
        this.#denied(ending);
    }
    this.#book.settled();
  }

  /** The request as a whole came to nothing. */
  #denied(ending: OperationEnding): void {
    const isFault = ending.by === "refusal" && isForItsShape(ending.error);
    if (isFault && this.#asked.length > 1) {
      this.#book.askByHalves(this.#asked);
      return;
    }
    for (const channel of this.#asked) {
      const error = endingError(ending, subjectOf(channel));
      if (error !== undefined) this.#book.denied(channel, error);
    }
  }

  #answered(results: readonly SubscribeItemResult[]): void {
    const byTopic = new Map(results.map((item) => [item.topic, item]));
    const denied: (readonly [TopicChannel, SessionError])[] = [];
    for (const channel of this.#asked) {
      const item = byTopic.get(channel.topic);
      const { what, refusedCode } = subjectOf(channel);
      if (item === undefined) {
        denied.push([channel, badAnswer(what, "the answer does not name it")]);
      } else if ("code" in item) {
        const { code, message = "" } = item;
        const error = refusalError({ code, message, outcome: "failed" }, refusedCode, what);
        denied.push([channel, error]);
      } else {
        this.#book.granted(channel, { epoch: item.epoch, seq: item.seq });
      }
    }
    // Last: a refused topic lets go of those that were granted with it.
    for (const [channel, error] of denied) this.#book.denied(channel, error);
  }
}

function subjectOf({ topic }: TopicChannel): EndingSubject {
  return { what: `the subscribe to ${topic}`, refusedCode: "TOPIC_REFUSED", written: true };
}

function sinceOf({ position, since }: TopicChannel): Since | undefined {
  return position ?? since;
}

function toItem(channel: TopicChannel): SubscribeItem {
  const { topic, delivery } = channel;
  const since = sinceOf(channel);
  return {
    topic,
    ...(since === undefined ? undefined : { since }),
    ...(delivery === undefined ? undefined : { delivery }),
  };
}
