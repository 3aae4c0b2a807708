import { describe, expect, it } from "vitest";
import { Session } from "../../src/index.ts";
import { recordSession, replaySession } from "../../src/recording/index.ts";
import { atLeastOnce } from "../../src/session/delivery/at-least-once.ts";
import { dropOldest } from "../../src/session/delivery/drop-oldest.ts";
import { latest } from "../../src/session/delivery/latest.ts";
import { merge } from "../../src/session/delivery/merge.ts";
import { sample } from "../../src/session/delivery/sample.ts";
import { FakeServer } from "../../src/testing/fake-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

describe("a recording", () => {
  it("replays policies, merge functions that throw, idempotency keys and pauses", async () => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork({ clock });
    const peer = new FakeServer().on("m", () => 1);
    network.listen(peer.accept);
    const lines: string[] = [];
    const { session } = recordSession(
      (options, environment) => new Session(options, environment),
      { url: "ws://memory/", highWatermark: 4, lowWatermark: 1 },
      { write: (line) => lines.push(line), environment: { clock, transport: network.transport() } },
    );
    session.connect();
    const delivery = merge<number>((older, newer) => {
      if (newer === 4) throw new Error("not this one");
      return older + newer;
    });
    const wishes = {
      a: { delivery: latest({ key: "k" }) },
      b: { delivery: dropOldest(2), position: atLeastOnce() },
      c: { delivery: sample(5) },
      d: { delivery },
    };
    for (const [topic, options] of Object.entries(wishes))
      session
        .subscribe(topic, options)
        .on("event", () => new Promise<void>((done) => clock.setTimer(done, 7)));
    await clock.advance(10);
    for (let seq = 1; seq <= 6; seq += 1) {
      for (const topic of Object.keys(wishes)) peer.publish(topic, seq);
      await clock.advance(3);
    }
    session.request("m", { n: 1 }, { idempotencyKey: "k" });
    await clock.advance(100);
    session.close();
    await clock.advance(1_000);
    expect(session.state).toBe("closed");
    expect(session.stats().pauses).toBeGreaterThan(0);
    const replay = await replaySession(lines.join(""), {
      create: (options, environment) => new Session(options, environment),
    });
    expect(replay.session.stats()).toEqual(session.stats());
  });
});
