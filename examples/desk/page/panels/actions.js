import { isFinal } from "orderly-ws";
import { element } from "../dom.js";

/** Fills the place of the two buttons: close the session, open a new one. */
export function mountActions(root, desk) {
  const close = element("button.button", { type: "button", textContent: "Close session" });
  const open = element("button.button.primary", {
    type: "button",
    textContent: "New session",
    hidden: true,
  });
  root.append(close, open);
  close.addEventListener("click", () => desk.close());
  open.addEventListener("click", () => {
    desk.open();
    close.focus();
  });

  const render = () => {
    const { state } = desk.session;
    close.hidden = isFinal(state);
    open.hidden = !isFinal(state);
    close.disabled = state === "closing";
    close.textContent = state === "closing" ? "Closing…" : "Close session";
  };
  desk.journal.onEntry(({ kind }) => {
    if (kind === "state") render();
  });
  desk.addEventListener("session", render);
}
