const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;

/**
 * Is what a method, `authorize` or `authenticate` throws to refuse **before it did anything**.
 *
 * The client sees the code, the message and the detail, and its token is `failed`. Whatever else is
 * thrown reaches the client as `METHOD_FAILED` without its message, and its token is `unknown`.
 *
 * @example
 * ```ts
 * server.method("order.place", (order) => {
 *   if (order.quantity <= 0) throw new Refusal("BAD_QUANTITY", "quantity must be above 0");
 *   return place(order);
 * });
 * ```
 */
export class Refusal extends Error {
  /** Names the refusal: capitals, digits and `_`, at most 64 characters. */
  readonly code: string;
  /** What else the client should know, as JSON; undefined for nothing. */
  readonly detail: unknown;

  /** @throws RangeError when `code` is not a name of that form. */
  constructor(code: string, message: string, detail?: unknown) {
    if (!CODE.test(code)) {
      throw new RangeError(`code must match ${CODE.source}, got ${JSON.stringify(code)}`);
    }
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
  }
}
