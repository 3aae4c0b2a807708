import type { Credentials } from "./server-connection.ts";

/** Is who a session acts for. */
export interface Principal<Claims = unknown> {
  /** Names the user; all sessions with the same id are this user's devices. Not empty. */
  readonly userId: string;
  /** When the credentials expire, in milliseconds since 1970 UTC; absent for never. */
  readonly expiresAt?: number;
  /** Whatever `authorize` and the methods want to know about the user. Stays on the server. */
  readonly claims?: Claims;
}

/** Tells `authenticate` where credentials come from. */
export interface AuthenticateContext {
  /** The session's id. */
  readonly sessionId: number;
  /** The client's address. */
  readonly address: string;
  /** The upgrade request's path and query. */
  readonly url: string;
  /** The `Origin` header, or null without one. */
  readonly origin: string | null;
  /** Who the session acts for until now: null at first, a principal at a refresh. */
  readonly principal: Principal | null;
}

/**
 * Finds out who presents credentials.
 *
 * @returns The principal; null (or a throw) refuses. A refusal at the start closes the connection
 *   with 4401; at a refresh the old credentials stay until they expire.
 */
export type Authenticate = (
  credentials: Credentials,
  context: AuthenticateContext,
) => Principal | null | Promise<Principal | null>;

/** Tells whether a value that `authenticate` returned is a principal. */
export function isPrincipal(value: unknown): value is Principal {
  if (typeof value !== "object" || value === null) return false;
  const { userId, expiresAt } = value as Partial<Principal>;
  return (
    typeof userId === "string" &&
    userId !== "" &&
    (expiresAt === undefined || (typeof expiresAt === "number" && !Number.isNaN(expiresAt)))
  );
}
