import { Session } from "orderly-ws";
import { Journal } from "./journal.js";

const ECHO_INTERVAL_MS = 2_000;

/** Fetches a token from the desk; the name of the guest stays the same. */
async function fetchToken(previous) {
  const response = await fetch("/tokens", { method: "POST", body: previous });
  if (!response.ok) throw new Error(`no token: HTTP ${response.status}`);
  return response.text();
}

/**
 * The page's side of the desk: one session at a time, what is subscribed on it, and the journal of it all.
 *
 * Panels hear `session` (a new one), `quote`, `topic` (a topic's phase changed), `rtt`, `closing` and `receipt`; a page that
 * shows more adds its own subscriptions and handlers in the same way.
 */
export class DeskClient extends EventTarget {
  journal = new Journal();
  /** The present session; a closed one is kept until the next is opened. */
  session;
  /** The last receipt, or null. */
  receipt = null;
  #token = "";
  #subscriptions = new Map();
  #phases = new Map();
  #echoTimer;

  /** Opens a session and connects it; where the server is not there, it keeps trying. */
  open() {
    const url = new URL("/session", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const session = new Session({
      url: url.href,
      credentials: async () => {
        this.#token = await fetchToken(this.#token);
        return this.#token;
      },
      reconnect: { retryFirst: true, maxDelayMs: 5_000 },
    });
    this.session = session;
    this.receipt = null;
    this.#subscriptions.clear();
    this.#phases.clear();
    session.on("state", (change) => this.journal.add("state", { ...change }));
    session.on("event", (record) => this.journal.add("session", { record }));
    session.on("error", (error) => {
      this.journal.add("error", { code: error.code, message: error.message });
    });
    this.#track(session.connect(), "");
    this.#emit("session");
    clearInterval(this.#echoTimer);
    this.#echoTimer = setInterval(() => {
      void this.#measure(session);
    }, ECHO_INTERVAL_MS);
    return session;
  }

  /** The name under which the desk let us in; empty before. */
  get guest() {
    return this.#token.split(".")[0];
  }

  /**
   * Asks what there is to subscribe to, until there is an answer.
   *
   * @returns The listings, or null where the session ended before.
   */
  async listings() {
    const { session } = this;
    for (;;) {
      const token = session.request("desk.listings", undefined, { deadlineMs: Infinity });
      try {
        return await token;
      } catch {
        // Only a lost link leaves it in doubt, and reading twice does no harm.
        if (token.outcome !== "unknown") return null;
      }
    }
  }

  /** The phase of a topic: `off`, `subscribing`, `live` or `unsubscribing`. */
  phaseOf(topic) {
    return this.#phases.get(topic) ?? "off";
  }

  /** Subscribes to a topic. */
  subscribe(topic) {
    const subscription = this.session.subscribe(topic, { deadlineMs: Infinity });
    this.#subscriptions.set(topic, subscription);
    subscription.on("event", ({ seq, data }) => {
      this.journal.add("topic", { topic, seq });
      this.#emit("quote", { topic, seq, data });
    });
    subscription.on("gap", (gap) => {
      this.journal.add("gap", gap);
      const answer = gap.to === null ? "numbers start anew" : `missed ${gap.from} to ${gap.to}`;
      this.#setPhase(topic, subscription, this.phaseOf(topic), { answer });
    });
    subscription.on("closed", (end) => {
      this.journal.add("closed", end);
      this.#setPhase(topic, subscription, "off");
    });
    this.#setPhase(topic, subscription, "subscribing");
    this.#track(subscription.token, topic, () => {
      const isAcked = subscription.token.outcome === "acked";
      const answer = isAcked ? `from ${subscription.position(topic).seq + 1}` : "";
      this.#setPhase(topic, subscription, isAcked ? "live" : "off", { answer });
    });
  }

  /** Unsubscribes from a topic. */
  unsubscribe(topic) {
    const subscription = this.#subscriptions.get(topic);
    if (subscription === undefined) return;
    const token = subscription.unsubscribe();
    this.#setPhase(topic, subscription, "unsubscribing");
    this.#track(token, topic, (receipt) => {
      const answer = [token.outcome, token.proof].filter(Boolean).join(" ");
      this.#setPhase(topic, subscription, "off", { answer, lastSeq: receipt?.lastSeq[topic] });
    });
  }

  /** Closes the session. The receipt comes whatever happens, within five seconds. */
  async close() {
    const token = this.session.close();
    clearInterval(this.#echoTimer);
    this.#emit("closing");
    this.#track(token, "");
    this.receipt = await token;
    this.journal.add("receipt", { receipt: this.receipt });
    for (const [topic, subscription] of this.#subscriptions) {
      if (this.phaseOf(topic) === "off") continue;
      const isOver = this.receipt.unsubscribed.includes(topic);
      // Without a connection nobody acknowledged it, and nobody had to.
      const proof = this.receipt.closeCode === null ? "acked local" : "acked at close";
      const answer = isOver ? proof : "unknown";
      const lastSeq = this.receipt.lastSeq[topic];
      this.#setPhase(topic, subscription, "off", { answer, lastSeq });
    }
    this.#emit("receipt");
  }

  async #measure(session) {
    if (session.state !== "subscribed" && session.state !== "authenticated") return;
    const token = session.request("desk.echo");
    try {
      await token;
      this.#emit("rtt", { ms: token.settledAt - token.issuedAt });
    } catch {
      // The session has reported it; the journal has it.
    }
  }

  #setPhase(topic, subscription, phase, details = {}) {
    // An older subscription of the topic has nothing to say any more.
    if (this.#subscriptions.get(topic) !== subscription) return;
    this.#phases.set(topic, phase);
    this.#emit("topic", { topic, phase, ...details });
  }

  /** Notes how a token ends. */
  #track(token, topic, onSettled) {
    const note = (value) => {
      const { id, type, outcome, proof = null, error } = token;
      const lastSeq = value?.lastSeq?.[topic] ?? null;
      const durationMs = token.settledAt - token.issuedAt;
      const code = error?.code ?? null;
      this.journal.add("token", { id, type, topic, outcome, proof, code, lastSeq, durationMs });
      onSettled?.(value);
    };
    token.then(note, () => note(undefined));
  }

  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
