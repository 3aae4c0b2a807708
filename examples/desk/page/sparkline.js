const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 96;
const HEIGHT = 26;
const MARGIN = 2;
const MAX_POINTS = 60;

/** A small line of the last prices, with the previous close as a dashed base. */
export class Sparkline {
  node = document.createElementNS(SVG, "svg");
  #line = document.createElementNS(SVG, "polyline");
  #base = document.createElementNS(SVG, "line");
  #previousClose;
  #points = [];

  /** @param previousClose - As text; only the drawing reads it as a number. */
  constructor(previousClose) {
    this.#previousClose = Number(previousClose);
    this.node.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.node.setAttribute("class", "sparkline");
    this.node.setAttribute("aria-hidden", "true");
    this.#base.setAttribute("class", "base");
    this.node.append(this.#base, this.#line);
  }

  /** Adds a price. */
  add(price) {
    this.#points.push(Number(price));
    if (this.#points.length > MAX_POINTS) this.#points.shift();
    this.#draw();
  }

  #draw() {
    const low = Math.min(this.#previousClose, ...this.#points);
    const high = Math.max(this.#previousClose, ...this.#points);
    const span = high - low || 1;
    const y = (price) =>
      (HEIGHT - MARGIN - ((price - low) / span) * (HEIGHT - 2 * MARGIN)).toFixed(1);
    const x = (index) => ((index * WIDTH) / (MAX_POINTS - 1)).toFixed(1);
    const base = y(this.#previousClose);
    for (const [name, value] of Object.entries({ x1: 0, x2: WIDTH, y1: base, y2: base })) {
      this.#base.setAttribute(name, String(value));
    }
    const points = this.#points.map((price, index) => `${x(index)},${y(price)}`);
    this.#line.setAttribute("points", points.join(" "));
  }
}
