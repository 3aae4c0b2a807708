import { describe, expect, it } from "vitest";
import { measureLatency } from "../../src/transport/latency-meter.ts";
import { prometheusText } from "../../src/transport/prometheus-text.ts";
import { withPeer } from "../session/support/world.ts";

function linesOf(text: string, part: string): string[] {
  return text.split("\n").filter((line) => line.includes(part));
}

describe("prometheusText", () => {
  it("has every figure of a session's stats, under names of its own", async () => {
    const { session, clock, peer } = await withPeer();
    session.subscribe("a").on("event", () => {});
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    const text = prometheusText(session.stats());
    expect(text.endsWith("\n")).toBe(true);
    expect(linesOf(text, "events_received")).toEqual([
      "# HELP orderly_ws_session_events_received_total Events received, on topics that were wanted",
      "# TYPE orderly_ws_session_events_received_total counter",
      "orderly_ws_session_events_received_total 1",
    ]);
    expect(text).toContain("\norderly_ws_session_topics_live 1\n");
    expect(text).toContain("\norderly_ws_session_oldest_event_age_seconds 0\n");
    const figures = Object.values(session.stats()).filter((value) => typeof value === "number");
    expect(linesOf(text, "# TYPE")).toHaveLength(figures.length);
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(/^# |^orderly_ws_session_\w+ \d/);
  });

  it("has the way of a session's events by topic, where it is measured, the others without a label", async () => {
    let nowMs = (): number => 0;
    const latency = measureLatency({ maxTopics: 1, now: () => nowMs(), wallNow: () => nowMs() });
    const { session, clock, peer } = await withPeer({ latency });
    nowMs = () => clock.now();
    session
      .subscribe(['a "b"\\', "c"])
      .on("event", () => new Promise<void>((done) => clock.setTimer(() => done(), 40)));
    await clock.advance(10);
    peer.event('a "b"\\', 1, "x", { at: clock.now() - 19 });
    peer.event("c", 1);
    await clock.advance(100);
    const stats = session.stats();
    const figures = stats.latency?.topics['a "b"\\'];
    expect(figures?.publishToReceived.p50Ms).toBeCloseTo(20, 0);
    const text = prometheusText(stats);
    const received = linesOf(text, "orderly_ws_session_publish_to_received_seconds");
    const label = 'topic="a \\"b\\"\\\\"';
    expect(received.slice(0, 3)).toEqual([
      "# HELP orderly_ws_session_publish_to_received_seconds From the publish of an event to its receipt, by two clocks",
      "# TYPE orderly_ws_session_publish_to_received_seconds summary",
      `orderly_ws_session_publish_to_received_seconds{${label},quantile="0.5"} ${(figures?.publishToReceived.p50Ms ?? 0) / 1_000}`,
    ]);
    // Of the other one nobody said when it was published.
    expect(received).toHaveLength(2 + 6);
    const ended = linesOf(text, "orderly_ws_session_start_to_end_seconds");
    expect(ended).toContain(`orderly_ws_session_start_to_end_seconds_count{${label}} 1`);
    expect(ended).toContain("orderly_ws_session_start_to_end_seconds_count 1");
    expect(linesOf(text, "orderly_ws_session_received_to_start_seconds")).toHaveLength(2 + 12);
  });
});
