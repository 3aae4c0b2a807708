import { connectAsync } from "mqtt";
import { ended, follow } from "../../support/waiting.ts";
import { serveMqtt } from "../support/mqtt-server.js";
import { tell } from "../support/tell.js";

const PATIENCE_MS = 5_000;

async function attempt(force) {
  const server = await serveMqtt();
  const client = await connectAsync(`mqtt://127.0.0.1:${server.port}`, { clean: true });
  await client.subscribeAsync("quotes");
  server.isMute = true;
  const unsubscribe = follow(client.unsubscribeAsync("quotes"));
  const end = follow(client.endAsync(force));
  const second = force ? undefined : follow(client.endAsync());
  await ended(end, PATIENCE_MS);
  await ended(unsubscribe, force ? 1_000 : 1);
  return { unsubscribe: { ...unsubscribe }, end: { ...end }, second };
}

export async function run() {
  const { unsubscribe, end, second } = await attempt(false);
  const forced = await attempt(true);
  return {
    seen: `after ${PATIENCE_MS / 1000} s: unsubscribe ${tell(unsubscribe)}, end ${tell(end)}; a second end called with the first: ${tell(second)} after ${second.afterMs} ms`,
    otherwise: `end(force = true): end ${tell(forced.end)} after ${forced.end.afterMs} ms, unsubscribe ${tell(forced.unsubscribe)}`,
  };
}
