import { isStorableText, parseBoundedJson } from "@shoal/kernel";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { type IssueWords, issueWords } from "../issue-words.ts";
import { UNSTORABLE } from "../storable-text.ts";
import { type Problem, problem, TOO_DEEP } from "./problem.ts";

/** A checked part of a request, or the refusal to answer with. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response };

/**
 * Reads a JSON body and checks it against `schema`. The refusal names the first field at fault. An optional body that is missing
 * counts as `{}`.
 */
export async function readJson<T>(context: Context, schema: z.ZodType<T>, isOptional = false): Promise<Checked<T>> {
  const refuse = (refusal: Problem): Checked<T> => ({ ok: false, response: problem(context, refusal) });
  if (isOptional && (await context.req.text()) === "") return check(context, schema, {}, "body");
  if (!/^application\/json\s*(;|$)/i.test(context.req.header("content-type") ?? "")) {
    const detail = "Send the body as application/json.";
    const title = "Unsupported media type";
    return refuse({ status: 415, code: "HTTP_NOT_JSON", title, detail, field: "content-type" });
  }
  // The limit of its size is the route's.
  const body = parseBoundedJson(await context.req.text());
  if (body.kind === "json") return check(context, schema, body.value, "body");
  if (body.kind === "too-deep") return refuse(TOO_DEEP);
  const detail = "The body is not valid JSON.";
  return refuse({ status: 400, code: "HTTP_BAD_JSON", title: "Bad request", detail, field: "body" });
}

/** Checks the query string against `schema`, as `readJson` does a body. */
export function readQuery<T>(context: Context, schema: z.ZodType<T>): Checked<T> {
  const [repeated] = Object.entries(context.req.queries()).find(([, values]) => values.length > 1) ?? [];
  // Whichever were taken, the caller may have meant the other.
  if (repeated !== undefined) return invalidField(context, repeated, "must be given once");
  return check(context, schema, context.req.query(), "query");
}

function check<T>(context: Context, schema: z.ZodType<T>, given: unknown, whole: string): Checked<T> {
  const checked = schema.safeParse(given);
  const found = checked.success ? unstorable(given) : issueWords(checked.error.issues[0]);
  if (checked.success && !found) return { ok: true, value: checked.data };
  return invalidField(context, found?.field || whole, found?.words);
}

function invalidField<T>(context: Context, field: string, words: string | undefined): Checked<T> {
  const detail = `${field}: ${words}.`;
  const title = "Unprocessable content";
  return { ok: false, response: problem(context, { status: 422, code: "HTTP_INVALID_FIELD", title, detail, field }) };
}

/** Finds a text that Postgres cannot hold, so that no route has to think of it. Payloads are checked by those who store them. */
function unstorable(given: unknown): IssueWords | undefined {
  const isUnstorable = ([name, value]: [string, unknown]) =>
    name !== "payload" && typeof value === "string" && !isStorableText(value);
  const [field] = Object.entries(Object(given)).find(isUnstorable) ?? [];
  return field === undefined ? undefined : { field, words: UNSTORABLE };
}

/** Refuses a body above `maxBytes`, also one that does not declare its size. */
export function limitBody(maxBytes: number) {
  return bodyLimit({
    maxSize: maxBytes,
    onError: (context) => {
      const detail = `The body is larger than ${maxBytes} bytes.`;
      const title = "Content too large";
      return problem(context, { status: 413, code: "HTTP_BODY_TOO_LARGE", title, detail, field: "body" });
    },
  });
}
