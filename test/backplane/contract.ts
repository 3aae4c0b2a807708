import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backplane, BackplaneEvent } from "../../src/backplane/index.ts";

/** Makes backplanes for the suite: each on the same shared state, so that two stand for two processes. */
export interface BackplaneMaker {
  readonly name: string;
  /** Makes the state that backplanes share, with a history of so many events. */
  prepare(maxEvents: number): Promise<void>;
  /** Makes a backplane on it. */
  make(): Promise<Backplane>;
}

/** The contract of a backplane: run by every implementation. */
export function backplaneContract(maker: BackplaneMaker): void {
  describe(`Backplane contract: ${maker.name}`, () => {
    let backplane: Backplane;

    beforeEach(async () => {
      await maker.prepare(5);
      backplane = await maker.make();
    });

    afterEach(async () => {
      await backplane.close();
    });

    it("numbers a topic's events 1, 2, 3 in one epoch", async () => {
      const positions = [];
      for (const data of ["1", "2", "3"]) positions.push(await backplane.publish("a", data));
      expect(positions.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(1);
      expect(await backplane.position("a")).toEqual(positions[2]);
    });

    it("counts each topic for itself, and one that nobody published to stands at 0", async () => {
      await backplane.publish("a", "1");
      expect((await backplane.publish("b", "1")).seq).toBe(1);
      expect((await backplane.position("c")).seq).toBe(0);
    });

    it("brings a joined topic's events in order, each once, from the position that join returned on", async () => {
      await backplane.publish("a", "1");
      const heard: BackplaneEvent[] = [];
      const position = await backplane.join("a", (event) => heard.push(event));
      expect(position.seq).toBe(1);
      await backplane.publish("a", "2");
      await backplane.publish("b", "9");
      const last = await backplane.publish("a", "3");
      // Behind a network an event comes after the answer to its publish.
      await expect
        .poll(() => heard.map(({ seq, dataJson }) => [seq, dataJson]))
        .toEqual([
          [2, "2"],
          [3, "3"],
        ]);
      expect(heard.every(({ epoch, topic }) => epoch === last.epoch && topic === "a")).toBe(true);
    });

    it("brings nothing after leave", async () => {
      const heard: BackplaneEvent[] = [];
      const listener = (event: BackplaneEvent): void => {
        heard.push(event);
      };
      await backplane.join("a", listener);
      backplane.leave("a", listener);
      await backplane.publish("a", "1");
      // What was to be brought would have come before this.
      const others: BackplaneEvent[] = [];
      await backplane.join("b", (event) => others.push(event));
      await backplane.publish("b", "1");
      await expect.poll(() => others.length).toBe(1);
      expect(heard).toEqual([]);
    });

    it("brings a topic to everyone who joined it, and goes on for the others when one leaves", async () => {
      const heard: string[] = [];
      const one = ({ seq }: BackplaneEvent): void => {
        heard.push(`one ${seq}`);
      };
      const other = ({ seq }: BackplaneEvent): void => {
        heard.push(`other ${seq}`);
      };
      await backplane.join("a", one);
      await backplane.publish("a", "1");
      await expect.poll(() => heard).toEqual(["one 1"]);
      expect((await backplane.join("a", other)).seq).toBe(1);
      await backplane.publish("a", "2");
      await expect.poll(() => heard.slice(1).toSorted()).toEqual(["one 2", "other 2"]);
      backplane.leave("a", one);
      await backplane.publish("a", "3");
      await expect.poll(() => heard.slice(3)).toEqual(["other 3"]);
      backplane.leave("a", other);
    });

    it("goes on to bring a topic that is deleted while it is joined, from 1 on in another epoch", async () => {
      const heard: BackplaneEvent[] = [];
      await backplane.join("a", (event) => heard.push(event));
      await backplane.publish("a", "1");
      await backplane.publish("a", "2");
      await backplane.delete("a");
      expect((await backplane.position("a")).seq).toBe(0);
      await backplane.publish("a", "3");
      await expect.poll(() => heard.map(({ seq }) => seq)).toEqual([1, 2, 1]);
      expect(heard[2]?.epoch).not.toBe(heard[0]?.epoch);
      expect(heard[2]?.epoch).toBe((await backplane.position("a")).epoch);
    });

    it("keeps the epoch of a topic that nobody published to while others are deleted", async () => {
      await backplane.publish("other", "1");
      const before = await backplane.position("quiet");
      await backplane.delete("other");
      await backplane.publish("quiet", "1");
      const page = await backplane.read("quiet", before);
      expect(page).toMatchObject({ recovered: true, events: [{ seq: 1 }] });
    });

    it("reads everything after a place that it remembers, and says so", async () => {
      const first = await backplane.publish("a", "1");
      await backplane.publish("a", "2");
      const last = await backplane.publish("a", "3");
      const page = await backplane.read("a", first);
      expect(page).toMatchObject({ recovered: true, position: last });
      expect(page.events.map(({ dataJson }) => dataJson)).toEqual(["2", "3"]);
    });

    it("has nothing to read for who missed nothing", async () => {
      const last = await backplane.publish("a", "1");
      expect(await backplane.read("a", last)).toEqual({
        recovered: true,
        position: last,
        events: [],
      });
    });

    it("does not recover a place that is forgotten, of another epoch, or in the future", async () => {
      const first = await backplane.publish("a", "0");
      for (let count = 1; count <= 6; count += 1) await backplane.publish("a", String(count));
      const position = await backplane.position("a");
      for (const since of [
        first,
        { epoch: "another", seq: 3 },
        { epoch: position.epoch, seq: 99 },
      ]) {
        expect(await backplane.read("a", since)).toEqual({
          recovered: false,
          position,
          events: [],
        });
      }
    });

    it("reads the newest events at once, as many as there are", async () => {
      for (const data of ["1", "2", "3"]) await backplane.publish("a", data);
      const page = await backplane.read("a", { last: 2 });
      expect(page.recovered).toBe(true);
      expect(page.events.map(({ dataJson }) => dataJson)).toEqual(["2", "3"]);
      expect((await backplane.read("a", { last: 99 })).events).toHaveLength(3);
      expect((await backplane.read("never", { last: 1 })).events).toEqual([]);
    });

    it("begins another epoch after a delete", async () => {
      const before = await backplane.publish("a", "1");
      await backplane.delete("a");
      const after = await backplane.publish("a", "2");
      expect(after.seq).toBe(1);
      expect(after.epoch).not.toBe(before.epoch);
      expect(await backplane.read("a", before)).toMatchObject({ recovered: false });
    });

    it("takes any name for a topic, and any JSON for data", async () => {
      for (const topic of ["__proto__", "constructor", "주식:005930", "a b", "{tag}", "*"]) {
        const data = JSON.stringify({ text: `${topic} \u2028 \ud83d\ude00 "quoted" \\` });
        await backplane.publish(topic, data);
        const { events } = await backplane.read(topic, { last: 1 });
        expect(events.map(({ dataJson }) => dataJson)).toEqual([data]);
      }
    });

    it("recovers exactly what was missed, from any place, for any run of publishes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(12), fc.nat(12), async (published, known) => {
          await backplane.delete("p");
          for (let count = 1; count <= published; count += 1)
            await backplane.publish("p", String(count));
          const position = await backplane.position("p");
          const page = await backplane.read("p", { epoch: position.epoch, seq: known });
          const missed = published - known;
          expect(page.recovered).toBe(missed >= 0 && missed <= 5);
          if (page.recovered)
            expect(page.events.map(({ seq }) => seq)).toEqual(range(known + 1, published));
          expect(page.position).toEqual(position);
        }),
        { numRuns: 60 },
      );
    });
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
