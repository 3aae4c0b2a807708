import type { Observation } from "../observation.ts";
import {
  batchedUnsubscribe,
  closeWithUnhandled,
  cutWhileClosing,
  gapAndReorder,
  handlerThrows,
} from "./delivery-cases.ts";
import { notifyThenClose, publishThroughOutage, requestThenClose } from "./request-cases.ts";
import {
  closeTwiceMute,
  disposeThenClose,
  unsubscribeMute,
  unsubscribeThenClose,
  unsubscribeThenReconnect,
  unsubscribeUnanswered,
} from "./unsubscribe-cases.ts";

/** Our side of each case, by its id. */
export const OUR_CASES: Readonly<Record<string, () => Promise<Observation>>> = {
  R1: unsubscribeMute,
  R2: unsubscribeThenClose,
  R3: unsubscribeThenReconnect,
  R4: unsubscribeUnanswered,
  R5: disposeThenClose,
  R6: requestThenClose,
  R7: closeTwiceMute,
  R8a: closeWithUnhandled,
  R8b: cutWhileClosing,
  R8c: publishThroughOutage,
  R9a: handlerThrows,
  R9b: gapAndReorder,
  R9c: batchedUnsubscribe,
  R10: notifyThenClose,
};
