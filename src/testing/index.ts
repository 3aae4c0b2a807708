export { decimalEquality } from "./decimal-equality.ts";
export {
  type Direction,
  type FrameRecord,
  MemoryLink,
  type Silence,
} from "./memory-link.ts";
export {
  type FrameObserver,
  type MemoryAcceptor,
  type MemoryClientOptions,
  MemoryNetwork,
  type MemoryNetworkOptions,
} from "./memory-network.ts";
export type { FrameFate } from "./memory-pipe.ts";
export { VirtualClock } from "./virtual-clock.ts";
