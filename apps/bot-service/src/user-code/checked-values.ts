import { FleetError, isStorableText } from "@shoal/kernel";
import { z } from "zod";
import { issueLine } from "../issue-words.ts";
import { memberAttributes, type PayloadCodec } from "../payload-codec.ts";

/** A value that code of the fleet file returned, and that is not of its form; or what it threw instead of one. */
export interface ValueFault {
  /** Of the fleet file: `payloads.readMember()`. */
  readonly key: string;
  /** Never holds the value. */
  readonly problem: string;
  /** What a value must be. */
  readonly expected: string;
  readonly thrown?: unknown;
}

export type ReportValue = (fault: ValueFault) => void;

/**
 * Thrown in place of a value that cannot be used, once it is reported: `FLEET_VALUE_INVALID`. Whoever needed the value goes on as if
 * that one thing had failed.
 */
function unusable(key: string, expected: string, cause?: unknown): FleetError {
  const message = `${key} of the fleet file must be ${expected}`;
  return new FleetError("FLEET_VALUE_INVALID", message, { details: { key }, cause });
}

const absent = z
  .string()
  .nullish()
  .transform((text) => text ?? null);

/** Types alone: what a text says is a stranger's, and is judged where it is used. */
const reads = {
  readMember: {
    expected: "null, or { userId, name, status, since, matchId, isBot, attributes? }",
    form: z.object({
      ...{ userId: z.string(), name: absent, since: z.string(), matchId: absent },
      status: z.enum(["waiting", "idle", "matched"]),
      // Without it the fleet's own bots would be taken for people.
      isBot: z.boolean(),
      attributes: memberAttributes,
    }),
  },
  readMessage: {
    expected: "null, or { id, from, text, sentAt }, all of them texts",
    form: z.object({ id: z.string(), from: z.string(), text: z.string(), sentAt: z.string() }),
  },
  readTyping: {
    expected: "null, or { from, isTyping }",
    form: z.object({ from: z.string(), isTyping: z.boolean() }),
  },
  readLeave: { expected: "null, or { from, reason }", form: z.object({ from: z.string(), reason: z.string() }) },
};

/**
 * Lays the fleet file's codec over the default one. Its readers return `null` for whatever is not of the form, because one bad payload
 * must not hide the others; its writers throw FLEET_VALUE_INVALID.
 */
export function checkedPayloads(defaults: PayloadCodec, own: Partial<PayloadCodec>, report: ReportValue): PayloadCodec {
  const codec = { ...defaults, ...own };
  const reader = <T>(name: keyof typeof reads, form: z.ZodType<T>) => {
    const key = `payloads.${name}()`;
    const { expected } = reads[name];
    const read = (payload: unknown): T | null => {
      try {
        const value: unknown = codec[name](payload);
        if (value === null) return null;
        const { data, error } = form.safeParse(value);
        if (data) return data;
        const problem = isThenable(value) ? "must not be async" : issueLine(error?.issues[0], "its value");
        report({ key, problem, expected });
      } catch (thrown) {
        report({ key, problem: "throws", expected, thrown });
      }
      return null;
    };
    return Object.hasOwn(own, name) ? { [name]: read } : {};
  };
  const writer = (name: keyof PayloadCodec) => {
    const write = (value: never) =>
      checked(`payloads.${name}()`, "an object that JSON can hold", isJsonObject, report, () => codec[name](value));
    return Object.hasOwn(own, name) ? { [name]: write } : {};
  };
  return {
    ...codec,
    ...reader("readMember", reads.readMember.form),
    ...reader("readMessage", reads.readMessage.form),
    ...reader("readTyping", reads.readTyping.form),
    ...reader("readLeave", reads.readLeave.form),
    ...writer("writeMember"),
    ...writer("writeNotice"),
    ...writer("writeMessage"),
    ...writer("writeTyping"),
    ...writer("writeLeave"),
  };
}

interface Topics {
  readonly lobby: string;
  readonly user: (userId: string) => string;
  readonly room: (roomId: string) => string;
}

/** Checks what topics are made for each id, which may be a stranger's: they throw FLEET_VALUE_INVALID. */
export function checkedTopics(topics: Topics, report: ReportValue): Topics {
  const expected = "a text that is not empty, for each id";
  const make = (name: "user" | "room") => (id: string) =>
    checked(`topics.${name}()`, expected, isTopic, report, () => topics[name](id));
  return { ...topics, user: make("user"), room: make("room") };
}

/** Returns what `check` and `checkSettings` found: words for people, or null. Throws FLEET_VALUE_INVALID for anything else. */
export function checkedComplaint(key: string, report: ReportValue, check: () => unknown): string | null {
  return checked(key, "a text that says what is wrong, or null", isComplaint, report, () => check() ?? null);
}

function checked<T>(
  key: string,
  expected: string,
  isOfForm: (value: unknown) => value is T,
  report: ReportValue,
  make: () => unknown,
): T {
  let cause: unknown;
  try {
    const value = make();
    if (isOfForm(value)) return value;
    report({ key, problem: isThenable(value) ? "must not be async" : "its value is of another form", expected });
  } catch (thrown) {
    cause = thrown;
    report({ key, problem: "throws", expected, thrown });
  }
  throw unusable(key, expected, cause);
}

const isThenable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
const isTopic = (value: unknown): value is string => typeof value === "string" && value !== "" && isStorableText(value);
const isComplaint = (value: unknown): value is string | null => value === null || typeof value === "string";

/** Throws for what JSON refuses, as a bigint or a circle. */
function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return !isThenable(value) && `${JSON.stringify(value)}`.startsWith("{");
}
