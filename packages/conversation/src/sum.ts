import { pairs } from "./table.ts";

/** Length above which a message is about more than one sum. */
const MAX_LENGTH = 60;
const ROUNDING = 1000;

const LEAD = /^(?:.{0,20}\b)?(?:what is|what's|whats|how much is|calculate) /;
const NUMBER = String.raw`(-?\d{1,6}(?:\.\d{1,3})?)`;
const SUM = new RegExp(String.raw`^${NUMBER} ?(\+|-|\*|x|×|\/|÷|plus|minus|times|divided by) ?${NUMBER} ?(=? ?\??)$`);
const SIGNS = pairs("plus=+,minus=-,*=×,x=×,times=×,÷=/,divided by=/");

/** Works out two numbers and one operator: "2 + 2 is 4". Null if the message is anything else. */
export function sumIn(message: string): string | null {
  if (message.length > MAX_LENGTH) return null;
  const text = message.trim().toLowerCase().replace(/\s+/g, " ");
  const asked = text.replace(LEAD, "");
  const [isSum, first, written = "", second, mark] = SUM.exec(asked) ?? [];
  const sign = SIGNS.get(written) ?? written;
  // "24/7" and "9-5" are sums only in a question.
  if (!isSum || (asked === text && mark === "" && (written === "-" || written === "/"))) return null;
  const [left, right] = [Number(first), Number(second)];
  if (sign === "/" && right === 0) return `${left} / 0 has no answer`;
  const exact = sign === "+" ? left + right : sign === "-" ? left - right : sign === "/" ? left / right : left * right;
  const rounded = Math.round(exact * ROUNDING) / ROUNDING;
  return `${left} ${sign} ${right} is ${Math.abs(exact - rounded) < 1e-9 ? "" : "about "}${rounded}`;
}
