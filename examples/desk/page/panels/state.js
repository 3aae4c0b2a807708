import { SESSION_TRANSITIONS } from "orderly-ws";
import { element, setText } from "../dom.js";

/** The states in the order of a session's life; each row of the diagram is a stage of it. */
const STAGES = [
  ["Link", ["disconnected", "connecting", "connected"]],
  ["Identity", ["authenticating", "authenticated"]],
  ["Topics", ["subscribing", "subscribed"]],
  ["End", ["closing", "closed", "error"]],
];

const FACTS = {
  topicsLive: "topics live",
  operationsInFlight: "in flight",
  operationsHeld: "held",
  eventsQueued: "in lanes",
  bytesBuffered: "bytes buffered",
  lateAcks: "late acks",
};

const FACTS_STEP_MS = 250;

/** Fills the panel of the state diagram: the present state is lit, those that may follow are outlined. */
export function mountState(root, desk) {
  const path = element("span.muted", { id: "state-path" });
  const chips = new Map();
  const diagram = element("ol.stages");
  for (const [stage, states] of STAGES) {
    const list = element("ol.chips");
    for (const state of states) {
      const chip = element("li.chip", { textContent: state });
      chips.set(state, chip);
      list.append(chip);
    }
    diagram.append(element("li.stage", {}, element("span.stage-name", {}, stage), list));
  }
  const facts = element("dl.facts");
  const values = new Map();
  for (const [name, label] of Object.entries(FACTS)) {
    const value = element("dd", { textContent: "0" });
    values.set(name, value);
    facts.append(element("div", {}, element("dt", {}, label), value));
  }
  root.append(
    element("header.panel-head", {}, element("h2", { id: "state-title" }, "Session"), path),
    diagram,
    facts,
  );

  const renderState = (previous) => {
    const { state } = desk.session;
    setText(path, previous === undefined ? "" : `${previous} → ${state}`);
    for (const [name, chip] of chips) {
      chip.classList.toggle("now", name === state);
      chip.classList.toggle("next", SESSION_TRANSITIONS[state].includes(name));
      if (name === state) chip.setAttribute("aria-current", "step");
      else chip.removeAttribute("aria-current");
    }
  };
  const renderFacts = () => {
    const stats = desk.session.stats();
    for (const [name, value] of values) setText(value, stats[name].toLocaleString("en"));
  };
  desk.addEventListener("session", () => renderState());
  desk.journal.onEntry((entry) => {
    if (entry.kind !== "state") return;
    renderState(entry.from);
    renderFacts();
  });
  desk.addEventListener("session", renderFacts, { once: true });
  setInterval(renderFacts, FACTS_STEP_MS);
}
