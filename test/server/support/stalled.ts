import type { DeliveryPolicy } from "../../../src/protocol/json-rpc/messages.ts";
import type { ServerSession } from "../../../src/server/server-session.ts";
import type { SessionServerOptions } from "../../../src/server/session-server.ts";
import type { MemoryClient } from "./memory-client.ts";
import { createWorld, type World } from "./world.ts";

/** Two of these fit below the high watermark, and a third does not. */
export const DATA = "x".repeat(100);
const WATERMARKS = { highWatermarkBytes: 500, lowWatermarkBytes: 100 };

export interface EventParams {
  readonly seq: number;
  readonly conflated?: number;
}

/** The events that a client heard: their numbers, and for how many each stands. */
export function eventsOf(
  client: MemoryClient,
): (readonly [seq: number, conflated: number | undefined])[] {
  return client.heardOf("topic.event").map((event) => {
    const { seq, conflated } = event as EventParams;
    return [seq, conflated] as const;
  });
}

/** A client that subscribed under a policy, and then stopped to read. */
export async function stalled(delivery: DeliveryPolicy, options: SessionServerOptions = {}) {
  const world: World = createWorld({
    ...options,
    limits: { ...WATERMARKS, ...options.limits },
  });
  const client = await world.connect();
  await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
  const link = world.network.link();
  link?.hold("toClient");
  const topic = world.server.topic("a");
  return {
    ...world,
    client,
    topic,
    session: world.server.sessions[0] as ServerSession,
    publish: (count: number, data: (index: number) => unknown = () => DATA) => {
      for (let index = 0; index < count; index += 1) topic.publish(data(index));
    },
    hold: () => link?.hold("toClient"),
    release: async () => {
      link?.release("toClient");
      await world.clock.advance(5);
    },
  };
}
