import type { FrameRecord } from "../../src/testing/memory-link.ts";
import type { FrameFate } from "../../src/testing/memory-pipe.ts";
import type { Step } from "./commands.ts";

type Fault = Extract<Step, { do: "fault" }>;
type Kind = "answer" | "event" | "request" | "own" | "other";

/** Decides what becomes of frames: each fault strikes one frame of its kind, then it is over. */
export class FrameFaults {
  /** Numbers of the application's messages that were sent twice: they may run twice. */
  readonly duplicated = new Set<number>();
  #waiting: { fault: Fault; skip: number }[] = [];

  /** Lets a fault strike. */
  add(fault: Fault): void {
    this.#waiting.push({ fault, skip: fault.skip });
  }

  /** Nothing strikes any more. */
  clear(): void {
    this.#waiting = [];
  }

  fateOf(record: FrameRecord): FrameFate {
    if (this.#waiting.length === 0 || record.type !== "data") return "deliver";
    const kind = kindOf(record);
    const index = this.#waiting.findIndex(({ fault }) => strikes(fault, kind));
    const found = this.#waiting[index];
    if (found === undefined) return "deliver";
    found.skip -= 1;
    if (found.skip >= 0) return "deliver";
    this.#waiting.splice(index, 1);
    const { fate, delayMs } = found.fault;
    if (kind === "own" || kind === "request") {
      if (fate === "drop") return "drop";
      // What a session asks for itself arrives once and in order, or its link is lost.
      if (kind === "own" || fate !== "duplicate") return "deliver";
      const { params } = JSON.parse(record.text) as { params: { number: number } };
      this.duplicated.add(params.number);
      return "duplicate";
    }
    return fate === "delay" ? { delayMs } : fate;
  }
}

function strikes({ frames }: Fault, kind: Kind): boolean {
  return frames === "any" || frames === kind;
}

function kindOf({ direction, text }: FrameRecord): Kind {
  if (direction === "toClient") {
    if (text.startsWith('{"jsonrpc":"2.0","id":')) return "answer";
    return text.includes('"method":"topic.event"') ? "event" : "other";
  }
  return /"method":"(?:session|topic)\./.test(text) ? "own" : "request";
}
