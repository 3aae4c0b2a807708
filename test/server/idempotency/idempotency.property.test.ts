import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/server/methods/refusal.ts";
import { SessionServer } from "../../../src/server/session-server.ts";
import { MemoryNetwork } from "../../../src/testing/memory-network.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { MemoryClient } from "../support/memory-client.ts";
import { secret } from "../support/world.ts";

const WINDOW_MS = 60_000;

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ type: "order" as const }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("end" as const), how: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("cut" as const), frames: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("pause" as const), ms: fc.nat(80_000) }) },
  { weight: 1, arbitrary: fc.constant({ type: "restart" as const }) },
);

/** An order that the client has not heard the end of. */
interface Order {
  readonly id: number;
  readonly writtenMs: number;
  readonly epoch: string;
  attempts: number;
}

/** A client that sends each order again on every connection until it is answered, as the wire wants it. */
class Desk {
  readonly clock = new VirtualClock();
  readonly #network = new MemoryNetwork({ clock: this.clock });
  /** How often each order was placed, over the lives of all servers. */
  readonly placed = new Map<number, number>();
  readonly answers = new Map<number, string>();
  readonly #orders = new Map<number, Order>();
  readonly #ends: ((how: number) => void)[] = [];
  #client: MemoryClient | null = null;
  #epoch = "";
  #lives = 0;
  #lastId = 0;

  /** Starts a server that knows nothing of the one before. */
  start(): void {
    this.#lives += 1;
    const server = new SessionServer({
      clock: this.clock,
      random: { fraction: () => 0.5, secret: () => secret(this.#lives).slice(-16) },
      limits: { dedupWindowMs: WINDOW_MS, methodTimeoutMs: 30_000 },
    });
    server.method("place", (id) => {
      this.placed.set(id as number, (this.placed.get(id as number) ?? 0) + 1);
      return new Promise((resolve, reject) => {
        this.#ends.push((how) => {
          if (how === 0) reject(new Refusal("CLOSED", "the market is closed"));
          else if (how === 1) reject(new Error("half way"));
          else resolve(`order ${id}`);
        });
      });
    });
    this.#network.listen((connection, info) => server.accept(connection, info));
  }

  end(how: number): void {
    this.#ends.shift()?.(how);
  }

  async cut(frames: number): Promise<void> {
    this.#network.link()?.cutAfter("toClient", frames);
    if (frames === 0) await this.settle();
  }

  restart(): void {
    this.#network.link()?.cut();
    this.start();
  }

  async order(): Promise<void> {
    await this.settle();
    if (this.#client === null) return;
    this.#lastId += 1;
    const id = this.#lastId;
    this.#orders.set(id, { id, writtenMs: this.clock.now(), epoch: this.#epoch, attempts: 0 });
    this.#send(id);
  }

  /** Takes answers, and comes back where the link was lost. */
  async settle(): Promise<void> {
    this.#take();
    if (this.#client !== null && this.#client.closed === null) return;
    const client = await MemoryClient.connect(this.#network, this.clock);
    this.#client = client;
    const hello = await client.ask("hello", "session.hello", { session: secret(7) });
    if (hello === undefined) return;
    this.#epoch = (hello.result as { dedupEpoch: string }).dedupEpoch;
    for (const id of this.#orders.keys()) this.#send(id);
  }

  #send(id: number): void {
    const order = this.#orders.get(id);
    if (order === undefined) return;
    order.attempts += 1;
    const { attempts: attempt, epoch } = order;
    const ageMs = this.clock.now() - order.writtenMs;
    const idempotency = { key: `order ${id}`, attempt, ...(attempt > 1 && { epoch, ageMs }) };
    this.#client?.json({ jsonrpc: "2.0", id, method: "place", params: [id], idempotency });
  }

  #take(): void {
    for (const { id, result, error } of this.#client?.singles ?? []) {
      if (typeof id !== "number" || !this.#orders.delete(id)) continue;
      this.answers.set(id, error === undefined ? String(result) : error.data.code);
    }
  }
}

describe("orders with idempotency keys, over cut links and restarts", () => {
  it("are never placed twice, and every answer but UNKNOWN tells what became of the one run", async () => {
    let unknown = 0;
    let placed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 60 }), async (steps) => {
        const desk = new Desk();
        desk.start();
        let isCertain = true;
        for (const one of steps) {
          if (one.type === "order") await desk.order();
          else if (one.type === "end") desk.end(one.how);
          else if (one.type === "cut") await desk.cut(one.frames);
          else if (one.type === "restart") desk.restart();
          else await desk.clock.advance(one.ms);
          if (one.type === "restart" || one.type === "pause") isCertain = false;
          await desk.settle();
        }
        for (let round = 0; round < 60; round += 1) {
          desk.end(2);
          await desk.clock.advance(10);
          await desk.settle();
        }
        for (const [id, runs] of desk.placed) expect(runs, `order ${id}`).toBe(1);
        for (const [id, answer] of desk.answers) {
          if (answer === "IDEMPOTENCY_UNKNOWN") unknown += 1;
          else if (answer.startsWith("order")) expect(answer).toBe(`order ${id}`);
          if (answer !== "IDEMPOTENCY_UNKNOWN") expect(desk.placed.get(id), answer).toBe(1);
          // Without a restart or a long pause nothing is in doubt.
          if (isCertain) expect(answer).not.toBe("IDEMPOTENCY_UNKNOWN");
        }
        placed += desk.placed.size;
      }),
      { numRuns: 200, seed: 20_231_122 },
    );
    // What never happened would prove nothing.
    expect(placed).toBeGreaterThan(500);
    expect(unknown).toBeGreaterThan(5);
  });
});
