import type { Eventual } from "./backplane.ts";

/** Goes on with a value: at once where it is there, else when its promise resolves. */
export function whenThere<Value, Result>(
  value: Eventual<Value>,
  next: (value: Value) => Eventual<Result>,
): Eventual<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Collects values: at once where all of them are there. */
export function allThere<Value>(values: readonly Eventual<Value>[]): Eventual<Value[]> {
  if (values.some((value) => value instanceof Promise)) return Promise.all(values);
  return values as Value[];
}
