import {
  type RecordedSession,
  type RecordOptions,
  recordSession,
} from "../../src/recording/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { SessionBase } from "../../src/session/session.ts";
import type { SessionEnvironment } from "../../src/session/session-environment.ts";
import type { SessionOptions } from "../../src/session/session-options.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { AsyncHandlerScope } from "../../src/transport/async-handler-scope.ts";
import { seededRandom } from "../session/support/seeded-random.ts";

/** A recorded session before a server in memory. */
export interface RecordedWorld {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly server: SessionServer;
  readonly recorded: RecordedSession<SessionBase>;
  readonly session: SessionBase;
  /** The recording so far. */
  readonly text: () => string;
}

/** Makes the parts of the world that a session needs, in memory. */
function memoryEnvironment(clock: VirtualClock, network: MemoryNetwork): SessionEnvironment {
  return {
    clock,
    random: seededRandom(5),
    transport: network.transport(),
    createHandlerScope: () => new AsyncHandlerScope(),
  };
}

/** Records a session before a server that lets everyone read everything. */
export function recordedWorld(
  options: Partial<SessionOptions> = {},
  more: Partial<RecordOptions> = {},
): RecordedWorld {
  const clock = new VirtualClock();
  const server = new SessionServer({
    clock,
    authorize: "public",
    random: seededRandom(9),
    wallNow: () => clock.now(),
    authenticate: ({ token }) => (token.startsWith("good") ? { userId: "u" } : null),
  });
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  const written: string[] = [];
  const recorded = recordSession(
    (given, environment) => new SessionBase(given, environment),
    { url: "ws://memory/", ...options },
    {
      write: (line) => written.push(line),
      environment: memoryEnvironment(clock, network),
      ...more,
    },
  );
  const text = (): string => written.join("");
  return { clock, network, server, recorded, session: recorded.session, text };
}
