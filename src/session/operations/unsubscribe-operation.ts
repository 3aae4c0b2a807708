import type { UnsubscribeItemResult } from "../../protocol/json-rpc/messages.ts";
import type { ProtocolCodec } from "../../protocol/protocol.ts";
import type { Proof } from "../tokens/completion-token.ts";
import { endingError, proofOf } from "../tokens/ending-error.ts";
import type { SessionError } from "../tokens/errors.ts";
import type { TopicBook } from "../topics/topic-book.ts";
import type { TopicChannel } from "../topics/topic-channel.ts";
import { Operation, type OperationEnding } from "./operation.ts";

/** Hears how the unsubscribe of each topic ended. */
export interface UnsubscribeListener {
  /** Number of the token, or 0. */
  readonly tokenId: number;
  /** The topic is unsubscribed, and `lastSeq` was the last event for us. */
  unsubscribed(channel: TopicChannel, lastSeq: number, proof: Proof): void;
  /** It is not, or nobody knows; the error's outcome says which. */
  notUnsubscribed(channel: TopicChannel, error: SessionError): void;
}

/** One unsubscribe on the wire, of one topic or many. */
export class UnsubscribeOperation extends Operation {
  readonly type = "unsubscribe";
  readonly #book: TopicBook;
  readonly #listeners: UnsubscribeListener[];
  #channels: readonly TopicChannel[];

  constructor(book: TopicBook, channels: readonly TopicChannel[], listener?: UnsubscribeListener) {
    super();
    this.#book = book;
    this.#channels = channels;
    this.#listeners = listener === undefined ? [] : [listener];
  }

  override get tokenId(): number {
    return this.#listeners[0]?.tokenId ?? 0;
  }

  override get subject(): readonly string[] {
    return this.#channels.map((channel) => channel.topic);
  }

  override get moot(): boolean {
    return this.#channels.length === 0;
  }

  encode(codec: ProtocolCodec, id: number): string {
    return codec.encodeUnsubscribe(
      id,
      this.#channels.map((channel) => channel.topic),
    );
  }

  /** Lets another one hear how it ends, who wants the same. */
  follow(listener: UnsubscribeListener): void {
    this.#listeners.push(listener);
  }

  /** The link was lost before it was written: nothing of the topics is on any wire. */
  provedByLoss(): void {
    for (const channel of this.#take()) this.#unsubscribed(channel, channel.lastSeq, "local");
  }

  complete(ending: OperationEnding): void {
    const error = endingError(ending, {
      what: "the unsubscribe",
      refusedCode: "REQUEST_REFUSED",
      written: true,
    });
    if (error === undefined) {
      this.#answered(ending.by === "answer" ? ending.result : [], proofOf(ending));
    } else if (ending.by === "drop" || error.outcome === "failed") {
      this.#restore(error);
    } else {
      for (const channel of this.#take()) {
        // Sent once more before anybody is told: a close goes on then, and its bye must be the last word.
        if (ending.by !== "loss") this.#book.abandon(channel);
        this.#notUnsubscribed(channel, error);
        if (ending.by === "loss") this.#book.end(channel, error);
      }
    }
    if (ending.by !== "loss" && ending.by !== "drop") this.#book.settled();
  }

  #answered(result: unknown, proof: Proof): void {
    const items = result as readonly UnsubscribeItemResult[];
    const lastSeqs = new Map(
      items.map((item) => [item.topic, "lastSeq" in item ? item.lastSeq : undefined]),
    );
    for (const channel of this.#take()) {
      // Where the peer does not know the topic (any more), or its protocol has no numbers, ours is the last.
      this.#unsubscribed(channel, lastSeqs.get(channel.topic) ?? channel.lastSeq, proof);
    }
  }

  #unsubscribed(channel: TopicChannel, lastSeq: number, proof: Proof): void {
    channel.endedAt(lastSeq);
    // Who read the history may be ahead of what the peer sent.
    this.#tell(channel, Math.max(lastSeq, channel.lastTold), proof);
    this.#book.end(channel, undefined);
  }

  #tell(channel: TopicChannel, lastSeq: number, proof: Proof): void {
    for (const listener of this.#listeners) listener.unsubscribed(channel, lastSeq, proof);
    // Sent once more: whoever waits for the first one need not, any more.
    const first = channel.leaving;
    if (first === undefined || first === this) return;
    channel.leaving = undefined;
    first.#channels = first.#channels.filter((other) => other !== channel);
    first.#tell(channel, lastSeq, proof);
  }

  #notUnsubscribed(channel: TopicChannel, error: SessionError): void {
    for (const listener of this.#listeners) listener.notUnsubscribed(channel, error);
  }

  /** Certainly without effect: the topics are as live as they were. */
  #restore(error: SessionError): void {
    for (const channel of this.#take()) {
      this.#book.stay(channel);
      this.#notUnsubscribed(channel, error);
    }
  }

  #take(): readonly TopicChannel[] {
    const channels = this.#channels;
    this.#channels = [];
    for (const channel of channels) if (channel.leaving === this) channel.leaving = undefined;
    return channels;
  }
}
