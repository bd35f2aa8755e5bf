import { z } from "zod";

/** Digits as people write them. `Number` would also take `0x10`, `1e2`, a blank before the digits, and no digits at all as 0. */
const DIGITS = /^-?\d{1,16}(?:\.\d{1,16})?$/;

const numberIn = (text: unknown) => (typeof text === "string" && DIGITS.test(text) ? Number(text) : text);

/** Reads a number of a query string, and checks it against `schema`. */
export const queryNumber = <Schema extends z.ZodType<number>>(schema: Schema) => z.preprocess(numberIn, schema);
