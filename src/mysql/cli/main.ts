#!/usr/bin/env node
try {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
} catch (error) {
  // An optional peer of the package: who installs it for its sessions alone does not have it.
  if (!(error instanceof Error) || !/'mysql2'/.test(error.message)) throw error;
  process.stderr.write("orderly-mysql: needs the package mysql2: npm install mysql2\n");
  process.exitCode = 2;
}
