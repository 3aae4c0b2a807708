import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startInDocker } from "./docker-server.ts";
import { fetchedBinary } from "./fetch-packages.ts";
import { findBinary, type ServerBinary } from "./find-binary.ts";
import { freshData } from "./fresh-data.ts";
import { freePort, memoryFolder, startServerProcess, temporaryFolder } from "./server-process.ts";

const run = promisify(execFile);

/** A MySQL or MariaDB server of a test's own, or the one that `MYSQL_URL` names. */
export interface MysqlServer {
  /**
   * `mysql://user@host:port`. A server of our own has root without a password, and no database but the
   * system's.
   */
  readonly url: string;
  /** The Unix socket of a server of our own, or null. */
  readonly socketPath: string | null;
  /** Stops it and removes its data; leaves an outside server alone. */
  stop(): Promise<void>;
  /** Ends it as SIGKILL does, with its data left as they are; an outside server is not ours to end. */
  kill(): Promise<void>;
  /** Starts it again on its data and port, after {@link MysqlServer.kill}. */
  start(): Promise<void>;
}

/** What to say where no server can be had. */
const ADVICE =
  "no MySQL or MariaDB found: install mariadb-server-core, or set ORDERLY_MYSQLD or MYSQL_URL";

/** Of servers whose process is out of reach. */
const NOT_OURS = {
  kill: () => Promise.reject(new Error("only a server of our own can be killed")),
  start: () => Promise.reject(new Error("only a server of our own can be started again")),
};

/** The port inside the image; its entry point first starts a server on port 0, to be ignored. */
const IMAGE_PORT = 3306;

/**
 * Gets a MySQL or MariaDB server: `MYSQL_URL`, else a throwaway one from `ORDERLY_MYSQLD`, PATH, the
 * distribution's packages or Docker, in this order.
 *
 * @param args - More arguments for a server of our own, such as `["--sql-mode="]`.
 */
export async function startMysqlServer(args: readonly string[] = []): Promise<MysqlServer> {
  const outside = process.env["MYSQL_URL"];
  if (outside !== undefined && outside !== "") {
    return { url: outside, socketPath: null, stop: () => Promise.resolve(), ...NOT_OURS };
  }
  return startOwnMysqlServer(args);
}

/** The same, but never the outside server: for tests that kill theirs, which can be done to no server in Docker either. */
export function startOwnMysqlServer(args: readonly string[] = []): Promise<MysqlServer> {
  return startOwn(args, { isLazy: false });
}

/**
 * The same with a server whose log is written out once a minute unless somebody sees to it: what a kill takes away is
 * then certain.
 */
export function startLazyMysqlServer(): Promise<MysqlServer> {
  const args = ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-log-at-timeout=60"];
  return startOwn(args, { isLazy: true });
}

async function startOwn(
  args: readonly string[],
  { isLazy }: { readonly isLazy: boolean },
): Promise<MysqlServer> {
  const names = ["mariadbd", "mysqld"];
  const binary = findBinary(names, "ORDERLY_MYSQLD") ?? (await fetchedBinary(names));
  if (binary !== null) return startThrowaway(binary, args, isLazy);
  const container = await startInDocker({
    image: "mariadb:10.11",
    port: IMAGE_PORT,
    environment: ["MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1"],
    args,
    ready: new RegExp(`port: ${IMAGE_PORT}`),
  });
  if (container === null) throw new Error(ADVICE);
  return {
    url: `mysql://root@127.0.0.1:${container.port}`,
    socketPath: null,
    stop: container.stop,
    ...NOT_OURS,
  };
}

async function startThrowaway(
  binary: ServerBinary,
  args: readonly string[],
  isLazy: boolean,
): Promise<MysqlServer> {
  const version = await versionOf(binary);
  const isMariadb = version.includes("MariaDB");
  // A server syncs to its disk at each change of a table or a program: tests of those wait for little else. But MariaDB
  // takes /dev/shm for memory that survives, maps its log there, and a kill takes nothing away.
  const isOnDisk = isMariadb && isLazy;
  const folder = await (isOnDisk ? temporaryFolder : memoryFolder)("orderly-mysql-");
  try {
    const common = [
      "--no-defaults",
      ...(process.getuid?.() === 0 ? ["--user=root"] : []),
      // Names of temporary tables hold the process id, which is not unique where containers share /tmp.
      `--tmpdir=${folder.path}`,
    ];
    const log = isMariadb ? SMALL_LOG.mariadb : SMALL_LOG.mysql;
    common.push(log);
    const data = join(folder.path, "data");
    await freshData(`${binary.path} ${version} ${log}`, data, (target) => {
      const args = [...common, `--datadir=${target}`];
      return isMariadb
        ? initialiseMariadb(binary, target, args)
        : initialiseMysql(binary, target, args);
    });
    common.push(`--datadir=${data}`);
    const own = isMariadb ? ownOfMariadb(binary) : OWN_OF_MYSQL;
    const port = await freePort();
    const socketPath = join(folder.path, "socket");
    const command = {
      binary,
      args: [
        ...common,
        ...own,
        `--socket=${socketPath}`,
        `--pid-file=${join(folder.path, "pid")}`,
        `--port=${port}`,
        "--bind-address=127.0.0.1",
        "--skip-log-bin",
        // Nothing here outlives the process, so nothing needs to reach the disk.
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=67108864",
        ...args,
      ],
      ready: /ready for connections/,
    };
    let server = await startServerProcess(command);
    return {
      url: `mysql://root@127.0.0.1:${port}`,
      socketPath,
      async stop() {
        // Its data are removed next, so it need not put them in order first: for MySQL that takes longer than to start.
        await server.stop("SIGKILL");
        await folder.remove();
      },
      kill: () => server.stop("SIGKILL"),
      async start() {
        server = await startServerProcess(command);
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** The log is most of what a new server's data are, which are copied for each, and 96 MiB unless told. */
const SMALL_LOG = {
  mariadb: "--innodb-log-file-size=16777216",
  mysql: "--innodb-redo-log-capacity=16777216",
} as const;

async function versionOf(binary: ServerBinary): Promise<string> {
  const { stdout } = await execute(binary, ["--no-defaults", "--version"]);
  return stdout;
}

/** What MySQL needs besides the common arguments. */
const OWN_OF_MYSQL: readonly string[] = ["--mysqlx=OFF", "--secure-file-priv=NULL"];

/** Writes the system tables. */
async function initialiseMysql(
  binary: ServerBinary,
  data: string,
  common: readonly string[],
): Promise<void> {
  await execute(binary, [...common, ...OWN_OF_MYSQL, "--initialize-insecure"]);
  // Every server has an identity of its own, and gives itself one where it finds none.
  await rm(join(data, "auto.cnf"), { force: true });
}

/** What a program lies in `sbin` of: `/usr`, or the folder of a fetched package. */
function baseOf(binary: ServerBinary): string {
  return dirname(dirname(binary.path));
}

/** The arguments that say where a fetched server's files are. */
function ownOfMariadb(binary: ServerBinary): readonly string[] {
  const base = baseOf(binary);
  return [
    `--basedir=${base}`,
    `--lc-messages-dir=${join(base, "share/mysql")}`,
    `--character-sets-dir=${join(base, "share/mysql/charsets")}`,
    `--plugin-dir=${join(base, "lib/mysql/plugin")}`,
    "--skip-name-resolve=OFF",
  ];
}

/** Writes the system tables. */
async function initialiseMariadb(
  binary: ServerBinary,
  data: string,
  common: readonly string[],
): Promise<void> {
  await mkdir(data, { recursive: true });
  const installer: ServerBinary = {
    path: join(baseOf(binary), "bin/mariadb-install-db"),
    env: binary.env,
  };
  await execute(installer, [
    ...common,
    `--basedir=${baseOf(binary)}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
}

async function execute(
  binary: ServerBinary,
  args: readonly string[],
): Promise<{ readonly stdout: string }> {
  try {
    return await run(binary.path, args, { env: { ...process.env, ...binary.env } });
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new Error(`${binary.path} failed:\n${stdout}${stderr}`.trim(), { cause: error });
  }
}
