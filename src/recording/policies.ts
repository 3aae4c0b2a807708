import { atLeastOnce } from "../session/delivery/at-least-once.ts";
import { dropOldest } from "../session/delivery/drop-oldest.ts";
import type { PositionPolicy } from "../session/delivery/feed-watcher.ts";
import { latest } from "../session/delivery/latest.ts";
import { type MergeData, merge } from "../session/delivery/merge.ts";
import { sample } from "../session/delivery/sample.ts";
import type { Delivery } from "../session/delivery/thinning.ts";
import { isFields } from "./plain-values.ts";

/** What a subscription's options may hold that does something: it is recorded by its name and its settings. */
type Policy = Delivery | PositionPolicy;

const POLICIES: Readonly<Record<string, (...settings: never[]) => Policy>> = {
  latest,
  sample,
  "drop-oldest": dropOldest,
  merge: (mergeData: MergeData) => merge(mergeData),
  "at-least-once": atLeastOnce,
};

/** Tells a policy from other values. */
export function isPolicy(value: object): value is Policy {
  const { thin, keep, spec } = value as Partial<Delivery> & Partial<Pick<PositionPolicy, "keep">>;
  const does = typeof thin === "function" || typeof keep === "function";
  return does && isFields(spec) && Object.hasOwn(POLICIES, String(spec["type"]));
}

/** Makes a policy of what was recorded of it; undefined where there is none of that name. */
export function makePolicy(type: string, settings: readonly unknown[]): Policy | undefined {
  return Object.hasOwn(POLICIES, type) ? POLICIES[type]?.(...(settings as never[])) : undefined;
}
