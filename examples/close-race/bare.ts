import { once } from "node:events";
import { delay, type Plan } from "./delays.ts";
import { encodeUnsubscribe, subscribeRaw, UNSUBSCRIBE_ID } from "./raw-socket.ts";
import type { Report } from "./stage.ts";

/**
 * Sends the unsubscribe and closes at once: the Close frame leaves right behind it.
 *
 * TCP keeps the two in order, so on a healthy link the unsubscribe arrives. The caller cannot tell that link from
 * one that died in between: an answer that comes during the close handshake comes to nobody.
 */
export async function unsubscribeBare(url: string, topic: string, plan: Plan): Promise<Report> {
  let errors = 0;
  const { ws, answered } = await subscribeRaw(url, topic, () => {});
  ws.on("error", () => {
    errors += 1;
  });
  await delay(plan.beforeUnsubscribeMs);
  ws.send(encodeUnsubscribe(topic));
  ws.close();
  // All that the caller has in hand: neither call returns anything, or says that anything arrived.
  const known = answered.has(UNSUBSCRIBE_ID);
  await once(ws, "close");
  return { reported: false, known, errors };
}
