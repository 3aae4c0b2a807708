import { expect } from "vitest";
import { decimalEquality } from "../../src/testing/decimal-equality.ts";

expect.addEqualityTesters([decimalEquality]);
