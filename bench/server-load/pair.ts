import { type BenchChild, startChild } from "../support/child.ts";
import type {
  ClientOrder,
  Cpu,
  Held,
  Measured,
  PeerName,
  Published,
  Received,
  Schedule,
  ScheduleResult,
  ServerOrder,
} from "./messages.ts";

/** What one fan-out took. */
export interface FanOut {
  /** CPU of the server's process for each delivery. */
  readonly serverCpuUs: number;
  readonly deliveriesPerSecond: number;
  /** CPU of the clients' process for each delivery. */
  readonly clientCpuUs: number;
}

/** What a schedule came to, on both sides. */
export interface ScheduleRun {
  readonly server: ScheduleResult;
  readonly client: Measured;
  /** Shares of one core that the processes used. */
  readonly serverLoad: number;
  readonly clientLoad: number;
}

/** Milliseconds for what is under way at the end of a schedule to arrive. */
const LAST_ARRIVAL_MS = 1_500;

/** Is a server and its clients, in a process each. */
export class LoadPair {
  readonly name: PeerName;
  readonly #server: BenchChild;
  readonly #client: BenchChild;
  #clientCpuUs = 0;

  private constructor(name: PeerName, server: BenchChild, client: BenchChild) {
    this.name = name;
    this.#server = server;
    this.#client = client;
  }

  /** Starts both, without a connection between them. */
  static async start(
    name: PeerName,
    options: { readonly heartbeats?: boolean } = {},
  ): Promise<LoadPair> {
    const heartbeats = options.heartbeats ? ["heartbeats"] : [];
    const server = startChild("server-load/server.ts", [name, ...heartbeats]);
    const { port } = await server.next<{ port: number }>();
    return new LoadPair(name, server, startChild("server-load/client.ts", [name, String(port)]));
  }

  /** Starts both, and connects. */
  static async connected(
    name: PeerName,
    sockets: number,
    topics: number,
    options: { readonly heartbeats?: boolean } = {},
  ): Promise<LoadPair> {
    const pair = await LoadPair.start(name, options);
    await pair.connect(sockets, topics);
    return pair;
  }

  /** Opens sockets, spread over the topics. */
  async connect(sockets: number, topics: number, bulkReader = false): Promise<void> {
    await this.#tellClient({ type: "connect", sockets, topics, bulkReader });
  }

  /** Publishes events in one turn to so many subscribers of the topic, and waits until they have arrived. */
  async fanOut(topic: string, subscribers: number, events: number): Promise<FanOut> {
    const deliveries = subscribers * events;
    const arrival = this.#tellClient<Received>({ type: "expect", events: deliveries });
    const before = await this.#tellServer<Published>({ type: "publish", topic, events });
    const { lastAtUs, cpuUs } = await arrival;
    const after = await this.#tellServer<Cpu>({ type: "cpu" });
    const clientCpuUs = (cpuUs - this.#clientCpuUs) / deliveries;
    this.#clientCpuUs = cpuUs;
    return {
      serverCpuUs: (after.cpuUs - before.cpuUs) / deliveries,
      deliveriesPerSecond: deliveries / ((lastAtUs - before.startedAtUs) / 1e6),
      clientCpuUs,
    };
  }

  /** What the server holds. */
  async held(): Promise<Held> {
    return await this.#tellServer<Held>({ type: "hold" });
  }

  /** Publishes on a schedule, and measures how long each event takes to each socket. */
  async schedule(schedule: Schedule): Promise<ScheduleRun> {
    const { cpuUs: clientBeforeUs } = await this.#tellClient<Measured>({
      type: "measured",
      events: 0,
      timeoutMs: 0,
    });
    await this.#tellClient({ type: "measure" });
    const server = await this.#tellServer<ScheduleResult>({ type: "schedule", ...schedule });
    const client = await this.#tellClient<Measured>({
      type: "measured",
      events: server.deliveries,
      timeoutMs: LAST_ARRIVAL_MS,
    });
    this.#clientCpuUs = client.cpuUs;
    const elapsedUs = schedule.durationMs * 1_000;
    return {
      server,
      client,
      serverLoad: server.cpuUs / elapsedUs,
      clientLoad: (client.cpuUs - clientBeforeUs) / elapsedUs,
    };
  }

  /** Stops to read the bulk reader's socket. */
  async stall(): Promise<void> {
    await this.#tellClient({ type: "stall" });
  }

  /** Destroys the bulk reader's socket. */
  async dropBulkReader(): Promise<void> {
    await this.#tellClient({ type: "drop" });
  }

  stop(): void {
    this.#client.stop();
    this.#server.stop();
  }

  async #tellServer<Answer>(order: ServerOrder): Promise<Answer> {
    this.#server.send(order);
    return await this.#server.next<Answer>();
  }

  async #tellClient<Answer>(order: ClientOrder): Promise<Answer> {
    this.#client.send(order);
    return await this.#client.next<Answer>();
  }
}
