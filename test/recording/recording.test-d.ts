import { Session, type SessionBase } from "orderly-ws";
import { recordSession, replaySession } from "orderly-ws/recording";
import { describe, expectTypeOf, it } from "vitest";

interface Api {
  topics: { "quotes:${string}": number };
  methods: { echo(text: string): string };
}

describe("orderly-ws/recording", () => {
  it("gives back the session that was made, its types included", () => {
    const { session } = recordSession(
      (options, environment) => new Session<Api>(options, environment),
      { url: "ws://a/" },
      { write: () => {} },
    );
    expectTypeOf(session).toEqualTypeOf<Session<Api>>();
    // @ts-expect-error not a method of the API's
    session.request("nothing");
  });

  it("wants somewhere to write to", () => {
    const create = (...args: ConstructorParameters<typeof Session>) => new Session(...args);
    // @ts-expect-error write is missing
    recordSession(create, { url: "ws://a/" }, {});
  });

  it("replays to a session to look at, of the kind that is made", async () => {
    const { session } = await replaySession("");
    expectTypeOf(session).toEqualTypeOf<SessionBase>();
    const typed = await replaySession("", { create: (...args) => new Session<Api>(...args) });
    expectTypeOf(typed.session).toEqualTypeOf<Session<Api>>();
  });
});
