import type { AllowedOrigins } from "./connections/upgrade-request.ts";

/** What of a server's options would mean something else, and not fail, if it was of another kind. */
interface CheckedOptions {
  readonly authenticate?: unknown;
  readonly authorize?: unknown;
  readonly allowedOrigins?: AllowedOrigins;
  readonly cookieName?: unknown;
  readonly latency?: unknown;
  readonly perMessageDeflate?: unknown;
}

/**
 * Checks options that must not be something else by mistake: a single origin's text, say, would be searched for the
 * client's instead of compared with it, and any text for `latency` would measure everything.
 *
 * @throws TypeError when one is of another kind than its type says.
 */
export function checkKinds(options: CheckedOptions): void {
  checkAccess(options);
  const { cookieName, latency = false, perMessageDeflate = false } = options;
  if (cookieName !== undefined && (typeof cookieName !== "string" || cookieName === ""))
    throw new TypeError(`cookieName must be a text that is not empty, got ${show(cookieName)}`);
  if (typeof latency !== "boolean" && (typeof latency !== "object" || latency === null))
    throw new TypeError(`latency must be a boolean or an object, got ${show(latency)}`);
  if (typeof perMessageDeflate !== "boolean")
    throw new TypeError(`perMessageDeflate must be a boolean, got ${show(perMessageDeflate)}`);
}

function checkAccess(options: CheckedOptions): void {
  const { authenticate, authorize, allowedOrigins = "same-host" } = options;
  if (authenticate !== undefined && typeof authenticate !== "function")
    throw new TypeError(`authenticate must be a function, got ${typeof authenticate}`);
  if (authorize !== undefined && authorize !== "public" && typeof authorize !== "function")
    throw new TypeError(`authorize must be a function or "public", got ${show(authorize)}`);
  const isNamed = allowedOrigins === "same-host" || allowedOrigins === "any";
  if (!isNamed && !Array.isArray(allowedOrigins) && typeof allowedOrigins !== "function")
    throw new TypeError(
      `allowedOrigins must be "same-host", "any", a list or a function, got ${show(allowedOrigins)}`,
    );
}

/**
 * Checks a method's handler.
 *
 * @throws TypeError unless it is a function.
 */
export function checkHandler(name: string, handler: unknown): void {
  if (typeof handler !== "function")
    throw new TypeError(`the handler of ${name} must be a function, got ${typeof handler}`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
