/** A page over the core client: `core-page.test.ts` serves it, and reads what it saw. */
import { authentication, Session } from "/core.js";

const session = new Session({
  url: `ws://${location.host}/`,
  authentication: authentication(async () => "good"),
  reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
});

const states = [];
session.on("state", ({ to }) => states.push(to));

async function watch() {
  await session.connect();
  const seqs = [];
  let gaps = 0;
  const quotes = session.subscribe("quotes:AAPL");
  quotes.on("gap", () => {
    gaps += 1;
  });
  const six = new Promise((resolve) => {
    quotes.on("event", ({ seq }) => {
      seqs.push(seq);
      if (seq === 6) resolve();
    });
  });
  await quotes.token;
  document.title = "subscribed";
  await six;
  const sum = await session.request("add", [2, 3]);
  const leaving = quotes.unsubscribe();
  const { lastSeq } = await leaving;
  const receipt = await session.close();
  return {
    seqs,
    gaps,
    states,
    sum,
    unsubscribed: [leaving.proof, lastSeq["quotes:AAPL"]],
    receipt,
  };
}

window.seen = watch();
