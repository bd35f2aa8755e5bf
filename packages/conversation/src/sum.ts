/** Length above which a message is about more than one sum. */
const MAX_LENGTH = 60;
const ROUNDING = 1000;

const LEAD = /^(?:.{0,20}\b)?(?:what is|what's|whats|how much is|calculate) /;
const NUMBER = String.raw`(-?\d{1,6}(?:\.\d{1,3})?)`;
const SUM = new RegExp(String.raw`^${NUMBER} ?(\+|-|\*|x|×|\/|÷|plus|minus|times|divided by) ?${NUMBER} ?(=? ?\??)$`);

const OPERATORS: ReadonlyMap<string, "+" | "-" | "×" | "/"> = new Map([
  ["+", "+"],
  ["plus", "+"],
  ["-", "-"],
  ["minus", "-"],
  ["*", "×"],
  ["x", "×"],
  ["×", "×"],
  ["times", "×"],
  ["/", "/"],
  ["÷", "/"],
  ["divided by", "/"],
]);

/** Works out two numbers and one operator: "2 + 2 is 4". Null if the message is anything else. */
export function sumIn(message: string): string | null {
  if (message.length > MAX_LENGTH) return null;
  const text = message.trim().toLowerCase().replace(/\s+/g, " ");
  const asked = text.replace(LEAD, "");
  const [, left = "", sign = "", right = "", mark = ""] = SUM.exec(asked) ?? [];
  const operator = OPERATORS.get(sign);
  if (operator === undefined) return null;
  // "24/7" and "9-5" are sums only in a question.
  const isAsked = asked !== text || mark !== "";
  if (!isAsked && (sign === "-" || sign === "/")) return null;
  return solved(Number(left), operator, Number(right));
}

function solved(left: number, operator: "+" | "-" | "×" | "/", right: number): string {
  if (operator === "/" && right === 0) return `${left} / 0 has no answer`;
  const exact = { "+": left + right, "-": left - right, "×": left * right, "/": left / right }[operator];
  const rounded = Math.round(exact * ROUNDING) / ROUNDING;
  const isExact = Math.abs(exact - rounded) < 1e-9;
  return `${left} ${operator} ${right} is ${isExact ? "" : "about "}${rounded}`;
}
