import { endOfJsonString } from "./json-scan.ts";

/** Tells most texts apart that have no number a JavaScript number cannot hold. */
const MAY_BE_INEXACT = /\d[\d.]{15}|\d[eE]/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Parses JSON without losing digits: a number that a JavaScript number cannot hold becomes a text with its digits. These are whole
 * numbers beyond 2^53 - 1, and others of which JavaScript would print another value. Throws as `JSON.parse`.
 */
export function parseExactJson(json: string): unknown {
  const value: unknown = JSON.parse(json);
  if (!MAY_BE_INEXACT.test(json)) return value;
  const quoted = quoteInexact(json);
  return quoted === json ? value : JSON.parse(quoted);
}

/** Returns valid JSON with quotes around each number that would lose digits. */
function quoteInexact(json: string): string {
  let quoted = "";
  let doneTo = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at] ?? "";
    if (character === '"') at = endOfJsonString(json, at);
    else if (character === "-" || (character >= "0" && character <= "9")) {
      NUMBER.lastIndex = at;
      const [token = character] = NUMBER.exec(json) ?? [];
      if (!isExact(token)) {
        quoted += `${json.slice(doneTo, at)}"${token}"`;
        doneTo = at + token.length;
      }
      at += token.length - 1;
    }
  }
  return quoted + json.slice(doneTo);
}

function isExact(token: string): boolean {
  const value = Number(token);
  if (Number.isInteger(value) && /^-?\d+$/.test(token)) return Number.isSafeInteger(value);
  return Number.isFinite(value) && normalized(token) === normalized(String(value));
}

/** Writes a decimal in the one form that all its spellings share: 1.50, 15e-1 and 1.5 are the same. */
function normalized(decimal: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = PARTS.exec(decimal) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
