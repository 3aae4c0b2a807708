import { describe, expect, it } from "vitest";
import { Session } from "../../../src/index.ts";
import { SessionServer } from "../../../src/server/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

const RUNS = 10_000;
const CONCURRENT = 50;
const MAX_DELAY_MS = 3;
const SEED = 20_231_122;

/** Waits on the real clock: this race is about real time. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("subscribe → unsubscribe → close on real sockets", () => {
  it(`with random delays, ${RUNS} times (seed ${SEED}): no error, and every unsubscribe arrives before the close`, {
    timeout: 120_000,
  }, async () => {
    const { fraction } = seededRandom(SEED);
    const server = new SessionServer({
      authorize: "public",
      limits: { maxSessionsPerAddress: Infinity },
    });
    const arrived = new Map<string, number>();
    let missing = 0;
    server.on("opened", (session) => {
      const unsubscribed: string[] = [];
      session.on("unsubscribed", (topic, _lastSeq, code) => {
        // Null: the client asked for it. Anything else is the end of the session.
        if (code === null) unsubscribed.push(topic);
      });
      session.on("closed", (receipt) => {
        for (const topic of unsubscribed) arrived.set(topic, (arrived.get(topic) ?? 0) + 1);
        if (receipt.farewell !== "bye" || !receipt.clean) missing += 1;
      });
    });
    const { port } = await server.listen(0);
    const errors: unknown[] = [];
    const outcomes = new Map<string, number>();
    const count = (name: string): void => {
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    };

    const race = async (topic: string): Promise<void> => {
      const delays = [fraction(), fraction()].map((part) => part * MAX_DELAY_MS);
      const session = new Session({ url: `ws://localhost:${port}` });
      session.on("error", (error) => errors.push(error));
      await session.connect();
      const subscription = session.subscribe(topic);
      subscription.on("event", () => {});
      // Half of them do not wait at all between two steps.
      if (fraction() < 0.5) await pause(delays[0] ?? 0);
      const unsubscribe = subscription.unsubscribe();
      if (fraction() < 0.5) await pause(delays[1] ?? 0);
      const receipt = await session.close();
      count(`subscribe ${subscription.token.outcome}`);
      count(`unsubscribe ${unsubscribe.outcome} ${unsubscribe.proof}`);
      count(`close ${receipt.clean ? "clean" : "unclean"} ${receipt.closeCode}`);
    };

    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < RUNS) {
        next += 1;
        await race(`race:${next}`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, worker));
    await server.close();
    expect(errors).toEqual([]);
    expect([missing, arrived.size]).toEqual([0, RUNS]);
    expect([...arrived.values()].every((times) => times === 1)).toBe(true);
    expect(Object.fromEntries(outcomes)).toEqual({
      "subscribe acked": RUNS,
      "unsubscribe acked frame": RUNS,
      "close clean 1000": RUNS,
    });
  });
});
