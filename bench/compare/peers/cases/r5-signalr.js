import { connect } from "../support/signalr-client.js";
import { serveSignalr, TYPE } from "../support/signalr-server.js";
import { turns } from "../support/turns.js";

async function attempt(turnsBetween) {
  const server = await serveSignalr();
  const connection = await connect(server.port);
  let subscription;
  await new Promise((next) => {
    subscription = connection
      .stream("quotes")
      .subscribe({ next, error: () => {}, complete: () => {} });
  });
  subscription.dispose();
  if (turnsBetween > 0) await turns(turnsBetween);
  await connection.stop();
  if (!(await server.sawClose())) throw new Error("the connection did not end");
  return server.messages().some(({ type }) => type === TYPE.cancel);
}

export async function run() {
  const isSent = await attempt(0);
  const isSentLater = await attempt(10);
  return {
    seen: `the server saw the connection end; the cancel of the stream ${isSent ? "came first" : "was never sent"}. Nothing to await: dispose returns nothing`,
    otherwise: `stop ten timer turns later: the cancel ${isSentLater ? "comes" : "does not come either"}`,
  };
}
