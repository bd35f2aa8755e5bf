import { z } from "zod";

const DECIMAL = /^-?\d{1,400}(\.\d{1,400})?(e[+-]?\d{1,3})?$/i;
const digits = z.string().regex(DECIMAL, "must be a number, or a text with its digits");
/** JavaScript holds 15 digits of any number. */
const HELD_DIGITS = 15;

/** A number, or a text with its digits, read as text with all of them: for columns of the type numeric. */
export const decimal = z.union([z.number().transform(String), digits]);

/** A number; also one that came as text because it has more digits than JavaScript holds. Rounded as a double is. */
export const double = z.union([
  z.number(),
  digits
    .min(HELD_DIGITS + 1)
    .transform(Number)
    .refine(Number.isFinite, "must be a number that a double can hold"),
]);
