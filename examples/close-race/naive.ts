import { once } from "node:events";
import { WebSocket } from "ws";
import { delay, type Plan } from "./delays.ts";
import { encodeUnsubscribe, type RawSocket, subscribeRaw, UNSUBSCRIBE_ID } from "./raw-socket.ts";
import type { Report } from "./stage.ts";

type QueuedEvent =
  | { readonly type: "recv_data" | "disconnect_request" }
  | { readonly type: "unsubscribe_request"; readonly topic: string }
  | { readonly type: "send_request"; readonly frame: string };

/**
 * The pattern that looks ordered and is not: one first-in-first-out queue for requests, frames and market data alike,
 * whose handlers post what they want to send as new events, and one flag that tells every caller "complete".
 */
class NaiveClient {
  readonly #handlerMs: number;
  readonly #queue: QueuedEvent[] = [];
  readonly #waiting: (() => void)[] = [];
  #socket: RawSocket | undefined;
  #isRunning = false;
  #isComplete = false;
  /** Errors that went to the log and nowhere else. */
  errors = 0;

  constructor(handlerMs: number) {
    this.#handlerMs = handlerMs;
  }

  async subscribe(url: string, topic: string): Promise<void> {
    this.#socket = await subscribeRaw(url, topic, () => this.#post({ type: "recv_data" }));
  }

  /** Resolves to what the flag says. */
  async unsubscribe(topic: string): Promise<boolean> {
    this.#post({ type: "unsubscribe_request", topic });
    return this.#complete();
  }

  /** Resolves to what the flag says: the same flag. */
  async disconnect(): Promise<boolean> {
    this.#post({ type: "disconnect_request" });
    return this.#complete();
  }

  async #complete(): Promise<boolean> {
    if (!this.#isComplete) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#isComplete;
  }

  /** Whether the answer was read: the client never asks, since the flag is set already. */
  knows(): boolean {
    return this.#socket?.answered.has(UNSUBSCRIBE_ID) === true;
  }

  #post(event: QueuedEvent): void {
    this.#queue.push(event);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      await this.#handle(event);
    }
    this.#isRunning = false;
  }

  async #handle(event: QueuedEvent): Promise<void> {
    const ws = this.#socket?.ws;
    switch (event.type) {
      case "recv_data":
        await delay(this.#handlerMs);
        return;
      case "unsubscribe_request":
        // The mistake: a disconnect that was posted while this one waited its turn is now ahead of the frame.
        this.#post({ type: "send_request", frame: encodeUnsubscribe(event.topic) });
        return;
      case "send_request":
        if (ws?.readyState === WebSocket.OPEN) ws.send(event.frame);
        else this.errors += 1; // "no WebSocket connection"
        this.#setComplete();
        return;
      case "disconnect_request":
        if (ws === undefined) return;
        ws.close();
        await once(ws, "close");
        this.#setComplete();
    }
  }

  #setComplete(): void {
    this.#isComplete = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Unsubscribes and disconnects through the naive queue. */
export async function unsubscribeNaive(url: string, topic: string, plan: Plan): Promise<Report> {
  const client = new NaiveClient(plan.handlerMs);
  await client.subscribe(url, topic);
  await delay(plan.beforeUnsubscribeMs);
  const unsubscribing = client.unsubscribe(topic);
  await delay(plan.beforeCloseMs);
  await client.disconnect();
  return { reported: await unsubscribing, known: client.knows(), errors: client.errors };
}
