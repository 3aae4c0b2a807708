import { type AuthenticateResult, CLIENT_METHODS } from "../protocol/json-rpc/messages.ts";
import { readAuthenticated } from "../protocol/json-rpc/read-results.ts";
import type { CredentialsSource } from "../session/session-options.ts";
import { SessionError } from "../session/tokens/errors.ts";
import { type Core, guard, post, report, step } from "./core.ts";
import { fail, ready } from "./link.ts";
import { dropHeld, write } from "./operations.ts";
import { LARGEST_TIMER_MS } from "./settings.ts";
import { changed } from "./topics.ts";

/** Presents credentials on each connection of one session. */
export interface Authentication {
  /** Whether the first credentials of this connection are unanswered: what was accepted waits. */
  readonly isHolding: boolean;
  /** Whether the peer has accepted credentials on this connection. */
  readonly isDone: boolean;
  /** A connection is open. */
  begin(): void;
  /** The connection drains: nothing more is presented, but for the first credentials. */
  rest(): void;
  /** The connection is gone. */
  linkLost(): void;
}

/** Presents a session's credentials; made by {@link authentication}, and nobody else's to call. */
export type AuthenticationSource = (session: object) => object;

/** A fresh token is asked for this long before the old one expires, or at two thirds of its life. */
const REFRESH_AHEAD_MS = 30_000;
/** A refresh that failed is tried again after half of what is left of the credentials' life, but not sooner than this. */
const MIN_RETRY_MS = 1_000;

/**
 * Presents credentials on every connection of a core session, before anything else, and fresh ones ahead of their
 * expiry.
 *
 * Credentials that the server refuses bring the session to `error` with `AUTHENTICATION_REFUSED`. A callback that throws,
 * or an answer that does not come, says nothing about the credentials: the connection is dropped and tried anew.
 *
 * @param credentials - The token, or a callback that returns a fresh one; a callback is also asked ahead of expiry.
 *
 * @example
 * ```ts
 * const session = new Session({ url, authentication: authentication(() => fetchToken()) });
 * ```
 */
export function authentication(credentials: CredentialsSource): AuthenticationSource {
  return (session): Authentication => {
    const core = session as Core;
    const { clock, settings } = core;
    let phase: "none" | "first" | "done" = "none";
    let isResting = false;
    let expiresAtMs = Infinity;
    let timer: unknown;
    let watching: { release(): void } | undefined;
    // What an earlier attempt brings, or one of an older connection, is not listened to.
    let attempts = 0;

    const refreshIn = (delayMs: number): void => {
      clock.clearTimer(timer);
      if (isResting) return;
      const stepMs = Math.min(delayMs, LARGEST_TIMER_MS);
      timer = clock.setTimer(() => {
        if (delayMs > stepMs) refreshIn(delayMs - stepMs);
        else post(core, present);
      }, stepMs);
    };

    /** No credentials, or no answer to them: that says nothing about whether they are good. */
    const unavailable = (error: SessionError): void => {
      report(core, error);
      if (phase === "first") {
        phase = "none";
        core.connection?.terminate();
        return;
      }
      const leftMs = expiresAtMs - clock.now();
      if (leftMs > MIN_RETRY_MS) refreshIn(Math.max(MIN_RETRY_MS, leftMs / 2));
    };

    const accepted = ({ expiresInMs }: AuthenticateResult): void => {
      const isFirst = phase === "first";
      phase = "done";
      const lifeMs = expiresInMs ?? Infinity;
      expiresAtMs = clock.now() + lifeMs;
      // A fixed token would come back as it is: only a callback can bring a fresh one.
      if (typeof credentials === "function" && lifeMs < Infinity)
        refreshIn(lifeMs - Math.min(REFRESH_AHEAD_MS, lifeMs / 3));
      if (core.state === "authenticating") step(core, "authenticated");
      if (isFirst) ready(core);
      else changed(core);
    };

    const refused = (error: SessionError): void => {
      const isFirst = phase === "first";
      if (!isFirst) {
        report(core, error);
        return;
      }
      phase = "none";
      if (core.state !== "closing") {
        fail(core, error);
        return;
      }
      dropHeld(core, error);
      // With nothing to write: the close goes on, and says bye.
      ready(core);
    };

    /** A connection that drains waits for its first credentials; fresh ones would come behind its bye. */
    const mayPresent = (): boolean => !isResting || phase === "first";

    const present = (): void => {
      if (!mayPresent()) return;
      attempts += 1;
      const attempt = attempts;
      const isCurrent = (): boolean => attempt === attempts;
      const ended = (handle: () => void): void => {
        if (!isCurrent()) return;
        attempts += 1;
        watching?.release();
        handle();
      };
      // The application's own code; the session does not wait for it, but hears of it by an event.
      new Promise<string>((resolve) =>
        resolve(typeof credentials === "string" ? credentials : credentials()),
      ).then(
        (token) =>
          post(core, () => {
            if (isCurrent() && mayPresent()) send(token, ended);
          }),
        (cause: unknown) =>
          post(core, () =>
            ended(() =>
              unavailable(new SessionError("CREDENTIALS_FAILED", "no credentials", { cause })),
            ),
          ),
      );
    };

    const send = (token: string, ended: (handle: () => void) => void): void => {
      const limits = { deadlineMs: settings.requestTimeoutMs };
      watching = guard(core, limits, () =>
        ended(() => unavailable(new SessionError("DEADLINE_EXCEEDED", "no answer to credentials"))),
      );
      write(core, {
        method: CLIENT_METHODS.authenticate,
        params: () => ({ token }),
        read: readAuthenticated,
        refusedCode: "AUTHENTICATION_REFUSED",
        done(error, result) {
          // Presented again on the next connection.
          if (error?.code === "LINK_LOST") return;
          ended(() => {
            if (error === undefined) accepted(result as AuthenticateResult);
            else if (error.outcome === "failed") refused(error);
            else unavailable(error);
          });
        },
      });
    };

    return {
      get isHolding() {
        return phase === "first";
      },
      get isDone() {
        return phase === "done";
      },
      begin() {
        phase = "first";
        step(core, "authenticating");
        present();
      },
      rest() {
        isResting = true;
        clock.clearTimer(timer);
      },
      linkLost() {
        phase = "none";
        isResting = false;
        attempts += 1;
        watching?.release();
        clock.clearTimer(timer);
      },
    };
  };
}
