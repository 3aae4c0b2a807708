import { afterEach, expect, it } from "vitest";
import { atLeastOnce, createWsTransport, Session } from "../../../src/index.ts";
import { closeServers, serve } from "../../server/support/serve.ts";

afterEach(closeServers);

it("an event above the session's own maxMessageBytes ends it with 1009, once: it would come again for ever", async () => {
  const { server, url } = await serve();
  const options = { url, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } };
  const transport = createWsTransport({ maxMessageBytes: 10_000 });
  const session = new Session(options, { transport });
  await session.connect();
  const subscription = session.subscribe("a", { position: atLeastOnce() });
  subscription.on("event", () => {});
  await subscription.token;
  const ended = session.waitFor("error");
  const failure = new Promise<unknown>((resolve) => session.on("error", resolve));
  server.topic("a").publish("small");
  server.topic("a").publish("x".repeat(20_000));
  await ended;
  expect(await failure).toMatchObject({ code: "CONNECTION_LOST", closeCode: 1009 });
  expect(session.stats().connections).toBe(1);
  // From there another session, which takes larger ones, goes on.
  const since = subscription.position("a") ?? { last: 0 };
  expect(since).toMatchObject({ seq: 1 });
  await session.close();
  await using larger = new Session({ url });
  await larger.connect();
  for await (const { seq, data } of larger.subscribe("a", { since })) {
    expect([seq, data]).toEqual([2, "x".repeat(20_000)]);
    break;
  }
});
