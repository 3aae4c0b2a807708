export { decimalEquality } from "./decimal-equality.ts";
export { FakeRefusal } from "./fake-refusal.ts";
export { type FakeAnswer, FakeServer, type HeardCall, type ListeningFake } from "./fake-server.ts";
export {
  FaultProxy,
  type FaultProxyAddress,
  type FaultProxyOptions,
  type ListeningProxy,
} from "./fault-proxy.ts";
export type { ActiveFault, FaultAction, FaultFrame, FaultRule } from "./fault-rules.ts";
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
