import { describe, expect, it } from "vitest";
import { binderOf } from "../../../src/mysql/procedures/binders.ts";
import { initialExpression, outExpression } from "../../../src/mysql/procedures/out-value.ts";
import { type ProcedureParameter, parameterOf } from "../../../src/mysql/procedures/parameter.ts";
import {
  type ProcedureDescription,
  procedureModule,
} from "../../../src/mysql/procedures/procedure-module.ts";

/** A parameter as the servers describe it. */
function parameter(
  declared: string,
  mode: ProcedureParameter["mode"] = "IN",
  name = "p",
  charset: string | null = null,
): ProcedureParameter {
  const type = /^\w+/.exec(declared)?.[0] ?? "";
  return parameterOf({ name, mode, type, declared, maxLength: null, charset });
}

const moduleOf = (
  name: string,
  parameters: readonly ProcedureParameter[] = [],
  comment = "",
): string => procedureModule([{ name, comment, parameters }]);

describe("procedureModule", () => {
  it.each<[declared: string, type: string, charset?: string]>([
    ["tinyint(1)", "boolean | number | bigint | string"],
    ["bigint(20) unsigned", "number | bigint | string"],
    ["year(4)", "number | bigint | string"],
    ["decimal(19,6)", "DecimalValue"],
    ["float", "number"],
    ["double", "number"],
    ["bit(9)", "boolean | number | bigint | Uint8Array"],
    ["date", "Date | string"],
    ["datetime(6)", "Date | string"],
    ["timestamp", "Date | string"],
    ["time", "string"],
    ["json", "JsonValue"],
    ["varbinary(4)", "Uint8Array | string"],
    ["longblob", "Uint8Array | string"],
    ["longtext", "JsonValue", "utf8mb4"],
    ["varchar(20)", "string", "utf8mb4"],
  ])("takes %s as %s", (declared, type, charset) => {
    const written = moduleOf("one", [parameter(declared, "IN", "p", charset)]);
    expect(written).toContain(`    /** ${declared} */\n    readonly p: ${type} | null;\n`);
    expect(written).toContain("): Promise<CallResult<Record<never, never>>> {");
  });

  it.each([
    ["bigint(20)", "string"],
    ["int(11)", "number"],
    ["year(4)", "number"],
    ["float", "number"],
    ["double", "number"],
    ["decimal(19,6)", "string"],
    ["varbinary(4)", "Buffer"],
    ["blob", "Buffer"],
    ["datetime(6)", "string"],
  ])("gives %s as %s", (declared, type) => {
    const written = moduleOf("one", [parameter(declared, "OUT")]);
    expect(written).toContain(`readonly p: ${type} | null;\n}>> {`);
    expect(written).toContain("  params: Record<never, never> = {},");
  });

  it.each([
    ["place_order", "placeOrder"],
    ["delete", "callDelete"],
    ["2fast", "call2fast"],
    ["주문", "주문"],
    ["--", "call"],
  ])("calls the function of %s %s", (name, expected) => {
    const written = moduleOf(name);
    expect(written).toContain(`export function ${expected}(`);
    expect(written).toContain(`callProcedure(shard, ${JSON.stringify(name)}, params, options)`);
  });

  it("numbers functions whose names would be the same", () => {
    const names = ["a_b", "aB", "a b"];
    const written = procedureModule(
      names.map((name): ProcedureDescription => ({ name, comment: "", parameters: [] })),
    );
    expect([...written.matchAll(/export function (\w+)/g)].map(([, name]) => name)).toEqual([
      ...["aB", "aB2", "aB3"],
    ]);
  });

  it("quotes a name that is no identifier, and lets no comment end early", () => {
    const written = moduleOf("one", [parameter("int", "INOUT", "a-b")], "ends */ here\nnot");
    expect(written).toContain('readonly "a-b": number | bigint | string | null;');
    expect(written).toContain('readonly "a-b": number | null;');
    expect(written).toContain(" * ends * / here not\n *\n * Calls one.\n");
  });

  it("imports what it uses, from where it is told", () => {
    expect(moduleOf("one", [parameter("decimal(9,2)")])).toContain("  type DecimalValue,\n");
    expect(moduleOf("one")).not.toContain("DecimalValue");
    expect(moduleOf("one")).toContain('} from "orderly-ws/mysql";');
    const one = { name: "one", comment: "", parameters: [] };
    expect(procedureModule([one], "./mine.ts")).toContain('} from "./mine.ts";');
  });

  it("exports nothing where there is no procedure", () => {
    expect(procedureModule([])).toMatch(/\n\nexport \{\};\n$/);
  });
});

describe("a type without digits", () => {
  it("has those that SQL gives it: DECIMAL(10,0), BIT(1)", () => {
    const whole = parameter("decimal", "INOUT");
    expect(binderOf(whole)("1234567890")).toBe("1234567890");
    expect(() => binderOf(whole)("12345678901")).toThrow("11 digits before the point");
    expect(outExpression(whole, "@v")).toBe("CAST(@v AS DECIMAL(10,0))");
    expect(initialExpression(whole)).toBe("CAST(? AS DECIMAL(10,0))");
    expect(binderOf(parameter("bit"))(1)).toEqual(Buffer.from([1]));
    expect(() => binderOf(parameter("bit"))(2)).toThrow(RangeError);
  });
});
