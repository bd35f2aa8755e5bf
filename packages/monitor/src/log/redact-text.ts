/** What stands in a log line where something was taken out. */
export const REDACTED = "[redacted]";

/** Longer strings are replaced by their length: a cut could leave half a secret that no pattern recognises any more. */
const LONGEST_TEXT = 8192;

/** Part of a name that makes it secret-looking, with anything around it: `X-Api-Key`, `refreshToken`, `db_password`. */
const SECRET_WORD =
  "(?:api[_-]?key|[_-]key|token|authorization|passw(?:or)?d|pwd|passphrase|secret|credential|cookie|service[_-]?role)";

/** A value: taken out already, quoted, quoted inside a JSON string, or up to the next white space, because a bare secret may hold any punctuation. */
const VALUE = String.raw`(?:\[redacted\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\+["'][\s\S]*?\\+["']|\S+)`;

/** `name=value`, `name: value`, `"name":"value"`. Bounded repeats keep it linear on hostile text. */
const NAMED_SECRET = new RegExp(String.raw`(${SECRET_WORD}\w{0,32}\\{0,4}["']?\s{0,8}[=:]\s{0,8})${VALUE}`, "gi");

/** Their value may be several words: nothing else on that line is kept. */
const SECRET_HEADER = /((?:authorization|cookie)\\{0,4}["']?\s{0,8}[=:]).*/gi;

const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;

/** Up to the last "@", because a password may hold an unescaped "@" or "/". */
function withoutUserInfo(url: string): string {
  const at = url.lastIndexOf("@");
  return at < 0 ? url : `://${REDACTED}${url.slice(at)}`;
}

/** A JSON Web Token starts with the base64 of `{"` and has dots; what follows it in one word goes with it. */
function withoutJwt(word: string): string {
  const start = word.indexOf("eyJ");
  return start < 0 || !word.includes(".", start) ? word : `${word.slice(0, start)}${REDACTED}`;
}

/**
 * The same text without what looks like a secret: private keys, user and password in URLs, JSON Web Tokens, Supabase
 * and OpenAI keys, bearer tokens, and the values of secret-looking names. Errs on the side of taking out too much. A
 * text of more than 8,192 characters is replaced by its length.
 */
export function redactText(text: string): string {
  if (text.length > LONGEST_TEXT) return `[${text.length} characters]`;
  return text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(SECRET_HEADER, `$1 ${REDACTED}`)
    .replace(/:\/\/\S+/g, withoutUserInfo)
    .replace(/[\w.-]{6,}/g, withoutJwt)
    .replace(/\bsb_(?:secret|publishable)_[\w-]+/g, REDACTED)
    .replace(/\bsk-[\w-]{8,}/g, REDACTED)
    .replace(/\b(bearer|basic)\s+\S+/gi, `$1 ${REDACTED}`)
    .replace(NAMED_SECRET, `$1${REDACTED}`);
}
