import { EventEmitter as EventEmitter3 } from "eventemitter3";
import { describe, expect, it } from "vitest";
import { EventEmitter } from "../../src/transport/browser-emitter.ts";

interface Emitter {
  on(type: string, listener: (value: unknown) => void): unknown;
  off(type: string, listener: (value: unknown) => void): unknown;
  emit(type: string, value: unknown): boolean;
  listenerCount(type: string): number;
}

describe.each<[string, () => Emitter]>([
  ["eventemitter3", () => new EventEmitter3<string>()],
  ["the one of the browsers' bundle", () => new EventEmitter()],
])("%s", (_name, create) => {
  it("calls listeners in order, and tells whether there was any", () => {
    const emitter = create();
    const log: string[] = [];
    emitter.on("a", (value) => log.push(`1 ${value}`));
    emitter.on("a", (value) => log.push(`2 ${value}`));
    expect([emitter.emit("a", "x"), emitter.emit("b", "x")]).toEqual([true, false]);
    expect([log, emitter.listenerCount("a"), emitter.listenerCount("b")]).toEqual([
      ["1 x", "2 x"],
      2,
      0,
    ]);
  });

  it("removes a listener, and one that is not there", () => {
    const emitter = create();
    const log: unknown[] = [];
    const listener = (value: unknown): void => void log.push(value);
    emitter.on("a", listener);
    emitter.off("a", listener);
    emitter.off("b", listener);
    emitter.emit("a", 1);
    expect([log, emitter.listenerCount("a")]).toEqual([[], 0]);
  });

  it("lets a listener that is added during an emit hear the next one", () => {
    const emitter = create();
    const log: unknown[] = [];
    emitter.on("a", () => {
      if (emitter.listenerCount("a") < 2) emitter.on("a", (value) => log.push(value));
    });
    emitter.emit("a", 1);
    emitter.emit("a", 2);
    expect(log).toEqual([2]);
  });

  it("throws what a listener throws", () => {
    const emitter = create();
    emitter.on("a", () => {
      throw new Error("broken");
    });
    expect(() => emitter.emit("a", 1)).toThrow("broken");
  });
});
