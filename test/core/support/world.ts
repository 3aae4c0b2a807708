import type { Core } from "../../../src/core/core.ts";
import { authentication, Session } from "../../../src/core/with-authentication.ts";
import type { CredentialsSource } from "../../../src/session/session-options.ts";
import { MemoryNetwork } from "../../../src/testing/memory-network.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { ScriptedPeer } from "../../session/support/scripted-peer.ts";
import { seededRandom } from "../../session/support/seeded-random.ts";

/** A core session that has connected to a peer which says what a test tells it to. */
interface CoreWorld {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly peer: ScriptedPeer;
  readonly session: Session;
  /** What the session knows: for what an application cannot see, such as what it keeps in memory. */
  readonly core: Core;
}

/** Makes a core session, with credentials where some are given, and connects it. */
export async function withCore(credentials?: CredentialsSource): Promise<CoreWorld> {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock });
  const peer = new ScriptedPeer();
  network.listen((connection) => peer.accept(connection));
  let core: Core | undefined;
  const session = new Session(
    {
      url: "ws://memory/",
      authentication(given) {
        core = given as Core;
        return credentials === undefined
          ? (undefined as never)
          : authentication(credentials)(given);
      },
    },
    { clock, random: seededRandom(1), transport: network.transport() },
  );
  session.connect();
  await clock.advance(10);
  return { clock, network, peer, session, core: core as Core };
}
