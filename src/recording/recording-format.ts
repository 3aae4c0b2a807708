import { RecordingError } from "./recording-error.ts";

/** The version of the format that is written, and the one that is read. */
export const RECORDING_VERSION = 1;

/** What a JSON value can be. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The first line of a recording. */
interface RecordingHeader {
  /** Version of the format. */
  readonly recording: number;
  /** Name of the session's wire format; a replay with another one is refused. */
  readonly protocol: string;
  /** The session's options, credentials redacted; functions are numbered. */
  readonly options: Json;
}

/**
 * One thing that crossed the session's boundary.
 *
 * `in` names what came from the world: `opened`, `received`, `closed`, `fired` (a timer), `call` (of the
 * application), `settled` (a promise of the application's), `aborted` (a signal), `returned` (a callback).
 * `out` names what the session did: `connect`, `send`, `close`, `terminate`, `pause`, `resume`, `timer`,
 * `cleared`, `callback`, `handler`, `threw`, `event`, `state`, `error`; or what it asked for, with the answer:
 * `now`, `fraction`, `secret`, `buffered`, `inside`. The last lines may be `limit` and `end`.
 */
export interface RecordedLine {
  /** What came in; undefined for what went out. */
  readonly in?: string;
  /** What went out; undefined for what came in. */
  readonly out?: string;
  /** Milliseconds on the session's clock, for what came in and for frames. */
  readonly atMs?: number;
  /** Number of the connection, for what belongs to one. */
  readonly epoch?: number;
  /** How deep inside the session's own work it came in: 0 from outside. */
  readonly depth?: number;
  /** Everything else, by its kind. */
  readonly [key: string]: Json | undefined;
}

/** A recording, read and checked line by line. */
export interface Recording {
  readonly header: RecordingHeader;
  /** Every line behind the header. Line `n` of the file, from 2, is `lines[n - 2]`. */
  readonly lines: readonly RecordedLine[];
  /** The text of each, for comparison byte by byte. */
  readonly texts: readonly string[];
  /** Whether the recorder said that it was done; false where its process ended before. */
  readonly isComplete: boolean;
  /** Whether the last line was cut off in the middle and left out. */
  readonly isTorn: boolean;
}

/** Largest recording that is read unless told otherwise, in characters. */
export const DEFAULT_MAX_CHARACTERS: number = 64 * 1024 * 1024;

/**
 * Reads a recording.
 *
 * A last line without a line feed is left out and reported: the process that wrote it ended there.
 *
 * @param maxCharacters - The longest text to read, in characters.
 * @throws RecordingError `RECORDING_TOO_LARGE`, `RECORDING_HEADER`, `RECORDING_VERSION` or `RECORDING_SYNTAX`, with the line.
 */
export function parseRecording(
  text: string,
  maxCharacters: number = DEFAULT_MAX_CHARACTERS,
): Recording {
  if (text.length > maxCharacters) {
    const size = `the recording has ${text.length} characters, more than ${maxCharacters}`;
    throw new RecordingError("RECORDING_TOO_LARGE", size);
  }
  // A text file may have come with the line ends of another system; inside a line JSON has neither.
  const [first = "", ...rest] = text.split(/\r?\n/);
  const header = readHeader(first);
  const last = rest.pop();
  const lines = rest.map((each, index) => readLine(each, index + 2));
  const over = lines.findIndex(({ out }) => out === "end" || out === "limit");
  if (over !== -1 && over !== lines.length - 1) {
    throw new RecordingError("RECORDING_SYNTAX", "nothing follows the end", { line: over + 3 });
  }
  const isComplete = lines.at(-1)?.out === "end";
  return { header, lines, texts: rest, isComplete, isTorn: last !== undefined && last !== "" };
}

function readHeader(text: string): RecordingHeader {
  const header = readObject(text);
  if (typeof header?.["recording"] !== "number" || typeof header["protocol"] !== "string") {
    throw new RecordingError("RECORDING_HEADER", "this is not the header of a recording", {
      line: 1,
    });
  }
  if (header["recording"] !== RECORDING_VERSION) {
    const found = `the recording has version ${header["recording"]}, not ${RECORDING_VERSION}`;
    throw new RecordingError("RECORDING_VERSION", found, { line: 1 });
  }
  return header as unknown as RecordingHeader;
}

function readLine(text: string, line: number): RecordedLine {
  const record = readObject(text);
  if (record === undefined) {
    throw new RecordingError("RECORDING_SYNTAX", "this is no JSON object", { line });
  }
  const { in: came, out: went, depth } = record as RecordedLine;
  const isIn = typeof came === "string";
  if (isIn === (typeof went === "string")) {
    throw new RecordingError("RECORDING_SYNTAX", "a record has either in or out", { line });
  }
  if (isIn && came !== "returned" && typeof record["atMs"] !== "number") {
    throw new RecordingError("RECORDING_SYNTAX", "what comes in has a time", { line });
  }
  if (depth !== undefined && !(Number.isSafeInteger(depth) && depth >= 1)) {
    throw new RecordingError("RECORDING_SYNTAX", "a depth is an integer from 1 up", { line });
  }
  return record as RecordedLine;
}

function readObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
