/** What every command takes. */
const CONNECTION = `  --url URL            a server and its database, mysql://user@host:port/database; once for each shard
  --shards FILE        or a file with [{"id", "url", "database"?, "status"?}]
  --database NAME      instead of the databases of the urls; may be repeated
  --json               print JSON
`;

/** Of every command that changes something. */
const YES = `  --yes                change it; without it nothing is changed
`;

const DEPLOY = `${YES}  --dry-run            print what would change, as a diff, and change nothing
  --canary ID          the shard that is changed and verified first (default: the first)
  --canary-only        stop there; the same command without it goes on
  --journal NAME       the database of the journal (default: orderly_journal)
  --verbose            tell each step on standard error
`;

const JOURNAL = `  --journal NAME       the database of the journal (default: orderly_journal)
`;

const COLUMN = `  --column TABLE.NAME  only this column; may be repeated
`;

const FOLDER = `  --folder PATH        the folder with 0001_name.sql and 0001_name.down.sql
`;

interface Help {
  /** What the command does, in one line. */
  readonly does: string;
  /** Its own options, each on a line. */
  readonly options?: string;
}

/** Help on every command, by the words that call it. */
export const HELP: ReadonlyMap<string, Help> = new Map<string, Help>([
  [
    "procedures scan",
    {
      does: "find collations that do not mix, SQL joined from data, and drift between shards",
      options: `  --all-types          also the comparisons that the public crash records speak of
`,
    },
  ],
  [
    "procedures fix",
    {
      does: "cure what scan finds, on every shard, through the journal",
      options: `${DEPLOY}  --strategy NAME      collate (default), using or schema
  --collation NAME     the one collation of strategy schema
  --trial HOW          write (default): try each routine in a transaction that is rolled back; read; none
`,
    },
  ],
  [
    "procedures rollback",
    {
      does: "give back what the latest fix changed, byte for byte",
      options: `${YES}  --run ID             this run instead of the latest
${JOURNAL}  --verbose            tell each step on standard error
`,
    },
  ],
  ["procedures status", { does: "list the runs in the journals", options: JOURNAL }],
  [
    "types",
    {
      does: "write a TypeScript module with a typed function for each procedure",
      options: `  --out FILE           write it there (default: standard output)
  --check              write nothing; exit with 1 where --out differs
  --import NAME        the module that it imports from (default: orderly-ws/mysql)
`,
    },
  ],
  [
    "decimals scan",
    { does: "find prices and amounts in FLOAT, DOUBLE or too narrow DECIMAL", options: COLUMN },
  ],
  [
    "decimals apply",
    {
      does: "change those columns to DECIMAL on every shard, between two checksums",
      options: `${YES}${COLUMN}  --allow-rounding     also where values are rounded
`,
    },
  ],
  [
    "decimals rollback",
    { does: "give the columns of the latest run their types back", options: YES },
  ],
  [
    "migrate",
    {
      does: "apply the migrations that a shard lacks",
      options: `${YES}${FOLDER}  --collation NAME     the collation of databases that are empty
`,
    },
  ],
  ["migrate status", { does: "say which migration is applied where", options: FOLDER }],
  ["migrate rollback", { does: "take back the latest migration", options: YES + FOLDER }],
]);

const CHANGES = "what changes something does so with --yes only\n";

const EXIT_CODES =
  "exit codes: 0 done and nothing found; 1 something found; 2 not done, and one line on standard error says why\n";

/** Prints the help on one command; on all of them where the words are none's. */
export function helpOn(words: string): string {
  const help = HELP.get(words);
  if (help === undefined) {
    const list = [...HELP].map(([name, { does }]) => `  ${name.padEnd(19)}  ${does}\n`).join("");
    return `usage: orderly-mysql <command> [options]; orderly-mysql <command> --help lists them\n\n${list}\n${CHANGES}${EXIT_CODES}`;
  }
  return `usage: orderly-mysql ${words} [options]\n${help.does}\n\n${help.options ?? ""}${CONNECTION}\n${EXIT_CODES}`;
}
