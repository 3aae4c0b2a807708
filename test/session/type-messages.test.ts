import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

const HEAD = `
import { Session } from "../../src/index.ts";
import { SessionServer } from "../../src/server/index.ts";
interface MarketApi {
  topics: { "quotes:\${string}": { price: string }; status: boolean };
  methods: { "order.place"(order: { symbol: string }): { id: number }; "market.open"(): boolean };
  notifications: { alert: { text: string }; tick: number };
}
declare const session: Session<MarketApi>;
declare const server: SessionServer<MarketApi>;
`;

/** What the compiler says of each statement. */
function messagesOf(statements: readonly string[]): string[] {
  const file = `${root}test/session/wrong-uses.ts`;
  const code = HEAD + statements.join("\n");
  const headLines = HEAD.split("\n").length - 1;
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, target, ...rest) =>
    name === file
      ? ts.createSourceFile(name, code, target)
      : getSourceFile.call(host, name, target, ...rest);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file) as ts.SourceFile;
  const messages = statements.map(() => "");
  for (const { start = 0, messageText } of program.getSemanticDiagnostics(source)) {
    const line = source.getLineAndCharacterOfPosition(start).line - headLines;
    messages[line] = ts.flattenDiagnosticMessageText(messageText, "\n").split("\n")[0] as string;
  }
  return messages;
}

describe("a name outside the map", () => {
  it("is refused with a message that lists the names inside", { timeout: 60_000 }, () => {
    const topics = /"status" \| `quotes:\$\{string\}`/;
    const methods = /"order\.place" \| "market\.open"/;
    const notifications = /"alert" \| "tick"/;
    const cases = [
      ['session.subscribe("rooms:1");', topics],
      ['session.unsubscribe("rooms:1");', topics],
      ['server.topic("rooms:1");', topics],
      ['session.request("order.cancel");', methods],
      ['session.notify("order.cancel");', methods],
      ['server.method("order.cancel", () => true);', methods],
      ['server.notifyUser("ann", "alarm", 1);', notifications],
      ['server.sessions[0]?.notify("alarm", 1);', notifications],
    ] as const;
    const messages = messagesOf(cases.map(([statement]) => statement));
    for (const [index, [statement, names]] of cases.entries())
      expect(messages[index], statement).toMatch(names);
  });
});
