import { element, setText } from "../dom.js";
import { directionOf, formatChange, formatPercent, formatPrice } from "../format.js";
import { Sparkline } from "../sparkline.js";

const FLASH_MS = 700;
const ARROWS = { up: "▲", down: "▼", flat: "" };
const LINK_UP = new Set(["authenticated", "subscribing", "subscribed", "closing"]);

/** One instrument: its switch, its price as it moves, and where its topic is. */
export class QuoteRow {
  topic;
  node;
  #listing;
  #switch;
  #price = element("span.price");
  #change = element("td.number.wide");
  #percent = element("td.number");
  #seq = element("td.number.seq", { title: "Number of the last event received" });
  #phase = element("span.phase");
  #answer = element("small.answer");
  #sparkline;
  #lastPrice = "";

  /** @param onSwitch - Hears whether it is wanted now. */
  constructor(listing, onSwitch) {
    this.#listing = listing;
    this.topic = `quotes:${listing.symbol}`;
    this.#switch = element("input.switch", {
      type: "checkbox",
      role: "switch",
      checked: true,
      "aria-label": `Subscribe to ${listing.name}`,
    });
    this.#switch.addEventListener("change", () => onSwitch(this.#switch.checked));
    this.#sparkline = new Sparkline(listing.previousClose);
    this.node = element(
      "tr",
      { "data-topic": this.topic },
      element("td.cell-switch", {}, this.#switch),
      element(
        "th",
        { scope: "row" },
        element("span.name", {}, listing.name),
        element("small", {}, listing.symbol),
      ),
      element("td.number.cell-price", {}, this.#price),
      this.#change,
      this.#percent,
      element("td.wide.trend", {}, this.#sparkline.node),
      this.#seq,
      element("td.cell-topic", {}, this.#phase, this.#answer),
    );
    if (listing.last === null) this.#renderPrevious();
    else this.#renderNumbers(listing.last);
  }

  /** Shows a new price. */
  renderQuote(quote, seq) {
    const moved = this.#lastPrice === "" ? 0 : Number(quote.price) - Number(this.#lastPrice);
    this.#renderNumbers(quote);
    setText(this.#seq, String(seq));
    this.#sparkline.add(quote.price);
    if (moved !== 0) this.#flash(moved > 0 ? "up" : "down");
  }

  /** Shows where the topic is, in view of where the session is. */
  renderPhase(phase, sessionState) {
    const isOver = sessionState === "closed" || sessionState === "error";
    const isWaiting = !LINK_UP.has(sessionState) && (phase === "live" || phase === "subscribing");
    const shown = isOver ? "closed" : isWaiting ? "waiting" : phase;
    this.node.dataset.phase = shown;
    setText(this.#phase, shown);
    this.#switch.disabled = isOver || sessionState === "closing";
    this.node.setAttribute("aria-busy", String(shown.endsWith("ing")));
  }

  /** Shows how the last subscribe or unsubscribe was answered. */
  renderAnswer({ answer = "", lastSeq }) {
    setText(this.#answer, lastSeq === undefined ? answer : `${answer}, last ${lastSeq}`);
  }

  #renderPrevious() {
    setText(this.#price, formatPrice(this.#listing.previousClose, this.#listing.currency));
    setText(this.#change, "–");
    setText(this.#percent, "–");
  }

  #renderNumbers({ price, change, changePercent }) {
    const { currency } = this.#listing;
    const direction = directionOf(change);
    this.node.dataset.direction = direction;
    setText(this.#price, formatPrice(price, currency));
    setText(this.#change, `${ARROWS[direction]} ${formatChange(change, currency)}`.trim());
    setText(this.#percent, formatPercent(changePercent));
    this.#lastPrice = price;
  }

  #flash(direction) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const color = `var(--flash-${direction})`;
    this.#price.animate([{ backgroundColor: color }, { backgroundColor: "transparent" }], FLASH_MS);
  }
}
