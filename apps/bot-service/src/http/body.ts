import type { Context } from "hono";
import type { z } from "zod";
import { type Problem, problem } from "./problem.ts";

/** The checked body of a request, or the refusal to send back. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response };

/** Reads a JSON body and checks it against `schema`. The refusal names the first field at fault. */
export async function readJson<T>(context: Context, schema: z.ZodType<T>): Promise<Checked<T>> {
  const refuse = (refusal: Problem): Checked<T> => ({ ok: false, response: problem(context, refusal) });
  if (!/^application\/json\b/i.test(context.req.header("content-type") ?? "")) {
    const detail = "Send the body as application/json.";
    return refuse({
      status: 415,
      code: "HTTP_NOT_JSON",
      title: "Unsupported media type",
      detail,
      field: "content-type",
    });
  }
  let body: unknown;
  try {
    body = JSON.parse(await context.req.text());
  } catch {
    return refuse({
      status: 400,
      code: "HTTP_BAD_JSON",
      title: "Bad request",
      detail: "The body is not valid JSON.",
      field: "body",
    });
  }
  const checked = schema.safeParse(body);
  if (checked.success) return { ok: true, value: checked.data };
  const { field, detail } = describe(checked.error.issues[0]);
  return refuse({ status: 422, code: "HTTP_INVALID_FIELD", title: "Unprocessable content", detail, field });
}

function describe(issue: z.core.$ZodIssue | undefined): { field: string; detail: string } {
  if (issue?.code === "unrecognized_keys") {
    const field = [...issue.path, issue.keys[0] ?? ""].join(".");
    return { field, detail: `${field}: there is no such field.` };
  }
  const field = issue?.path.join(".") || "body";
  return { field, detail: `${field}: ${issue?.message ?? "not valid"}.` };
}
