/** Writes down when a handler starts and ends; `finish` lets the oldest running one end. */
export class SlowHandler {
  readonly log: string[] = [];
  readonly #running: (() => void)[] = [];

  readonly handle = ({ topic, seq }: { topic: string; seq: number }): Promise<void> => {
    this.log.push(`${topic}${seq}`);
    return new Promise((resolve) =>
      this.#running.push(() => {
        this.log.push(`/${topic}${seq}`);
        resolve();
      }),
    );
  };

  get running(): number {
    return this.#running.length;
  }

  finish(): void {
    this.#running.shift()?.();
  }
}
