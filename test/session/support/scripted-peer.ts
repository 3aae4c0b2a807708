import { FakeRefusal } from "../../../src/testing/fake-refusal.ts";

export { FakeServer as ScriptedPeer } from "../../../src/testing/fake-server.ts";

/** An error answer, number and data as a test wishes. */
export class PeerFailure extends FakeRefusal {
  readonly data: unknown;

  constructor(number: number, data?: unknown) {
    super("REFUSED", undefined, number);
    this.data = data;
  }

  override toWire() {
    return { code: this.number, message: "refused by the script", data: this.data } as ReturnType<
      FakeRefusal["toWire"]
    >;
  }
}
