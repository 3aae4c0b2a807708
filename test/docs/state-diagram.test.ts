import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stateDiagram } from "../../scripts/state-diagram.ts";

describe("docs/design/sessions.md", () => {
  it("shows the states as the table in the code has them", () => {
    const page = readFileSync(new URL("../../docs/design/sessions.md", import.meta.url), "utf8");
    const [, diagram] = /```mermaid\n(stateDiagram[\s\S]*?)\n```/.exec(page) ?? [];
    expect(diagram).toBe(stateDiagram());
  });
});
