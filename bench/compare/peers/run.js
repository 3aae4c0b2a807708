/** Runs one case, named by the first argument, and sends what was seen to the process that started this one. */
const { run } = await import(`./cases/${process.argv[2]}.js`);
process.send(await run(), () => process.exit(0));
