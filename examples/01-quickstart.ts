// Shows one session from connect to receipt, client and server in one file. Run: npx tsx examples/01-quickstart.ts
import { Session } from "orderly-ws";
import { SessionServer } from "orderly-ws/server";

/** What both sides agree on: the types of every topic and method. */
interface MarketApi {
  topics: { "quotes:${string}": { price: string } };
  methods: { "order.place"(order: { symbol: string; quantity: number }): { orderId: number } };
}

const server = new SessionServer<MarketApi>({ authorize: "public" });
server.method("order.place", ({ symbol, quantity }) => {
  console.log(`server: order for ${quantity} ${symbol}`);
  return { orderId: 1 };
});
const { port } = await server.listen(0, "127.0.0.1");

const session = new Session<MarketApi>({ url: `ws://127.0.0.1:${port}` });
session.on("state", ({ from, to }) => console.log(`client: ${from} -> ${to}`));
await session.connect();

const quotes = session.subscribe("quotes:AAPL");
quotes.on("event", ({ seq, data }) => console.log(`client: AAPL #${seq} at ${data.price}`));
await quotes.token; // the server has said yes: everything published from here on arrives

server.topic("quotes:AAPL").publish({ price: "187.20" });
server.topic("quotes:AAPL").publish({ price: "187.21" });

// Nobody waits for this order before closing; close() does, so it is neither lost nor in doubt.
const order = session.request("order.place", { symbol: "AAPL", quantity: 10 });
const receipt = await session.close();

console.log(`client: order ${order.outcome} by ${order.proof}: id ${(await order).orderId}`);
console.log(`client: clean ${receipt.clean}, unsubscribed ${receipt.unsubscribed.join()}`);
console.log(`client: last seq ${JSON.stringify(receipt.lastSeq)}, close code ${receipt.closeCode}`);

const { clean } = await server.close();
console.log(`server: closed, clean ${clean}`);
