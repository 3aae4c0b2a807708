import type { LatencyFigures } from "./delivery/latency-figures.ts";

const QUANTILES = [
  ["0.5", "p50Ms"],
  ["0.9", "p90Ms"],
  ["0.99", "p99Ms"],
  ["1", "maxMs"],
] as const;

/**
 * Writes figures in the Prometheus text format, for both ends of the wire. Not part of what browsers load.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class PrometheusWriter {
  readonly #prefix: string;
  readonly #lines: string[] = [];

  /** @param prefix - What every metric's name begins with. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Everything written so far. */
  get text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  /** Writes what goes up and down; `member` is its name in camel case. */
  gauge(member: string, help: string, value: number): void {
    this.#write(this.#nameOf(member), "gauge", help, [["", value]]);
  }

  /** Writes what only grows; `member` is its name in camel case. */
  counter(member: string, help: string, value: number): void {
    this.#write(`${this.#nameOf(member)}_total`, "counter", help, [["", value]]);
  }

  /** Writes what only grows, by one label, whose values must be few and of our own tables. */
  counterBy(
    label: string,
    member: string,
    help: string,
    values: Readonly<Record<string, number>>,
  ): void {
    const samples = Object.entries(values).map(
      ([value, count]) => [`{${label}="${value}"}`, count] as const,
    );
    this.#write(`${this.#nameOf(member)}_total`, "counter", help, samples);
  }

  /**
   * Writes latencies as a summary in seconds, the base unit of that format.
   *
   * @param figures - By topic; those of the topics without figures of their own under undefined, which have no label.
   */
  latency(
    member: string,
    help: string,
    figures: readonly (readonly [topic: string | undefined, LatencyFigures])[],
  ): void {
    const name = `${this.#nameOf(member)}_seconds`;
    this.#write(name, "summary", help, []);
    for (const [topic, each] of figures) {
      const label = topic === undefined ? "" : `topic="${escapeLabel(topic)}"`;
      const comma = label === "" ? "" : ",";
      for (const [quantile, figure] of QUANTILES)
        this.#lines.push(`${name}{${label}${comma}quantile="${quantile}"} ${each[figure] / 1_000}`);
      const labels = label === "" ? "" : `{${label}}`;
      this.#lines.push(`${name}_sum${labels} ${(each.meanMs * each.count) / 1_000}`);
      this.#lines.push(`${name}_count${labels} ${each.count}`);
    }
  }

  #nameOf(member: string): string {
    return `${this.#prefix}${member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  }

  #write(
    name: string,
    type: "gauge" | "counter" | "summary",
    help: string,
    samples: readonly (readonly [labels: string, value: number])[],
  ): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) this.#lines.push(`${name}${labels} ${value}`);
  }
}

/** A topic's name has no line breaks. */
function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"]/g, (character) => `\\${character}`);
}
