import { describe, expect, it } from "vitest";
import { PendingToken } from "../../../src/session/tokens/completion-token.ts";
import {
  SESSION_ERROR_CODES,
  SESSION_ERRORS,
  SessionError,
} from "../../../src/session/tokens/errors.ts";
import { settleMicrotasks, VirtualClock } from "../../../src/testing/virtual-clock.ts";

function token(clock: VirtualClock = new VirtualClock()): PendingToken<string> {
  return new PendingToken<string>(7, "request", clock);
}

describe("CompletionToken", () => {
  it("is pending until it settles, and then says how, when and by what proof", async () => {
    const clock = new VirtualClock();
    const request = token(clock);
    await clock.advance(5);
    expect(request).toMatchObject({ id: 7, type: "request", issuedAt: 0, pending: true });
    expect([request.outcome, request.settledAt, request.proof, request.error]).toEqual(
      Array.from({ length: 4 }),
    );
    expect(request.ack("done", "frame")).toBe(true);
    expect([request.outcome, request.settledAt, request.proof]).toEqual(["acked", 5, "frame"]);
    expect(request.pending).toBe(false);
  });

  it("settles once: what comes later changes nothing", async () => {
    const request = token();
    request.ack("first", "frame");
    expect(request.ack("second", "local")).toBe(false);
    expect(request.fail(new SessionError("LINK_LOST", "late"))).toBe(false);
    request.resolveUnclean("third");
    expect(await request).toBe("first");
    expect([request.outcome, request.proof, request.error]).toEqual(["acked", "frame", undefined]);
  });

  it.each(SESSION_ERROR_CODES)("ends with %s as that code's outcome says", async (code) => {
    const request = token();
    const error = new SessionError(code, "");
    request.fail(error);
    expect(request.outcome).toBe(SESSION_ERRORS[code] ?? "unknown");
    expect(request.error).toBe(error);
    expect(request.proof).toBeUndefined();
    await expect(request).rejects.toBe(error);
  });

  it("tells who asked before it settled, and who asks after", async () => {
    for (const isEarly of [true, false]) {
      const request = token();
      const early = isEarly ? request.then((value) => value) : undefined;
      request.ack("done", "frame");
      expect(await (early ?? request.then((value) => value))).toBe("done");
    }
  });

  it("hands every `then` the same end", async () => {
    const request = token();
    const log: string[] = [];
    const first = request.then((value) => log.push(`first ${value}`));
    request.ack("done", "local");
    await Promise.all([first, request.then((value) => log.push(`second ${value}`))]);
    expect(log).toEqual(["first done", "second done"]);
  });

  it("never causes an unhandled rejection where nobody awaits it", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on("unhandledRejection", note);
    try {
      token().fail(new SessionError("LINK_LOST", "nobody cares"));
      await settleMicrotasks();
      await settleMicrotasks();
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  it("resolves with the value where a close was not clean", async () => {
    const close = token();
    close.resolveUnclean("receipt");
    expect(close.outcome).toBe("unknown");
    expect(close.proof).toBeUndefined();
    expect(await close).toBe("receipt");
  });

  it("has `catch` and `finally`", async () => {
    const failing = token();
    const log: string[] = [];
    const caught = failing.catch((error: SessionError) => error.code);
    const ended = failing
      .finally(() => log.push("finally"))
      .then(
        () => "resolved",
        () => "rejected",
      );
    failing.fail(new SessionError("ABORTED", "by the caller"));
    expect(await caught).toBe("ABORTED");
    expect(await ended).toBe("rejected");
    expect(log).toEqual(["finally"]);
  });

  it("releases its guard when it settles, and not before", () => {
    const request = token();
    let released = 0;
    request.guard = {
      release: () => {
        released += 1;
      },
    };
    expect(released).toBe(0);
    request.ack("done", "frame");
    expect(released).toBe(1);
  });
});
