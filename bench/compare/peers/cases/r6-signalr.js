import { ended, follow } from "../../support/waiting.ts";
import { connect } from "../support/signalr-client.js";
import { serveSignalr, TYPE } from "../support/signalr-server.js";
import { tell } from "../support/tell.js";

async function attempt(isAwaited) {
  const server = await serveSignalr();
  const connection = await connect(server.port);
  const order = follow(connection.invoke("order", 1));
  if (isAwaited) await ended(order);
  const stop = follow(connection.stop());
  await ended(order);
  await ended(stop);
  const isPlaced = await server.got(({ type }) => type === TYPE.invocation);
  return { order, stop, isPlaced };
}

export async function run() {
  const { order, stop, isPlaced } = await attempt(false);
  const awaited = await attempt(true);
  return {
    seen: `invoke: ${tell(order)}; the server ${isPlaced ? "got the call, and answered it" : "did not get the call"}; stop: ${tell(stop)}`,
    otherwise: `await invoke before stop: ${tell(awaited.order)}`,
  };
}
