import { connect } from "@nats-io/transport-node";
import { ended, follow, gate } from "../../support/waiting.ts";
import { serveNats } from "../support/nats-server.js";

const MESSAGES = 9;
/** Milliseconds after which the work that the handlers await is done, whatever drain does. */
const WORK_MS = 1_000;

async function attempt(subscribe) {
  const server = await serveNats();
  const connection = await connect({ servers: `127.0.0.1:${server.port}` });
  const counts = { handled: 0 };
  const work = gate();
  const handle = async () => {
    await work.opened;
    counts.handled += 1;
  };
  const done = subscribe(connection, handle);
  await connection.flush();
  for (let index = 1; index <= MESSAGES; index += 1) server.publish("quotes", String(index));
  // The answer to this flush comes behind the messages: they are in the client when it resolves.
  await connection.flush();
  const drain = follow(connection.drain());
  await ended(drain, WORK_MS);
  if (drain.state === "pending") {
    work.open();
    await ended(drain);
  }
  const handledThen = counts.handled;
  work.open();
  await done;
  return { drain, handledThen, handledAtLast: counts.handled };
}

const iterator = async (connection, handle) => {
  for await (const _message of connection.subscribe("quotes")) await handle();
};

const callback = async (connection, handle) => {
  const running = [];
  connection.subscribe("quotes", { callback: () => running.push(handle()) });
  await connection.closed();
  await Promise.all(running);
};

export async function run() {
  const { drain, handledThen, handledAtLast } = await attempt(iterator);
  const called = await attempt(callback);
  return {
    seen: `drain ${drain.state} with ${handledThen} of ${MESSAGES} messages handled (iterator whose body awaits); with a callback that awaits: ${called.handledThen}`,
    otherwise: `await the end of the iterator's own loop too: ${handledAtLast} of ${MESSAGES}`,
  };
}
