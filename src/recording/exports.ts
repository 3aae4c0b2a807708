export type {
  RecordableSession,
  RecordedSession,
  RecordOptions,
  SessionFactory,
} from "./record.ts";
export {
  RECORDING_ERROR_CODES,
  RECORDING_ERRORS,
  RecordingError,
  type RecordingErrorCode,
  type RecordingErrorDetails,
} from "./recording-error.ts";
export {
  type Json,
  type JsonObject,
  RECORDING_VERSION,
  type RecordedLine,
} from "./recording-format.ts";
export { type Replay, type ReplayOptions, replaySession } from "./replay.ts";
