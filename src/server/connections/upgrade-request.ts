import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { ConnectionInfo, Credentials } from "./server-connection.ts";

/**
 * Which origins may connect from a browser: `"same-host"`, `"any"`, a list of origins
 * (`https://app.example`), or a function that decides.
 */
export type AllowedOrigins =
  | "same-host"
  | "any"
  | readonly string[]
  | ((origin: string, request: IncomingMessage) => boolean);

/** How an upgrade request is read. */
export interface UpgradeOptions {
  readonly allowedOrigins: AllowedOrigins;
  /** How many proxies in front of the server add to `X-Forwarded-For`. */
  readonly trustProxy: number;
  /** The cookie that authenticates, or null. */
  readonly cookieName: string | null;
}

/** Reads what the core wants to know of an upgrade request. */
export function readUpgrade(request: IncomingMessage, options: UpgradeOptions): ConnectionInfo {
  return {
    address: clientAddress(request, options.trustProxy),
    url: request.url ?? "/",
    origin: request.headers.origin ?? null,
    credentials: readCredentials(request, options.cookieName),
  };
}

/** Tells whether a connection from this origin may be made. */
export function isOriginAllowed(
  request: IncomingMessage,
  info: ConnectionInfo,
  allowed: AllowedOrigins,
): boolean {
  const { origin } = info;
  if (origin === null) {
    // No browser leaves it out. But where the cookie authenticates, only a browser is believed.
    return info.credentials?.source !== "cookie";
  }
  if (allowed === "any") return true;
  if (typeof allowed === "function") return allowed(origin, request) === true;
  if (allowed !== "same-host") return allowed.includes(origin);
  const host = URL.canParse(origin) ? new URL(origin).host : "";
  return host !== "" && host === request.headers.host?.toLowerCase();
}

function clientAddress(request: IncomingMessage, trustProxy: number): string {
  const own = request.socket.remoteAddress ?? "";
  if (trustProxy === 0) return own;
  const header = request.headers["x-forwarded-for"];
  const hops = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",");
  // Each proxy adds at the end whom it heard; what stands further left the client may have made up.
  const address = hops[hops.length - trustProxy]?.trim() ?? "";
  return isIP(address) === 0 ? own : address;
}

function readCredentials(request: IncomingMessage, cookieName: string | null): Credentials | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return { token: bearer, source: "header" };
  if (cookieName === null) return null;
  const token = readCookie(request.headers.cookie ?? "", cookieName);
  return token === null ? null : { token, source: "cookie" };
}

function readCookie(header: string, name: string): string | null {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    const bare = /^".*"$/.test(value) ? value.slice(1, -1) : value;
    if (bare === "") return null;
    try {
      return decodeURIComponent(bare);
    } catch {
      return bare;
    }
  }
  return null;
}
