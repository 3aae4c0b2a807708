import { dateText } from "../bound-values.ts";
import { type Binder, inexact, unfit, wrongType } from "./binder.ts";
import type { ProcedureParameter } from "./parameter.ts";

const DATE = /^\d{4}-\d\d-\d\d()$/;
const TIME = /^-?\d{1,3}:\d\d:\d\d(?:\.(\d{1,6}))?$/;
const DATETIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.(\d{1,6}))?$/;

/**
 * DATE, TIME, DATETIME and TIMESTAMP. A Date goes as UTC with its milliseconds, which the server rounds to the declared
 * precision, as it does for everybody; a text with more digits than the type is refused, since it asks for them.
 */
export function timeBinder(parameter: ProcedureParameter): Binder {
  const { type } = parameter;
  const form = type === "date" ? DATE : type === "time" ? TIME : DATETIME;
  return (value) => {
    if (value instanceof Date && type !== "time") {
      const text = dateText(value, `parameter ${parameter.name}`);
      if (type !== "date") return text;
      return text.slice(0, "YYYY-MM-DD".length);
    }
    if (typeof value !== "string") throw wrongType(parameter, value);
    const fraction = form.exec(value);
    if (fraction === null) throw unfit(parameter, "a text of another form");
    const digits = (fraction[1] ?? "").replace(/0+$/, "").length;
    if (digits > parameter.scale) throw inexact(parameter, `${digits} digits of a second`);
    return value;
  };
}
