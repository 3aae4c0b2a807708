import type { Protocol } from "../protocol/protocol.ts";
import { SessionBase } from "../session/session.ts";
import type { SessionOptions } from "../session/session-options.ts";
import { WorldPerformer } from "./performer.ts";
import type { RecordableSession, SessionFactory } from "./record.ts";
import { RecordingError } from "./recording-error.ts";
import { parseRecording, type RecordedLine } from "./recording-format.ts";
import { ReplayingTrace } from "./replaying-trace.ts";
import { traceEnvironment } from "./traced-environment.ts";
import { watchSession } from "./traced-session.ts";

/** Settings of a replay. */
export interface ReplayOptions<S extends RecordableSession = SessionBase> {
  /** The wire format, where the session had one of its own. @defaultValue JSON-RPC 2.0, as of a session */
  readonly protocol?: Protocol;
  /** Makes the session. @defaultValue a plain one */
  readonly create?: SessionFactory<S>;
  /** Stops behind this line of the recording, to look at the session there. @defaultValue the last */
  readonly untilLine?: number;
  /** The longest recording, in characters. @defaultValue 64 Mi characters */
  readonly maxCharacters?: number;
}

/** A session at the end of its recording. */
export interface Replay<S extends RecordableSession = SessionBase> {
  /** The session, in the state in which it was recorded; nothing comes in any more. */
  readonly session: S;
  /** Everything that came in and went out, in order. */
  readonly lines: readonly RecordedLine[];
  /** Whether the recording was ended by its recorder: if not, its process ended, or its limit was reached. */
  readonly isComplete: boolean;
  /** Whether the last line was cut off in the middle, and left out. */
  readonly isTorn: boolean;
}

/** Promise jobs that a continuation may take; a session's own take three. */
const MAX_JOBS = 64;

/**
 * Drives a new session through a recording: the same frames, timers, random numbers and calls, at the same times of a
 * clock that is the recording's, without waiting. Everything that the session does is compared with the
 * recording, byte for byte.
 *
 * @param text - The recording, as {@link recordSession} wrote it.
 * @returns The session at the recording's end.
 * @throws RecordingError with the line: `REPLAY_DIVERGED` at the first difference (`expected` and `actual` are the two
 *   lines), `REPLAY_PROTOCOL` when the protocol is another one, else what is wrong with the recording.
 */
export async function replaySession<S extends RecordableSession = SessionBase>(
  text: string,
  options: ReplayOptions<S> = {},
): Promise<Replay<S>> {
  const recording = parseRecording(text, options.maxCharacters);
  const name = options.protocol?.name ?? "default";
  if (recording.header.protocol !== name) {
    const found = `the recording has protocol ${recording.header.protocol}, the replay ${name}`;
    throw new RecordingError("REPLAY_PROTOCOL", found, { line: 1 });
  }
  const performer = new WorldPerformer();
  const trace = new ReplayingTrace(
    recording,
    (record) => performer.perform(record),
    (json) => performer.decode(json),
  );
  performer.use(trace);
  const session = createSession(recording.header.options, options, performer, trace);
  watchSession(trace, session);
  performer.session(session);
  await play(trace, options.untilLine ?? Infinity);
  if (trace.failure !== undefined) throw trace.failure;
  const { lines, isComplete, isTorn } = recording;
  return { session, lines: lines.slice(0, trace.position), isComplete, isTorn };
}

function createSession<S extends RecordableSession>(
  recorded: unknown,
  { create, protocol }: ReplayOptions<S>,
  performer: WorldPerformer,
  trace: ReplayingTrace,
): S {
  const given = performer.decode(recorded as RecordedLine) as SessionOptions;
  const options = protocol === undefined ? given : { ...given, protocol };
  try {
    const environment = traceEnvironment(trace, undefined);
    // Without a factory, S is its default.
    return (
      create?.(options, environment) ?? (new SessionBase(options, environment) as unknown as S)
    );
  } catch (cause) {
    throw badOptions(cause);
  }
}

function badOptions(cause: unknown): RecordingError {
  const text = "the recorded options make no session";
  return new RecordingError("RECORDING_INCONSISTENT", text, { line: 1, cause });
}

async function play(trace: ReplayingTrace, untilLine: number): Promise<void> {
  while (trace.failure === undefined && !trace.isOver && trace.position + 2 <= untilLine) {
    const { upcoming } = trace;
    if (upcoming?.in === "settled" && !trace.promises.has(upcoming["run"] as number)) {
      await jobs(() => trace.promises.has(upcoming["run"] as number));
    }
    if (upcoming?.in !== undefined) {
      trace.step();
      continue;
    }
    // Something that the session does by itself, in a promise job of its own.
    const { position } = trace;
    await jobs(() => trace.position !== position || trace.failure !== undefined);
    if (trace.position === position) trace.missing();
  }
  // What it still does by itself must not be more than what was recorded.
  await jobs(() => false);
}

/** Runs promise jobs one by one until something has happened: what comes next may belong between two of them. */
async function jobs(isDone: () => boolean): Promise<void> {
  for (let count = 0; count < MAX_JOBS && !isDone(); count += 1) await Promise.resolve();
}
