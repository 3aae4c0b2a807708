import { makeInputs, type Size } from "./inputs.ts";
import { type LibraryName, loadLibrary } from "./libraries/index.ts";
import { FIGURES, type Figure, type Operations } from "./library.ts";

/** What the measuring process is asked. */
export type Request =
  | { readonly ask: "answers"; readonly size: Size }
  | { readonly ask: "speed"; readonly size: Size; readonly figure: Figure; readonly forMs: number }
  | { readonly ask: "memory"; readonly size: Size; readonly values: number };

/** Results of the first inputs as text, operation by operation. */
export type Answers = Readonly<Partial<Record<Figure, readonly string[]>>>;

const COMPARED = 64;
const ROUNDS_A_LOOK = 4;

/** Serves requests from the parent process about one library, until it lets go. */
export async function serve(name: LibraryName): Promise<void> {
  const library = await loadLibrary(name);
  const prepared = new Map<Size, Operations>();
  const results: unknown[] = [];
  const prepare = (size: Size): Operations => {
    let operations = prepared.get(size);
    if (operations === undefined) {
      operations = library(makeInputs(size), size);
      prepared.set(size, operations);
    }
    return operations;
  };
  process.on("message", (request: Request) => {
    const operations = prepare(request.size);
    process.send?.(answer(operations, request, results));
  });
  process.send?.("ready");
}

function answer(operations: Operations, request: Request, results: unknown[]): unknown {
  switch (request.ask) {
    case "answers": {
      const answers: Partial<Record<Figure, readonly string[]>> = {};
      for (const figure of FIGURES) {
        const batch = operations.batches[figure];
        if (batch === undefined) continue;
        batch(results);
        answers[figure] = results.slice(0, COMPARED).map(operations.print);
      }
      return answers;
    }
    case "speed":
      return speed(operations, request.figure, request.forMs, results);
    case "memory":
      return memory(operations, request.size, request.values);
  }
}

/**
 * Operations a second of the processor's time, over at least so many milliseconds of it; null for what the
 * library does not do. Of the processor's time, for other processes on the machine must not count: the
 * process is started so that it collects garbage on the thread that makes it, and that is all its work.
 */
function speed(
  operations: Operations,
  figure: Figure,
  forMs: number,
  results: unknown[],
): number | null {
  const batch = operations.batches[figure];
  if (batch === undefined) return null;
  const start = process.cpuUsage();
  let done = 0;
  let elapsedMs = 0;
  while (elapsedMs < forMs) {
    // Asking for the time costs a microsecond or two: once in some thousands of operations.
    for (let round = 0; round < ROUNDS_A_LOOK; round += 1) batch(results);
    done += ROUNDS_A_LOOK * results.length;
    const { user, system } = process.cpuUsage(start);
    elapsedMs = (user + system) / 1000;
  }
  return (done / elapsedMs) * 1000;
}

/** Bytes of heap that each value keeps, its place in an array excluded. */
function memory(operations: Operations, size: Size, count: number): number {
  const texts = makeInputs(size).left;
  const values: unknown[] = new Array(count).fill(null);
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("start this process with --expose-gc");
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < count; index += 1) {
    values[index] = operations.make(texts[index % texts.length] as string);
  }
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  // Named here, so that the values are still alive above.
  if (values.length !== count) throw new Error("bug: values were lost");
  return bytes;
}
