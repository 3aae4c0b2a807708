export type { Position, Since } from "../protocol/json-rpc/messages.ts";
export type {
  Backplane,
  BackplaneEvent,
  BackplaneListener,
  Eventual,
  HistoryPage,
} from "./backplane.ts";
export { MemoryBackplane, type MemoryBackplaneOptions } from "./memory-backplane.ts";
export { type HistoryBounds, TopicHistory } from "./topic-history.ts";
