import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../../src/protocol/close-codes.ts";
import { WIRE_ERRORS } from "../../src/protocol/json-rpc/error-codes.ts";
import { SESSION_TRANSITIONS } from "../../src/session/states/states.ts";
import { createWorld } from "./support/world.ts";

const text = await readFile(new URL("../../PROTOCOL.md", import.meta.url), "utf8");

/** The rows of the first table after a heading, cells without backticks. */
function tableAfter(heading: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split("\n");
  const start = lines.findIndex((line) => line.startsWith("| --- "));
  const rows = lines.slice(start + 1);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

describe("PROTOCOL.md", () => {
  it("lists every close code, and no others", () => {
    const documented = tableAfter("## W-8").map(([code, name, retry]) => [code, name, retry]);
    const defined = Object.entries(CLOSE_CODES).map(([name, { code, retry }]) => [
      String(code),
      name,
      retry ? "yes" : "no",
    ]);
    expect(documented).toEqual(defined);
  });

  it("lists every error, and no others", () => {
    const documented = tableAfter("## W-9").map(([number, name, outcome]) => [
      number,
      name,
      outcome,
    ]);
    const defined = Object.entries(WIRE_ERRORS).map(([name, { number, outcome }]) => [
      String(number),
      name,
      outcome,
    ]);
    expect(documented.toSorted()).toEqual(defined.toSorted());
  });

  it("lists every transition of the session's states, and no others", () => {
    const documented = Object.fromEntries(
      tableAfter("## W-10").map(([from, to]) => [from, to === "" ? [] : to?.split(", ")]),
    );
    expect(documented).toEqual(SESSION_TRANSITIONS);
  });

  it("gives every clause an id of its own, in order", () => {
    const ids = [...text.matchAll(/^\* \*\*W-(\d+)\.(\d+)\*\*/gm)].map((match) => [
      Number(match[1]),
      Number(match[2]),
    ]);
    expect(ids.length).toBeGreaterThan(40);
    for (const [index, [section = 0, clause = 0]] of ids.entries()) {
      const [sectionBefore = 0, clauseBefore = 0] = ids[index - 1] ?? [];
      expect(clause).toBe(section === sectionBefore ? clauseBefore + 1 : 1);
    }
  });

  it("has a test that names each clause", async () => {
    const folder = new URL("../", import.meta.url);
    const files = await readdir(folder, { recursive: true });
    const titles = await Promise.all(
      files
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => readFile(new URL(name, folder), "utf8")),
    );
    const named = new Set(titles.join("\n").match(/\bW-\d+\.\d+/g));
    const clauses = [...text.matchAll(/^\* \*\*(W-\d+\.\d+)\*\*/gm)].map((match) => match[1]);
    expect(clauses.filter((clause) => !named.has(clause ?? ""))).toEqual([]);
  });

  it("shows a conversation as it really goes", async () => {
    const transcript = /```\n(> [\s\S]*?)```/.exec(text)?.[1]?.trim().split("\n") ?? [];
    const { server, connect, clock } = createWorld({
      random: { fraction: () => 0, secret: () => "5f0c2b7a91d34e680000000000000000" },
    });
    const client = await connect();
    const heard: string[] = [];
    for (const line of transcript) {
      if (line.startsWith("> ")) {
        client.text(line.slice(2));
        await clock.advance(5);
      } else if (line.includes('"topic.event"')) {
        const { params } = JSON.parse(line.slice(2)) as { params: { data: string } };
        server.topic("clock").publish(params.data);
        await clock.advance(5);
      }
      if (line.startsWith("< ")) heard.push(line.slice(2));
    }
    expect(heard).toHaveLength(6);
    expect(client.texts).toEqual(heard);
  });
});
