import { authentication, Session as CoreSession } from "../../src/core/with-authentication.ts";
import { Session } from "../../src/index.ts";
import type { SessionEnvironment } from "../../src/session/session-environment.ts";
import type { SessionOptions } from "../../src/session/session-options.ts";
import type { Command, Step } from "./commands.ts";

/** Whose promises the model holds to account: the whole session, or the core one, which can less. */
export type Client = "whole" | "core";

/** Makes the session of a world. A core one has what the steps of {@link stepFor} ask of it, and no more. */
export function createSession(
  client: Client,
  options: SessionOptions,
  environment: Partial<SessionEnvironment>,
): Session {
  if (client === "whole") return new Session(options, environment);
  const { credentials } = options;
  const presented =
    credentials === undefined ? {} : { authentication: authentication(credentials) };
  return new CoreSession({ ...options, ...presented }, environment) as unknown as Session;
}

/** Returns what a command asks of a client: of a core one, nothing that it does not have. */
export function commandFor(client: Client, command: Command): Command {
  return client === "whole" ? command : { ...command, step: stepFor(command.step) };
}

function stepFor(step: Step): Step {
  switch (step.do) {
    case "subscribe": {
      const handler = step.handler.endsWith("loop") ? "slow" : step.handler;
      return { ...step, handler, order: "topic", onFailure: "isolate" };
    }
    case "request":
      return { ...step, isKeyed: false };
    case "authenticate":
      return { do: "wait" };
    default:
      return step;
  }
}
