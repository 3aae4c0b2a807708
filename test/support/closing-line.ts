import type { SerializedError } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** What a run came to. */
export interface Tally {
  /** Tests that passed. */
  passed: number;
  /** Tests, files and errors outside any test that failed. */
  failed: number;
  /** Tests that did not run. */
  skipped: number;
}

/** Counts a run's tests; a file that could not be read, or a stray error, counts as one failure. */
export function tally(
  modules: readonly Pick<TestModule, "children" | "errors">[],
  unhandledErrors: readonly unknown[],
): Tally {
  const total: Tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    total.failed += module.errors().length;
    for (const suite of module.children.allSuites()) total.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed" || state === "failed") total[state] += 1;
      else total.skipped += 1;
    }
  }
  return total;
}

/** Ends a run with one plain line, `12 passed, 0 failed`, for programs that read the output. */
export class ClosingLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    _reason: TestRunEndReason,
  ): void {
    const { passed, failed, skipped } = tally(modules, unhandledErrors);
    const rest = skipped > 0 ? `, ${skipped} skipped` : "";
    console.log(`\n${passed} passed, ${failed} failed${rest}`);
  }
}

// Vitest takes a reporter given by its path from the default export.
export default ClosingLine;
