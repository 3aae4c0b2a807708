import fc from "fast-check";
import { checkCalm } from "./calm.ts";
import { type Client, commandFor } from "./clients.ts";
import {
  APPLICATION_COMMAND,
  CALM_COMMANDS,
  type Command,
  FRAME_COMMANDS,
  LINK_COMMANDS,
} from "./commands.ts";
import { checkRecovered, finish } from "./finale.ts";
import { type Exchange, HostilePeer, MALICE } from "./hostile-peer.ts";
import { perform } from "./perform.ts";
import { CALM, ROUGH, type Settings } from "./settings.ts";
import { World } from "./world.ts";

/** The kinds of world that the model is run in. */
export type Weather = "calm" | "links" | "frames";

/** How many worlds to run, and from which seed. */
export interface RunOptions {
  readonly runs: number;
  readonly seed: number;
  /** @defaultValue the whole session */
  readonly client?: Client | undefined;
  /** Where fast-check said a failure was: runs that one alone. */
  readonly path?: string | undefined;
}

/** What came of it. */
export interface RunReport {
  readonly runs: number;
  readonly commands: number;
}

/** Stops at the first failure as it is, where nobody is going to read it. */
const QUICK = process.env["MODEL_QUICK"] === "1";

const COMMANDS: Readonly<Record<Weather, fc.Arbitrary<readonly Command[]>>> = {
  calm: CALM_COMMANDS,
  links: LINK_COMMANDS,
  frames: FRAME_COMMANDS,
};

/** Runs commands against one world, to its end. */
async function runWorld(
  weather: Weather,
  settings: Settings,
  commands: readonly Command[],
  client: Client,
): Promise<void> {
  const world = new World(settings, weather === "calm" ? "calm" : "rough", client);
  for (const { step, thenMs } of commands.map((command) => commandFor(client, command))) {
    perform(world, step);
    world.checkNow();
    if (thenMs > 0) await world.pass(thenMs);
  }
  if (weather === "links" && settings.heals) await checkRecovered(world);
  await finish(world);
  if (weather === "calm") await checkCalm(world);
}

/**
 * Runs the model.
 *
 * @throws Error with the shortest commands that show a violation, and how to run them again.
 */
export async function runModel(weather: Weather, options: RunOptions): Promise<RunReport> {
  let runs = 0;
  let commands = 0;
  const { client = "whole" } = options;
  const settings = weather === "calm" ? CALM : ROUGH;
  const property = fc.asyncProperty(settings, COMMANDS[weather], async (given, list) => {
    runs += 1;
    commands += list.length;
    await runWorld(weather, given, list, client);
  });
  const { seed, path } = options;
  await fc.assert(property, {
    numRuns: options.runs,
    seed,
    endOnFailure: QUICK,
    ...(path === undefined ? undefined : { path }),
  });
  return { runs, commands };
}

/** Runs an application against a peer that says anything at any moment. */
export async function runHostile({
  runs,
  seed,
  path,
  client = "whole",
}: RunOptions): Promise<RunReport> {
  let count = 0;
  let commands = 0;
  const exchange = fc.record({ command: APPLICATION_COMMAND, malice: MALICE });
  const exchanges = fc.array(exchange, { maxLength: 40, size: "max" });
  const property = fc.asyncProperty(ROUGH, exchanges, async (settings, list) => {
    count += 1;
    commands += list.length;
    await runAgainstPeer(settings, list, client);
  });
  await fc.assert(property, {
    numRuns: runs,
    seed,
    endOnFailure: QUICK,
    ...(path === undefined ? undefined : { path }),
  });
  return { runs: count, commands };
}

async function runAgainstPeer(
  settings: Settings,
  list: readonly Exchange[],
  client: Client,
): Promise<void> {
  const world = new World(settings, "hostile", client);
  const peer = new HostilePeer(world);
  perform(world, { do: "connect", deadlineMs: 0, abortMs: -1 });
  for (const { command, malice } of list) {
    perform(world, commandFor(client, command).step);
    peer.behave(malice);
    world.checkNow();
    if (command.thenMs > 0) await world.pass(command.thenMs);
  }
  await finish(world);
}
