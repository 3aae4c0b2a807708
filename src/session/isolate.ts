/**
 * Wraps a listener of the application's, so that what it throws, or rejects with, goes no further.
 *
 * @param onFailure - Hears of it. Must not throw.
 */
export function isolate<Value>(
  listener: (value: Value) => unknown,
  onFailure: (error: unknown, value: Value) => void,
): (value: Value) => void {
  return (value) => {
    const failed = (error: unknown): void => onFailure(error, value);
    try {
      const result = listener(value);
      // An `async` function is a listener like any other to the compiler.
      if (isThenable(result)) result.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** Whether a value is something like a promise. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === "function"
  );
}
