import { afterEach, expect, it, vi } from "vitest";
import { systemClock } from "../../src/server/system-clock.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("a timer that waits for longer than Node's timers can does not fire at once", () => {
  vi.useFakeTimers();
  const fire = vi.fn();
  const timer = systemClock.setTimer(fire, 2 ** 31);
  vi.advanceTimersByTime(86_400_000);
  expect(fire).not.toHaveBeenCalled();
  systemClock.clearTimer(timer);
});
