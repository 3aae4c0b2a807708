import { element, setText } from "../dom.js";
import { formatMs } from "../format.js";

const DOWN = new Set(["disconnected", "connecting", "error"]);

/** Fills the place in the bar that says who we are, over which connection, in which state, how far away. */
export function mountLink(root, desk) {
  const guest = element("span.link-guest");
  const epoch = element("span.link-epoch");
  const rtt = element("span.link-rtt", { title: "Round trip of the last desk.echo request" });
  const state = element("span.pill", { id: "link-state" });
  root.append(guest, epoch, rtt, state);

  const render = () => {
    const { session } = desk;
    setText(guest, desk.guest);
    setText(epoch, session.epoch === 0 ? "" : `connection ${session.epoch}`);
    setText(state, session.state);
    state.className = `pill ${tone(session.state)}`;
    if (DOWN.has(session.state)) setText(rtt, "");
    document.body.dataset.state = session.state;
  };
  desk.journal.onEntry(({ kind }) => {
    if (kind === "state") render();
  });
  desk.addEventListener("session", render);
  desk.addEventListener("rtt", ({ detail }) => setText(rtt, `RTT ${formatMs(detail.ms)}`));
}

function tone(state) {
  if (state === "subscribed" || state === "authenticated") return "good";
  if (state === "closed") return "";
  return DOWN.has(state) ? "bad" : "busy";
}
