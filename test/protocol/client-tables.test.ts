import { describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../../src/protocol/close-codes.ts";
import { isRetriedByDefault } from "../../src/protocol/default-retry.ts";
import { WIRE_ERRORS } from "../../src/protocol/json-rpc/error-codes.ts";
import { outcomeOfError } from "../../src/protocol/json-rpc/error-outcome.ts";

describe("what a client knows of the server's tables", () => {
  it.each(Object.entries(WIRE_ERRORS))(
    "W-2.9 concludes from %s what the table says",
    (_, entry) => {
      expect(outcomeOfError(entry.number)).toBe(entry.outcome);
    },
  );

  it("W-2.9 concludes nothing from a number that the table does not have", () => {
    const listed = new Set<number>(Object.values(WIRE_ERRORS).map(({ number }) => number));
    for (let number = -32_800; number <= 100; number += 1) {
      if (!listed.has(number)) expect(outcomeOfError(number)).toBe("unknown");
    }
  });

  // The one difference: a normal close that the session did not ask for ends a connection only.
  it.each(Object.entries(CLOSE_CODES).filter(([name]) => name !== "normal"))(
    "W-8 comes back after close code %s as the table says",
    (_, { code, retry }) => {
      expect(isRetriedByDefault(code)).toBe(retry);
    },
  );

  it("W-8 comes back after every code that the table does not have, and after 1000", () => {
    const listed = new Set<number>(Object.values(CLOSE_CODES).map(({ code }) => code));
    for (let code = 1000; code < 5000; code += 1) {
      if (code === CLOSE_CODES.normal.code || !listed.has(code))
        expect(isRetriedByDefault(code)).toBe(true);
    }
  });
});
