import { dateText } from "../bound-values.ts";
import { type Binder, inexact, unfit, wrongType } from "./binder.ts";
import type { ProcedureParameter } from "./parameter.ts";

const FORMS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d()$/,
  time: /^-?\d{1,3}:\d\d:\d\d(?:\.(\d{1,6}))?$/,
  datetime: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.(\d{1,6}))?$/,
  timestamp: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.(\d{1,6}))?$/,
};

/**
 * DATE, TIME, DATETIME and TIMESTAMP. A Date goes as UTC with its milliseconds, which the server rounds to the declared
 * precision, as it does for everybody; a text with more digits than the type is refused, since it asks for them.
 */
export function timeBinder(parameter: ProcedureParameter): Binder {
  const form = FORMS[parameter.type] ?? /^$/;
  return (value) => {
    if (value instanceof Date && parameter.type !== "time") {
      const text = dateText(value, `parameter ${parameter.name}`);
      if (parameter.type !== "date") return text;
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
