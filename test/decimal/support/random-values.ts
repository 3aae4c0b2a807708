/** Gives random numbers that follow from a seed alone (xorshift128+ on 64-bit integers). */
export class SeededRandom {
  #a: bigint;
  #b: bigint;

  constructor(seed: bigint) {
    this.#a = BigInt.asUintN(64, seed * 0x9e3779b97f4a7c15n + 1n);
    this.#b = BigInt.asUintN(64, seed ^ 0xbf58476d1ce4e5b9n);
  }

  #next(): bigint {
    let x = this.#a;
    const y = this.#b;
    this.#a = y;
    x ^= BigInt.asUintN(64, x << 23n);
    this.#b = x ^ y ^ (x >> 17n) ^ (y >> 26n);
    return BigInt.asUintN(64, this.#b + y);
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Number(this.#next() % BigInt(limit));
  }

  /** A whole number of at most so many digits: each number of digits is as likely, and so are 0…0 and 9…9 runs. */
  digits(most: number): string {
    const length = 1 + this.below(most);
    const style = this.below(10);
    let text = "";
    for (let index = 0; index < length; index += 1) {
      if (style === 0) text += "9";
      else if (style === 1) text += index === 0 ? "1" : "0";
      else if (style === 2) text += this.below(2) === 0 ? "5" : "0";
      else text += this.below(10).toString();
    }
    return text;
  }

  /** A decimal text of at most so many digits before and after the point. */
  text(integerDigits: number, fractionDigits: number): string {
    const sign = this.below(2) === 0 ? "-" : "";
    const integer = integerDigits === 0 ? "0" : this.digits(integerDigits);
    return fractionDigits === 0 || this.below(8) === 0
      ? `${sign}${integer}`
      : `${sign}${integer}.${this.digits(fractionDigits)}`;
  }
}
