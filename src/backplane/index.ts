export type { Position, Since } from "../protocol/json-rpc/messages.ts";
export type {
  Backplane,
  BackplaneEvent,
  BackplaneListener,
  BackplaneStats,
  Eventual,
  HistoryPage,
} from "./backplane.ts";
export {
  BACKPLANE_ERROR_CODES,
  BackplaneError,
  type BackplaneErrorCode,
} from "./backplane-error.ts";
export { allThere, whenThere } from "./eventual.ts";
export { MemoryBackplane, type MemoryBackplaneOptions } from "./memory-backplane.ts";
export { type HistoryBounds, TopicHistory } from "./topic-history.ts";
