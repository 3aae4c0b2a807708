/**
 * Prints the session's states as a Mermaid diagram, drawn from the table that the code runs on. `docs/design/sessions.md`
 * holds it, and a test compares the two.
 */
import { isFinal, SESSION_TRANSITIONS, type SessionState } from "../src/session/states/states.ts";

/** Returns the diagram, one transition a line, in the order of the table. */
export function stateDiagram(): string {
  const lines = ["stateDiagram-v2", "  [*] --> disconnected"];
  for (const [from, targets] of Object.entries(SESSION_TRANSITIONS)) {
    for (const to of targets) lines.push(`  ${from} --> ${to}`);
    if (isFinal(from as SessionState)) lines.push(`  ${from} --> [*]`);
  }
  return lines.join("\n");
}

if (process.argv[1]?.endsWith("state-diagram.ts") === true) console.log(stateDiagram());
