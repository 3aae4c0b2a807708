/** Ends when a signal aborts. */
interface Abortable {
  /** The signal aborted. */
  abort(): void;
}

/** Listens to a signal on behalf of many: Node takes more than ten listeners for a leak. */
export class SignalWatch extends Set<Abortable> {
  /** The signal aborted. */
  handleEvent(): void {
    for (const waiting of this) waiting.abort();
  }
}

const WATCHES = new WeakMap<AbortSignal, SignalWatch>();

/** The one watch of a signal, over all sessions. */
export function watchOf(signal: AbortSignal): SignalWatch {
  const watch = WATCHES.get(signal) ?? new SignalWatch();
  WATCHES.set(signal, watch);
  return watch;
}
