import type { Kernel } from "../kernel.ts";
import type { SessionError } from "../tokens/errors.ts";
import type { Operations } from "./operations.ts";
import { PlainOperation } from "./plain-operation.ts";
import { snapshot } from "./snapshot.ts";

/** Sends a notification, or holds it; throws what its caller must know. */
export function sendNotification(
  kernel: Kernel,
  operations: Operations,
  method: string,
  given: unknown,
): "sent" | "queued" {
  let params = given;
  let refusal: SessionError | undefined;
  let returned = false;
  const operation = new PlainOperation(
    "notification",
    (codec) => codec.encodeNotification(method, params),
    (ending) => {
      if (ending.by !== "drop") return;
      // Once its caller goes on, what happens can only be told as an error.
      if (returned) kernel.report(ending.error);
      else refusal = ending.error;
    },
  );
  operation.freeze = () => {
    params = snapshot(params);
  };
  kernel.run("send_request", () => operations.submit(operation), [method]);
  if (refusal !== undefined) throw refusal;
  returned = true;
  return operation.written ? "sent" : "queued";
}
