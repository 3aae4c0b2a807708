import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ExampleProcess } from "./support/example-process.ts";

const MAIN = "examples/desk/main.ts";

describe("npm start", { timeout: 30_000 }, () => {
  it("says that its port is taken, and exits 1", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as AddressInfo;
    await using example = new ExampleProcess(MAIN, { PORT: String(port) });
    expect(await example.exitCode()).toBe(1);
    expect(example.lines).toEqual([
      `desk: port ${port} is taken; choose another with PORT=8081, or PORT=0 for any that is free`,
    ]);
    occupant.close();
  });

  it("refuses a PORT that is no port, and exits 1", async () => {
    await using example = new ExampleProcess(MAIN, { PORT: "http" });
    expect(await example.exitCode()).toBe(1);
    expect(example.lines).toEqual(['desk: PORT must be an integer from 0 to 65535, got "http"']);
  });
});

describe("the desk's HTTP server", { timeout: 30_000 }, () => {
  let server: ExampleProcess;
  let url: string;
  beforeAll(async () => {
    server = new ExampleProcess(MAIN, { PORT: "0" });
    url = (await server.line(/open (http:\S+)\//))[1] ?? "";
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("serves the page under a policy that lets it load its own files alone", async () => {
    const response = await fetch(`${url}/`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toMatch(/default-src 'self'/);
    expect(await response.text()).toContain("<title>Desk");
  });

  it.each(["/../main.ts", "/%2e%2e/main.ts", "/orderly-ws/../../package.json", "/no"])(
    "has nothing at %s",
    async (path) => {
      // Not by fetch, which would tidy the path up.
      const { hostname, port } = new URL(url);
      const sent = request({ hostname, port, path }).end();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe(404);
    },
  );

  it("keeps a guest's name with a token of its own, and with no other", async () => {
    const issue = async (previous: string) =>
      (await fetch(`${url}/tokens`, { method: "POST", body: previous })).text();
    const token = await issue("");
    const [name, expiry, signature] = token.split(".") as [string, string, string];
    expect((await issue(token)).split(".")[0]).toBe(name);
    const forged = `guest-0000.${expiry}.${signature}`;
    expect((await issue(forged)).split(".")[0]).not.toBe("guest-0000");
    const tooLong = await fetch(`${url}/tokens`, { method: "POST", body: "x".repeat(2_000) });
    expect(tooLong.status).toBe(413);
  });

  it("shows its figures at /metrics", async () => {
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^# (HELP|TYPE) orderly/m);
  });

  it("lets nobody in with a token that it has not issued", async () => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/session`, "orderly.v1");
    await once(socket, "open");
    socket.send(
      JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "session.authenticate",
        params: { token: `guest-0000.9999999999999.${"0".repeat(64)}` },
      }),
    );
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(4401);
  });
});
