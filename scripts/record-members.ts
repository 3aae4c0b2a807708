import ts from "typescript";

/** Types of the core client whose objects nobody outside of it gets hold of. */
const RECORDS: readonly string[] = [
  "Channel",
  "Closing",
  "Core",
  "Lane",
  "LaneItem",
  "Leave",
  "Operation",
  "Reader",
];

/** The name of a record's member, marked; no other property's name looks like it. */
export const MARKED_MEMBER = "\\w+\\$";

interface Place {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Marks the members of the core client's records, wherever the compiler finds them, so that the bundle may shorten them
 * all: without its mark, `channels` could be a member of some object of the browser's.
 *
 * @param root - The repository, with a path separator at its end.
 * @returns By its path, the text of each source that has any.
 * @throws Error when the marked sources do not compile: some record is used as something else, which wants the old names.
 */
export function markRecordMembers(root: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const service = languageService(root, texts);
  const folder = `${root}src/core/`;
  const sources = (service.getProgram()?.getSourceFiles() ?? []).filter(({ fileName }) =>
    fileName.startsWith(folder),
  );
  const places = sources.flatMap((source) =>
    membersIn(source).flatMap((member) => placesOf(service, source.fileName, member)),
  );
  // From the end on: what is marked moves nothing that is still to be marked.
  for (const { path, start, end, text } of places.sort((a, b) => b.start - a.start)) {
    const before = texts.get(path) ?? ts.sys.readFile(path) ?? "";
    texts.set(path, before.slice(0, start) + text + before.slice(end));
  }
  for (const { fileName } of sources) {
    for (const { messageText } of service.getSemanticDiagnostics(fileName)) {
      const message = ts.flattenDiagnosticMessageText(messageText, "\n");
      throw new Error(`${fileName}, with its records' members marked: ${message}`);
    }
  }
  return texts;
}

function membersIn(source: ts.SourceFile): readonly ts.Identifier[] {
  return source.statements.flatMap((statement) => {
    const isRecord = ts.isInterfaceDeclaration(statement) && RECORDS.includes(statement.name.text);
    const names = isRecord ? statement.members.map(({ name }) => name) : [];
    return names.filter((name) => name !== undefined && ts.isIdentifier(name));
  });
}

function placesOf(
  service: ts.LanguageService,
  path: string,
  member: ts.Identifier,
): readonly Place[] {
  const preferences = { providePrefixAndSuffixTextForRename: true };
  const found = service.findRenameLocations(path, member.getStart(), false, false, preferences);
  return (found ?? []).map(({ fileName, textSpan, prefixText = "", suffixText = "" }) => ({
    path: fileName,
    start: textSpan.start,
    end: ts.textSpanEnd(textSpan),
    text: `${prefixText}${member.text}$${suffixText}`,
  }));
}

/** @param texts - What takes the place of files. */
function languageService(root: string, texts: ReadonlyMap<string, string>): ts.LanguageService {
  const read = (path: string): string | undefined => texts.get(path) ?? ts.sys.readFile(path);
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createLanguageService({
    fileExists: ts.sys.fileExists,
    readFile: read,
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [`${root}src/core/with-authentication-browser.ts`],
    getScriptVersion: (path) => String(texts.has(path)),
    getScriptSnapshot: (path) => {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
  });
}
