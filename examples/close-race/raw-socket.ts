import { once } from "node:events";
import { WebSocket } from "ws";

/** A bare socket that speaks the server's wire, `orderly.v1`. */
export interface RawSocket {
  /** The socket. */
  readonly ws: WebSocket;
  /** Ids of the requests that the server has answered. */
  readonly answered: ReadonlySet<number>;
}

/** Id of the subscribe request. */
const SUBSCRIBE_ID = 1;
/** Id of the unsubscribe request. */
export const UNSUBSCRIBE_ID = 2;

/** Writes a request about topics. */
function encode(id: number, method: string, topics: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: { topics } });
}

/** Writes the unsubscribe of a topic. */
export function encodeUnsubscribe(topic: string): string {
  return encode(UNSUBSCRIBE_ID, "topic.unsubscribe", [topic]);
}

/** Opens a socket and subscribes to a topic. */
export async function subscribeRaw(
  url: string,
  topic: string,
  onEvent: () => void,
): Promise<RawSocket> {
  const ws = new WebSocket(url, "orderly.v1", { perMessageDeflate: false });
  const answered = new Set<number>();
  const subscribed = new Promise<void>((resolve) => {
    ws.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { id?: number; method?: string };
      if (message.method === "topic.event") onEvent();
      if (message.id === undefined) return;
      answered.add(message.id);
      if (message.id === SUBSCRIBE_ID) resolve();
    });
  });
  await once(ws, "open");
  ws.send(encode(SUBSCRIBE_ID, "topic.subscribe", [{ topic }]));
  await subscribed;
  return { ws, answered };
}
