import type { Connection, Transport } from "orderly-ws";

/** A transport whose connection can be cut from outside, as a network does. */
export class CuttableTransport implements Transport {
  readonly #inner: Transport;
  #current: Connection | undefined;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  connect(...args: Parameters<Transport["connect"]>): Connection {
    this.#current = this.#inner.connect(...args);
    return this.#current;
  }

  /** Drops the connection without a word. */
  cut(): void {
    this.#current?.terminate();
  }
}
