import { randomFillSync } from "node:crypto";

/** RFC 6455 §5.2: a whole text message; its payload is masked. */
const TEXT = 0x81;
const MASKED = 0x80;
const TWO_MORE_BYTES = 126;
const EIGHT_MORE_BYTES = 127;
const MOST_HEAD_BYTES = 14;
/** An UTF-16 unit takes at most this many bytes of UTF-8. */
const MOST_BYTES_A_UNIT = 3;

/** Where frames are made, to be copied out at their length: nearly all that leaves together fits. */
const workshop = viewed(16_384);
const keys = new Int32Array(1_024);
let keysTaken = keys.length;

interface Viewed {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/**
 * Frames text messages as a client does (RFC 6455 §5), one behind the other: each masked with a random key of its own.
 * One buffer for all of them, which nothing else refers to, is one write and one system call.
 */
export function frameTexts(texts: readonly string[]): Buffer {
  let most = 0;
  for (const text of texts) most += text.length * MOST_BYTES_A_UNIT + MOST_HEAD_BYTES;
  // What is large may wait for long: it takes no more than it needs.
  if (most > workshop.bytes.length)
    most = texts.reduce((bytes, text) => bytes + Buffer.byteLength(text) + MOST_HEAD_BYTES, 0);
  const target = most <= workshop.bytes.length ? workshop : viewed(most);
  let end = 0;
  for (const text of texts) end = frameText(target, end, text);
  const framed = target.bytes.subarray(0, end);
  return target === workshop ? Buffer.from(framed) : framed;
}

/** @returns Where the frame ends. */
function frameText({ bytes, view }: Viewed, start: number, text: string): number {
  const length = Buffer.byteLength(text);
  let at = start + 2;
  bytes[start] = TEXT;
  if (length < TWO_MORE_BYTES) {
    bytes[start + 1] = MASKED | length;
  } else if (length <= 0xffff) {
    bytes[start + 1] = MASKED | TWO_MORE_BYTES;
    view.setUint16(at, length);
    at += 2;
  } else {
    bytes[start + 1] = MASKED | EIGHT_MORE_BYTES;
    view.setBigUint64(at, BigInt(length));
    at += 8;
  }
  const key = nextKey();
  view.setInt32(at, key, true);
  at += 4;
  bytes.write(text, at);
  mask(bytes, view, at, at + length, key);
  return at + length;
}

/** RFC 6455 §5.3, four bytes at a time. */
function mask(bytes: Buffer, view: DataView, from: number, to: number, key: number): void {
  let at = from;
  for (; at + 4 <= to; at += 4) view.setInt32(at, view.getInt32(at, true) ^ key, true);
  for (let shift = 0; at < to; at += 1, shift += 8)
    bytes[at] = (bytes[at] as number) ^ (key >> shift);
}

/** A key that nobody can foretell. Made in stock, since asking the system costs more than a frame does. */
function nextKey(): number {
  if (keysTaken === keys.length) {
    randomFillSync(keys);
    keysTaken = 0;
  }
  const key = keys[keysTaken] as number;
  keysTaken += 1;
  return key;
}

function viewed(size: number): Viewed {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer) };
}
