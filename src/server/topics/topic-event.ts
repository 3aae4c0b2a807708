import type { SharedFrame } from "../fanout/shared-frame.ts";

/** Is one event of a topic, as all its readers share it. */
export class TopicEvent {
  /** Number of the event on the topic. */
  readonly seq: number;
  /** The whole message. */
  readonly frame: SharedFrame;
  /** The epoch that begins behind it; null where it is of the one that was. */
  readonly newEpoch: string | null;
  readonly #dataJson: string;
  /** Makes the frame that stands for so many events; null where it cannot. */
  readonly #conflate: ((count: number) => SharedFrame) | null;
  #bytes = 0;
  #data: { readonly value: unknown } | null = null;
  /** The frame for more than one event that was made last: readers that are behind together share it. */
  #conflated: { readonly count: number; readonly frame: SharedFrame } | null = null;

  constructor(
    seq: number,
    dataJson: string,
    frame: SharedFrame,
    conflate: ((count: number) => SharedFrame) | null,
    newEpoch: string | null = null,
  ) {
    this.seq = seq;
    this.frame = frame;
    this.#dataJson = dataJson;
    this.#conflate = conflate;
    this.newEpoch = newEpoch;
  }

  /** Whether it says that the event will not come. A gap stands for itself alone. */
  get isGap(): boolean {
    return this.#conflate === null;
  }

  /** Bytes of its message in UTF-8. */
  get byteLength(): number {
    if (this.#bytes === 0) this.#bytes = Buffer.byteLength(this.frame.text, "utf8");
    return this.#bytes;
  }

  /** Returns its message, standing for so many events. */
  standingFor(count: number): SharedFrame {
    if (count === 1 || this.#conflate === null) return this.frame;
    if (this.#conflated?.count !== count) this.#conflated = { count, frame: this.#conflate(count) };
    return this.#conflated.frame;
  }

  /** Returns the JSON of a member of its data; the empty text where there is none. */
  keyOf(member: string): string {
    this.#data ??= { value: parse(this.#dataJson) };
    const { value } = this.#data;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, member)) return "";
    return JSON.stringify((value as Record<string, unknown>)[member]);
  }
}

/** What another process published may be no JSON. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
