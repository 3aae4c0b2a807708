import Pusher from "pusher-js";
import { optionsFor, servePusher } from "../support/pusher-server.js";

/** Milliseconds for what may still follow once the new connection subscribes. */
const SETTLE_MS = 500;

async function attempt(isAcked) {
  const server = await servePusher();
  const pusher = new Pusher("key", optionsFor(server.port));
  await new Promise((resolve) => pusher.connection.bind("connected", resolve));
  server.acksSubscribes = isAcked;
  const channel = pusher.subscribe("quotes");
  const isSubscribe = ({ event, data }) =>
    event === "pusher:subscribe" && data.channel === "quotes";
  if (!(await server.got(isSubscribe))) throw new Error("no subscribe came");
  if (isAcked)
    await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
  pusher.unsubscribe("quotes");
  server.acksSubscribes = true;
  // A second channel tells when the new connection has got as far as subscribing.
  pusher.subscribe("other");
  server.cut();
  const isOther = ({ event, data }, connection) =>
    connection === 2 && event === "pusher:subscribe" && data.channel === "other";
  if (!(await server.got(isOther, { limitMs: 8_000 }))) throw new Error("it did not reconnect");
  const onSecond = (predicate) => (message, connection) => connection === 2 && predicate(message);
  const isBack = await server.got(onSecond(isSubscribe), { limitMs: SETTLE_MS });
  const isUndone =
    isBack &&
    (await server.got(
      onSecond(({ event }) => event === "pusher:unsubscribe"),
      { limitMs: SETTLE_MS },
    ));
  return { isBack, isUndone };
}

export async function run() {
  const { isBack, isUndone } = await attempt(false);
  const acked = await attempt(true);
  const stays = isUndone ? "unsubscribed after the answer" : "stayed subscribed";
  return {
    seen: `the new connection ${isBack ? `subscribed again to what was unsubscribed, and ${stays}` : "did not subscribe again"}`,
    otherwise: `wait for the answer before the unsubscribe: ${acked.isBack ? "comes back too" : "does not come back"}`,
  };
}
