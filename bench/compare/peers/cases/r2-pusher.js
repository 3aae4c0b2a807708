import Pusher from "pusher-js";
import { optionsFor, servePusher } from "../support/pusher-server.js";
import { turns } from "../support/turns.js";

async function attempt(turnsBetween) {
  const server = await servePusher();
  const pusher = new Pusher("key", optionsFor(server.port));
  const channel = pusher.subscribe("quotes");
  await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
  pusher.unsubscribe("quotes");
  if (turnsBetween > 0) await turns(turnsBetween);
  pusher.disconnect();
  if (!(await server.sawClose())) throw new Error("the connection did not end");
  return server.messages().some(({ event }) => event === "pusher:unsubscribe");
}

export async function run() {
  const isSent = await attempt(0);
  const isSentLater = await attempt(10);
  return {
    seen: `the server saw the connection end; the unsubscribe frame ${isSent ? "came first" : "never came"}. Nothing to await: unsubscribe returns nothing`,
    otherwise: `disconnect ten timer turns later: the frame ${isSentLater ? "comes" : "does not come either"}`,
  };
}
