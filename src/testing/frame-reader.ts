import type { Direction } from "./memory-link.ts";

/** What JSON-RPC says in a frame. */
export interface FrameContent {
  readonly methods: readonly string[];
  readonly topics: readonly string[];
}

interface Call {
  readonly method: string;
  readonly topics: readonly string[];
}

/** How many requests without an answer are remembered; the oldest goes. */
const MAX_REMEMBERED = 10_000;

/**
 * Reads methods and topics out of the frames of one connection. An answer has neither: it remembers what was asked
 * under its id.
 */
export class FrameReader {
  readonly #asked: Readonly<Record<Direction, Map<unknown, Call>>> = {
    toServer: new Map(),
    toClient: new Map(),
  };

  /** Reads one message. */
  read(direction: Direction, text: string): FrameContent {
    const methods: string[] = [];
    const topics: string[] = [];
    for (const message of parse(text)) {
      const call = this.#callOf(direction, message);
      if (call === undefined) continue;
      methods.push(call.method);
      topics.push(...call.topics);
    }
    return { methods, topics };
  }

  #callOf(direction: Direction, message: Fields): Call | undefined {
    const { method, params, id } = message;
    if (typeof method !== "string") return this.#answered(direction, id);
    const call = { method, topics: topicsOf(params) };
    if (id !== undefined) {
      const asked = this.#asked[direction];
      asked.set(id, call);
      if (asked.size > MAX_REMEMBERED) asked.delete(asked.keys().next().value);
    }
    return call;
  }

  #answered(direction: Direction, id: unknown): Call | undefined {
    const asked = this.#asked[direction === "toClient" ? "toServer" : "toClient"];
    const call = asked.get(id);
    asked.delete(id);
    return call;
  }
}

interface Fields {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

function parse(text: string): readonly Fields[] {
  try {
    const value: unknown = JSON.parse(text);
    const elements: readonly unknown[] = Array.isArray(value) ? value : [value];
    return elements.filter((each): each is Fields => typeof each === "object" && each !== null);
  } catch {
    return [];
  }
}

function topicsOf(params: unknown): readonly string[] {
  if (typeof params !== "object" || params === null) return [];
  const { topic, topics } = params as { readonly topic?: unknown; readonly topics?: unknown };
  if (typeof topic === "string") return [topic];
  if (!Array.isArray(topics)) return [];
  return topics.flatMap((each: unknown) => {
    if (typeof each === "string") return [each];
    const named = (each as { readonly topic?: unknown } | null)?.topic;
    return typeof named === "string" ? [named] : [];
  });
}
