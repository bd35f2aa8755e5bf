import { printable } from "@shoal/kernel";
import type { CcxtSettings } from "./load-exchange.ts";

/** Longest message: exchanges answer whole web pages. */
const MAX_CHARACTERS = 300;

const URL_QUERY = /(https?:\/\/[^\s?"']+)\?[^\s"']*/gi;
const URL_USER = /(\/\/)[^\s/@"']+@/g;
/** Parameters and headers that sign or identify, wherever they stand: in a body, in JSON, in a list of headers. */
const SIGNED =
  /([\w-]*(?:signature|sign|key|secret|token|passphrase|password)["']?\s*[=:]\s*)("[^"]*"?|'[^']*'?|[^\s&"',}]+)/gi;
const AUTHORIZATION = /(authorization["']?\s*[=:]\s*["']?)[^"'\r\n,}]+/gi;

/** Returns the message without queries of URLs, signatures, keys, and these secrets; short, and safe for a terminal. */
export function redact(message: string, secrets: readonly string[]): string {
  let text = message;
  // First, and whole: a pattern below could end within a secret.
  for (const secret of formsOf(secrets)) text = text.replaceAll(secret, "…");
  text = text
    .replace(URL_QUERY, "$1?…")
    .replace(URL_USER, "$1…@")
    .replace(AUTHORIZATION, "$1…")
    .replace(SIGNED, (_, name: string, value: string) => name + hidden(value));
  const shown = printable(text);
  return shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}…` : shown;
}

function hidden(value: string): string {
  const quote = /^["']/.exec(value)?.[0] ?? "";
  return `${quote}…${quote}`;
}

/** As they are, in an address and in JSON; the longest first, for one may be a part of another. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ]);
  return [...new Set(forms)].filter((form) => form !== "").sort((left, right) => right.length - left.length);
}

const SECRET_SETTINGS = [
  "apiKey",
  "secret",
  "password",
  "uid",
  "login",
  "token",
  "privateKey",
  "walletAddress",
  "twofa",
];

/** Returns the settings of an exchange that nobody may read. */
export function secretsOf(settings: CcxtSettings): string[] {
  return SECRET_SETTINGS.map((name) => settings[name]).filter(
    (value): value is string => typeof value === "string" && value !== "",
  );
}
