import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SessionMachine, type StateChange } from "../../../src/session/states/session-machine.ts";
import {
  canTransition,
  isFinal,
  SESSION_TRANSITIONS,
  type SessionState,
} from "../../../src/session/states/states.ts";

const STATES = Object.keys(SESSION_TRANSITIONS) as SessionState[];

/** States to step through from `disconnected`, so that the last one is reached. */
function pathTo(state: SessionState): readonly SessionState[] {
  const paths: SessionState[][] = [["disconnected"]];
  for (const path of paths) {
    const last = path.at(-1) as SessionState;
    if (last === state) return path.slice(1);
    for (const next of SESSION_TRANSITIONS[last]) {
      if (!path.includes(next)) paths.push([...path, next]);
    }
  }
  throw new Error(`${state} cannot be reached`);
}

function machineIn(state: SessionState): { machine: SessionMachine; changes: StateChange[] } {
  const changes: StateChange[] = [];
  const machine = new SessionMachine((change) => changes.push(change));
  for (const step of pathTo(state)) machine.step(step);
  changes.length = 0;
  return { machine, changes };
}

const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

describe("SessionMachine", () => {
  it("starts disconnected, before the first connection", () => {
    const machine = new SessionMachine(() => {});
    expect([machine.state, machine.epoch, machine.final]).toEqual(["disconnected", 0, false]);
  });

  it.each(PAIRS.filter(([from, to]) => canTransition(from, to)))(
    "steps from %s to %s",
    (from, to) => {
      const { machine, changes } = machineIn(from);
      machine.step(to);
      expect(machine.state).toBe(to);
      expect(changes).toEqual([{ from, to, epoch: 0 }]);
    },
  );

  it.each(PAIRS.filter(([from, to]) => from !== to && !canTransition(from, to)))(
    "does not step from %s to %s: only a bug would ask for it",
    (from, to) => {
      const { machine, changes } = machineIn(from);
      expect(() => machine.step(to)).toThrow(`bug: illegal transition ${from} → ${to}`);
      expect(machine.state).toBe(from);
      expect(changes).toEqual([]);
    },
  );

  it.each(STATES)("does nothing when %s is to become what it is", (state) => {
    const { machine, changes } = machineIn(state);
    machine.step(state);
    expect(changes).toEqual([]);
    expect(machine.final).toBe(isFinal(state));
  });

  it("numbers connections, and its changes by them", () => {
    const { machine, changes } = machineIn("disconnected");
    expect(machine.nextEpoch()).toBe(1);
    machine.step("connecting");
    expect(changes).toEqual([{ from: "disconnected", to: "connecting", epoch: 1 }]);
  });
});

describe("SESSION_TRANSITIONS", () => {
  it("leads from every state to a final one, closed and error alone being final", () => {
    expect(STATES.filter(isFinal)).toEqual(["closed", "error"]);
    for (const state of STATES) {
      const reached = new Set<SessionState>([state]);
      for (const each of reached) for (const next of SESSION_TRANSITIONS[each]) reached.add(next);
      expect([...reached].some(isFinal), state).toBe(true);
    }
  });

  it("lets a close end in closed, and nothing else", () => {
    expect(SESSION_TRANSITIONS.closing).toEqual(["closed"]);
  });

  it("is all that a machine ever does, whatever it is asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATES), { maxLength: 30 }), (wishes) => {
        let before: SessionState = "disconnected";
        const machine = new SessionMachine(({ from, to }) => {
          expect(from).toBe(before);
          expect(canTransition(from, to)).toBe(true);
          before = to;
        });
        for (const wish of wishes) {
          try {
            machine.step(wish);
          } catch (error) {
            expect(String(error)).toMatch(/^Error: bug: /);
          }
          expect(machine.state).toBe(before);
        }
      }),
    );
  });
});
