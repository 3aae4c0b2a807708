import { readFile } from "node:fs/promises";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CLIENT_METHODS, SERVER_METHODS } from "../../src/protocol/json-rpc/messages.ts";
import { createWorld, secret } from "./support/world.ts";

interface Document {
  readonly components: {
    readonly messages: Record<
      string,
      {
        readonly payload: {
          readonly properties?: { readonly method?: { readonly const?: string } };
        };
      }
    >;
  };
}

const file = "asyncapi.yaml";
const document = parse(
  await readFile(new URL(`../../${file}`, import.meta.url), "utf8"),
) as Document;
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(document, file);

function validatorOf(message: string): ValidateFunction {
  return ajv.compile({ $ref: `${file}#/components/messages/${message}/payload` });
}

describe("asyncapi.yaml", () => {
  it("has a message for every method of the wire", () => {
    const described = Object.values(document.components.messages)
      .map(({ payload }) => payload.properties?.method?.const)
      .filter((method) => method !== undefined);
    const defined = [...Object.values(CLIENT_METHODS), ...Object.values(SERVER_METHODS)];
    expect(described.toSorted()).toEqual(defined.toSorted());
  });

  it("describes what the server really says", async () => {
    const { server, connect, clock } = createWorld({
      authenticate: ({ token }) => ({ userId: token }),
      authorize: (_session, topic) => topic !== "secret",
    });
    server.method("echo", (params) => params);
    const client = await connect();
    client.request(1, "session.hello", { session: secret(1) });
    client.request(2, "session.authenticate", { token: "u1" });
    client.request(3, "session.ping");
    client.request(4, "topic.subscribe", { topics: [{ topic: "a" }, { topic: "secret" }] });
    await clock.advance(5);
    server.topic("a").publish({ price: "1" });
    client.request(5, "topic.unsubscribe", { topics: ["a", "b"] });
    client.request(6, "echo", { a: 1 });
    client.request(7, "no.such");
    client.json([{ jsonrpc: "2.0", id: 8, method: "echo" }]);
    await clock.advance(5);
    client.request(9, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(5);
    server.sessions[0]?.revoke("a");
    server.notifyUser("u1", "alert", { text: "hello" });
    void server.close();
    client.request(10, "topic.history", { topic: "a", since: { last: 1 } });
    client.json({ jsonrpc: "2.0", id: 11, method: "echo", idempotency: { key: "k", attempt: 2 } });
    client.request(12, "session.bye", { lastSeq: { a: 1 } });
    await clock.advance(5);
    const expected = [
      "helloAnswer",
      "authenticateAnswer",
      "pingAnswer",
      "subscribeAnswer",
      "event",
      "unsubscribeAnswer",
      "methodAnswer",
      "errorAnswer",
      "batchAnswer",
      "subscribeAnswer",
      "topicClosed",
      "serverNotification",
      "goaway",
      "historyAnswer",
      "errorAnswer",
      "byeAnswer",
    ];
    expect(client.heard).toHaveLength(expected.length);
    for (const [index, message] of expected.entries()) {
      const validate = validatorOf(message);
      validate(client.heard[index]);
      expect(validate.errors, message).toBeNull();
    }
  });
});
