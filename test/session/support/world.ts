import type { Session } from "../../../src/index.ts";
import { SessionServer, type SessionServerOptions } from "../../../src/server/session-server.ts";
import type { SessionEnvironment } from "../../../src/session/session-environment.ts";
import type { SessionOptions } from "../../../src/session/session-options.ts";
import type { CompletionToken } from "../../../src/session/tokens/completion-token.ts";
import type { SessionError } from "../../../src/session/tokens/errors.ts";
import { MemoryNetwork } from "../../../src/testing/memory-network.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { newSession } from "./client.ts";
import { ScriptedPeer } from "./scripted-peer.ts";
import { seededRandom } from "./seeded-random.ts";

/** A session on a virtual clock and a network in memory, with whoever is at the other end. */
interface SessionWorld {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly session: Session;
  /** Codes of every `error` event, in order. */
  readonly errors: string[];
  /** Every state that was stepped to, in order. */
  readonly states: string[];
}

/** A world whose other end is a server of ours. */
export interface ServerWorld extends SessionWorld {
  readonly server: SessionServer;
}

/** A world whose other end says what a test tells it to. */
export interface PeerWorld extends SessionWorld {
  readonly peer: ScriptedPeer;
}

/** What a test changes of a session. */
export interface SessionSettings extends Partial<SessionOptions> {
  readonly environment?: Partial<SessionEnvironment>;
  /** Whether it is connected when the world is there. @defaultValue true */
  readonly connected?: boolean;
}

/** Makes a session in front of a server that lets everyone read everything, unless told otherwise. */
export async function withServer(
  settings: SessionSettings = {},
  serverOptions: SessionServerOptions = {},
): Promise<ServerWorld> {
  const clock = new VirtualClock();
  const server = new SessionServer({
    authorize: "public",
    random: seededRandom(7),
    wallNow: () => clock.now(),
    ...serverOptions,
    clock,
  });
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  return { server, ...(await makeSession(clock, network, settings)) };
}

/** Makes a session in front of a scripted peer. */
export async function withPeer(settings: SessionSettings = {}): Promise<PeerWorld> {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock });
  const peer = new ScriptedPeer();
  network.listen((connection) => peer.accept(connection));
  return { peer, ...(await makeSession(clock, network, settings)) };
}

async function makeSession(
  clock: VirtualClock,
  network: MemoryNetwork,
  settings: SessionSettings,
): Promise<SessionWorld> {
  const { environment, connected = true, ...options } = settings;
  const session = newSession(
    { url: "ws://memory/", ...options },
    { clock, random: seededRandom(1), transport: network.transport(), ...environment },
  );
  const errors: string[] = [];
  const states: string[] = [];
  session.on("error", (error) => errors.push(error.code));
  session.on("state", ({ to }) => states.push(to));
  if (connected) {
    session.connect();
    await clock.advance(10);
  }
  return { clock, network, session, errors, states };
}

/** The error that a token ended with. */
export async function failureOf(token: PromiseLike<unknown>): Promise<SessionError> {
  return token.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: SessionError) => error,
  );
}

/** What a token says of itself, without waiting. */
export function settled(token: CompletionToken<unknown>): readonly unknown[] {
  return [token.outcome, token.proof ?? token.error?.code];
}
