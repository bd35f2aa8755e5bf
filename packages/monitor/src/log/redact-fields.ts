import { type LogFields, toError } from "@shoal/kernel";
import { REDACTED, redactText } from "./redact-text.ts";

/** Fields that are deeper or more than this are left out, and the line says so: it is not a dump. */
const DEEPEST = 6;
const MOST_EACH = 50;
const MOST_VALUES = 500;

/** In a name without case and punctuation. */
const SECRET_NAME =
  /apikey|accesskey|privatekey|secretkey|anonkey|token|jwt|authorization|password|passwd|pwd|passphrase|secret|credential|cookie|servicerole/;
/** `key` alone names a presence entry. */
const KEY_NAME = /[_-]keys?$|[a-z0-9]Keys?$|[_-]KEYS?$/;
const MESSAGE_TEXT = new Set(["text", "payload", "body", "messagetext"]);
/** Written by the log itself; a field of that name would overwrite it for every JSON reader. */
const RESERVED = new Set(["level", "time", "service", "msg"]);

type Budget = { values: number };

function isWithheld(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  return SECRET_NAME.test(plain) || MESSAGE_TEXT.has(plain) || KEY_NAME.test(name);
}

function redactEntry(name: string, value: unknown, depth: number, budget: Budget): unknown {
  // Shows whether there is a token, and nothing else about it.
  if (typeof value === "boolean" || value === null || value === undefined) return value;
  return isWithheld(name) ? REDACTED : redactValue(value, depth, budget);
}

function redactError(error: Error, depth: number, budget: Budget): unknown {
  const { name, message, stack, cause } = error;
  const own = redactObject({ ...error }, depth, budget);
  return {
    name,
    message: redactText(message),
    ...own,
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redactValue(cause, depth + 1, budget) }),
    ...(error instanceof AggregateError ? { errors: redactValue(error.errors, depth + 1, budget) } : {}),
  };
}

function redactObject(object: object, depth: number, budget: Budget): Record<string, unknown> {
  // fromEntries defines rather than assigns, so that a field called `__proto__` stays a field.
  const entries = Object.entries(object);
  const clean = entries
    .slice(0, MOST_EACH)
    .map(([name, value]) => [redactText(name), redactEntry(name, value, depth + 1, budget)]);
  const left = entries.length - clean.length;
  return Object.fromEntries(left > 0 ? [...clean, ["fields_left_out", left]] : clean);
}

function redactList(list: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const clean = list.slice(0, MOST_EACH).map((item) => redactValue(item, depth + 1, budget));
  const left = list.length - clean.length;
  return left > 0 ? [...clean, `[${left} more]`] : clean;
}

function redactValue(value: unknown, depth: number, budget: Budget): unknown {
  budget.values += 1;
  if (budget.values > MOST_VALUES) return "[too many values]";
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return redactText(String(value));
  if (typeof value === "symbol" || typeof value === "function") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEEPEST) return "[too deep]";
  if (value instanceof Error) return redactError(value, depth, budget);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set) return redactList([...value], depth, budget);
  if (value instanceof Map) return redactObject(Object.fromEntries(value), depth, budget);
  if ("toJSON" in value && typeof value.toJSON === "function") return redactValue(value.toJSON(), depth + 1, budget);
  return redactObject(value, depth, budget);
}

/**
 * The fields of one log line without secrets and message text, at any depth. Never throws: a field that cannot be read
 * costs the line its fields, not the caller its call.
 */
export function redactFields(fields: LogFields): LogFields {
  const budget: Budget = { values: 0 };
  try {
    const clean = redactObject(fields, 0, budget);
    return Object.fromEntries(
      Object.entries(clean).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, value]),
    );
  } catch (thrown) {
    return { fields_unreadable: redactText(toError(thrown).message) };
  }
}
