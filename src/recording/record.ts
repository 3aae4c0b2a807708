import type { SessionBase } from "../session/session.ts";
import type { SessionEnvironment } from "../session/session-environment.ts";
import type { SessionOptions } from "../session/session-options.ts";
import { type Encoded, encode } from "./argument-codec.ts";
import { References } from "./live-references.ts";
import type { JsonObject } from "./recording-format.ts";
import { DEFAULT_MAX_CHARACTERS, RECORDING_VERSION } from "./recording-format.ts";
import { RecordingTrace } from "./recording-trace.ts";
import { Redactor } from "./redactor.ts";
import { traceEnvironment } from "./traced-environment.ts";
import { SessionTracer } from "./traced-session.ts";

/** What a recording needs of a session, whatever its types. */
export type RecordableSession = Pick<SessionBase, "on" | "state" | "epoch" | "stats">;

/** Makes a session of the options and the environment that it is given, and of nothing else. */
export type SessionFactory<S extends RecordableSession> = (
  options: SessionOptions,
  environment: SessionEnvironment,
) => S;

/** Settings of a recording. */
export interface RecordOptions {
  /**
   * Takes one line of the recording, line feed included; called while the session works, so it must be quick: a
   * stream's `write`, or `push` of an array. What it throws ends the recording, not the session.
   */
  readonly write: (line: string) => void;
  /**
   * The longest recording, in characters; when it is reached a last line says so, and the session goes on
   * unrecorded. What was written replays.
   *
   * @defaultValue 64 Mi characters
   */
  readonly maxCharacters?: number;
  /**
   * Text that must not be in the recording, besides credentials and the session's own secret, which never are: an
   * account number, a key in the URL. Replaced by text of the same length wherever it occurs, in names and in binary
   * frames, too. One of fewer than 8 characters could be part of any word: it is replaced only where it is a whole string.
   *
   * @defaultValue none
   */
  readonly secrets?: readonly string[];
  /** Replaces parts of the world. @defaultValue the platform's clock, randomness and WebSocket */
  readonly environment?: Partial<SessionEnvironment>;
}

/** A session that is being recorded. */
export interface RecordedSession<S extends RecordableSession> {
  /** The session: it behaves as it would without. */
  readonly session: S;
  /** How many characters were written so far. */
  readonly characters: number;
  /** Whether nothing is written any more: it was ended, reached its limit, or failed. */
  readonly isOver: boolean;
  /** What `write` threw, if it did. */
  readonly failure: unknown;
  /** Writes the last line. The session goes on, unrecorded. */
  end(): void;
}

/**
 * Makes a session and records it; see `recordSession`, which knows the platform's world.
 *
 * @param platform - The world that the session is in, but for what the recorder's options replace.
 */
export function recordWith<S extends RecordableSession>(
  platform: SessionEnvironment,
  create: SessionFactory<S>,
  options: SessionOptions,
  recorder: RecordOptions,
): RecordedSession<S> {
  const { write, maxCharacters = DEFAULT_MAX_CHARACTERS, secrets = [] } = recorder;
  const environment = { ...platform, ...recorder.environment };
  if (!(maxCharacters > 0)) {
    throw new RangeError(`maxCharacters must be a number above 0, got ${maxCharacters}`);
  }
  const redactor = new Redactor();
  for (const secret of secrets) redactor.add(secret);
  const trace = new RecordingTrace(environment.clock, { write, maxCharacters }, redactor);
  const references = new References(trace);
  const { json, live } = traceOptions(options, references, redactor);
  trace.header({
    recording: RECORDING_VERSION,
    protocol: options.protocol?.name ?? "default",
    options: json,
  });
  const session = create(live as SessionOptions, traceEnvironment(trace, environment));
  new SessionTracer(trace, references, redactor).session(session);
  return {
    session,
    get characters() {
      return trace.characters;
    },
    get isOver() {
      return trace.isOver;
    },
    get failure() {
      return trace.failure;
    },
    end: () => trace.end(),
  };
}

/** The options as they are recorded, without the protocol, which is code; and as the session gets them. */
function traceOptions(
  options: SessionOptions,
  references: References,
  redactor: Redactor,
): Encoded {
  // What measures changes nothing.
  const { protocol, credentials, latency, ...rest } = options;
  if (typeof credentials === "string") redactor.add(credentials);
  const encodedRest = encode(rest, references.callbacks);
  const encodedCredentials = encode(credentials, references.credentials);
  const isGiven = credentials !== undefined;
  return {
    json: {
      ...(encodedRest.json as JsonObject),
      ...(isGiven ? { credentials: encodedCredentials.json } : {}),
    },
    live: {
      ...(encodedRest.live as object),
      ...(isGiven ? { credentials: encodedCredentials.live } : {}),
      ...(protocol === undefined ? {} : { protocol }),
      ...(latency === undefined ? {} : { latency }),
    },
  };
}
