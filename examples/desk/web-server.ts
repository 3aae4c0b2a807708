import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Guests } from "./guests.ts";
import type { StaticFile } from "./static-files.ts";

/** What the page's HTTP server hands out. */
export interface WebContent {
  /** Files by URL path. */
  readonly files: ReadonlyMap<string, StaticFile>;
  /** Issues tokens at `POST /tokens`; the body is the token of before, or empty. */
  readonly guests: Guests;
  /** The server's figures, at `GET /metrics`. */
  readonly metrics: () => string;
}

const MAX_TOKEN_BYTES = 1_024;

/** The one script that is inline, since browsers read an import map from nowhere else. */
const IMPORT_MAP = /<script type="importmap">([\s\S]*?)<\/script>/;

/** Makes the HTTP server of the page; WebSockets are for others to attach to it. */
export function createWebServer(content: WebContent): Server {
  const headers = securityHeaders(content.files.get("/")?.body.toString("utf8") ?? "");
  return createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(content, request, response).catch(() => response.destroy());
  });
}

/** Lets the page load what is ours and nothing else. */
function securityHeaders(page: string): Readonly<Record<string, string>> {
  const importMap = IMPORT_MAP.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(importMap).digest("base64");
  return {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": [
      "default-src 'self'",
      `script-src 'self' 'sha256-${hash}'`,
      "connect-src 'self' ws: wss:",
      "frame-ancestors 'none'",
    ].join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}

async function answer(
  { files, guests, metrics }: WebContent,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path === "/tokens") {
    if (request.method !== "POST")
      return send(response, 405, "POST the token of before, or nothing");
    const previous = await readText(request);
    if (previous === null) return send(response, 413, "too long for a token");
    return send(response, 200, guests.issue(previous));
  }
  if (request.method !== "GET" && request.method !== "HEAD")
    return send(response, 405, "GET or HEAD");
  if (path === "/metrics") return send(response, 200, metrics());
  const file = files.get(path);
  if (file === undefined) return send(response, 404, "not here");
  return send(response, 200, file.body, file.type);
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

/** Reads a short body; null where it is longer. */
async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_TOKEN_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
