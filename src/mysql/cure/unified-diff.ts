/** Lines shown around a change. */
const CONTEXT = 3;

/** Above this many lines times lines, everything between the first and the last difference counts as changed. */
const MAX_CELLS = 4_000_000;

/** One line of a comparison. */
interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/**
 * Writes what differs between two texts as a unified diff, as `diff -u` does.
 *
 * @param name - Stands behind `---` and `+++`.
 * @returns Lines that each end with a newline; empty where the texts are the same.
 */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return "";
  const lines = compare(before.split("\n"), after.split("\n"));
  let text = `--- ${name}\n+++ ${name}\n`;
  for (const [from, to] of hunks(lines)) {
    const hunk = lines.slice(from, to);
    const old = position(lines.slice(0, from), hunk, "+");
    const now = position(lines.slice(0, from), hunk, "-");
    text += `@@ -${old} +${now} @@\n`;
    for (const { sign, text: line } of hunk) text += `${sign}${line}\n`;
  }
  return text;
}

/** `start,count` of one side: all lines but those of the other. */
function position(
  before: readonly DiffLine[],
  hunk: readonly DiffLine[],
  other: "+" | "-",
): string {
  const count = hunk.filter(({ sign }) => sign !== other).length;
  const start = before.filter(({ sign }) => sign !== other).length + (count > 0 ? 1 : 0);
  return `${start},${count}`;
}

/** Ranges of lines to show: changes, with what is around them. */
function hunks(lines: readonly DiffLine[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const [index, { sign }] of lines.entries()) {
    if (sign === " ") continue;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(lines.length, index + CONTEXT + 1);
    const last = ranges.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else ranges.push([from, to]);
  }
  return ranges;
}

function compare(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail += 1;
  }
  const same = (lines: readonly string[]): DiffLine[] =>
    lines.map((text) => ({ sign: " " as const, text }));
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail)),
  ];
}

/** The longest common subsequence, from the end, so that the walk goes forward. */
function middle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const removed = (text: string): DiffLine => ({ sign: "-", text });
  const added = (text: string): DiffLine => ({ sign: "+", text });
  if (a.length * b.length > MAX_CELLS) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1) {
    for (let column = b.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < a.length || column < b.length) {
    const old = a[row];
    const now = b[column];
    if (old !== undefined && old === now) {
      lines.push({ sign: " ", text: old });
      row += 1;
      column += 1;
    } else if (
      old !== undefined &&
      (now === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push(removed(old));
      row += 1;
    } else if (now !== undefined) {
      lines.push(added(now));
      column += 1;
    }
  }
  return lines;
}
