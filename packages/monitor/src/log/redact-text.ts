/** What stands in a log line where something was taken out. */
export const REDACTED = "[redacted]";

/** A longer string is named by its length only: a cut could leave half a secret that no pattern recognises any more. */
const LONGEST_TEXT = 8192;

/** The words that make a name secret-looking, whatever stands around them: `X-Api-Key`, `refreshToken`, `db_password`. */
const SECRET_WORDS =
  "api[_-]?key|token|authorization|passw(?:or)?d|passphrase|secret|credential|cookie|[_-]key|service[_-]?role";

/** `name=value`, `name: value` and `"name":"value"`; a quoted value goes whole, spaces and all. */
const NAMED_SECRET = new RegExp(
  String.raw`([\w.-]*(?:${SECRET_WORDS})\w*\\?["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&,;)}\]]+)`,
  "gi",
);

/** In this order: what carries its own mark first, then what is only named secret. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  // Greedy up to the last "@": a password may hold an unescaped "@" or "/".
  [/([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, `$1${REDACTED}@`],
  [/eyJ[\w-]*\.[\w-]+(?:\.[\w-]*)*/g, REDACTED],
  [/\bsb_(?:secret|publishable)_[\w-]+/g, REDACTED],
  [/\bsk-[\w-]{8,}/g, REDACTED],
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, `$1 ${REDACTED}`],
  [NAMED_SECRET, `$1${REDACTED}`],
];

/** The same text without anything that looks like a secret. Errs on the side of taking out too much. */
export function redactText(text: string): string {
  if (text.length > LONGEST_TEXT) return `[${text.length} characters]`;
  return PATTERNS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}
