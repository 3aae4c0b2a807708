/** Every code of a {@link RecordingError}, with what it means. Each has a row in `docs/guides/record-and-replay.md`. */
export const RECORDING_ERRORS = {
  /** The text is longer than `maxCharacters`; nothing of it was read. */
  RECORDING_TOO_LARGE: "the recording is longer than allowed",
  /** The first line is not the header of a recording. */
  RECORDING_HEADER: "the first line is not a recording's header",
  /** The recording was written in a version of the format that this library does not read. */
  RECORDING_VERSION: "the recording has another version",
  /** A line is not JSON, or not a record: the recording is damaged there. */
  RECORDING_SYNTAX: "a line is damaged",
  /** A record names something that no record before it made: a line is missing, or out of place. */
  RECORDING_INCONSISTENT: "a record does not follow from those before it",
  /** The session did something else than what was recorded. */
  REPLAY_DIVERGED: "the session did something else than what was recorded",
  /** The session was made with another wire format than the one given to the replay. */
  REPLAY_PROTOCOL: "the recording needs another protocol",
} as const;

/** One of the codes in {@link RECORDING_ERRORS}. */
export type RecordingErrorCode = keyof typeof RECORDING_ERRORS;

/** Every code, in the order of the documentation. */
export const RECORDING_ERROR_CODES: readonly RecordingErrorCode[] = Object.keys(
  RECORDING_ERRORS,
) as RecordingErrorCode[];

/** More about a {@link RecordingError}. */
export interface RecordingErrorDetails {
  /** Number of the line, from 1; 0 where no line is to blame. */
  readonly line?: number;
  /** What the recording says, for a divergence. */
  readonly expected?: string;
  /** What the session did, for a divergence; undefined where it did nothing. */
  readonly actual?: string;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/** Says what is wrong with a recording, or where a replay left it. Its text never holds what was recorded. */
export class RecordingError extends Error {
  /** Stable identifier. */
  readonly code: RecordingErrorCode;
  /** Number of the line in the recording, from 1; 0 where no line is to blame. */
  readonly line: number;
  /** What the recording says, for a divergence. */
  readonly expected: string | undefined;
  /** What the session did instead, for a divergence; undefined where it did nothing. */
  readonly actual: string | undefined;

  /** Made by replays only. */
  constructor(code: RecordingErrorCode, text: string, details: RecordingErrorDetails = {}) {
    const { line = 0, expected, actual, cause } = details;
    const place = line === 0 ? "" : `line ${line}: `;
    super(`${place}${text}`, cause === undefined ? undefined : { cause });
    this.name = "RecordingError";
    this.code = code;
    this.line = line;
    this.expected = expected;
    this.actual = actual;
  }
}
