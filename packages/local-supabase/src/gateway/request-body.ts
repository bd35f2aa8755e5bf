import { boundedBytes, isNestedDeeper, toError } from "@shoal/kernel";

/** What a body may be, checked before it is parsed. */
export interface BodyLimits {
  readonly bytes: number;
  /** How deep arrays and objects may be nested. */
  readonly levels: number;
}

/** A body, or the refusal to answer with. `value` is undefined when the body is empty. */
export type JsonBody =
  | { readonly kind: "read"; readonly text: string; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: 400 | 413; readonly reason: string };

/** Reads a JSON body. Takes in no more bytes than allowed, also of a body that does not say how long it is. */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<JsonBody> {
  const text = await readText(request, limits.bytes);
  if (text === undefined) return refuse(413, `The body is larger than ${limits.bytes} bytes`);
  if (text.trim() === "") return { kind: "read", text: "", value: undefined };
  if (isNestedDeeper(text, limits.levels)) return refuse(400, `The body is nested more than ${limits.levels} deep`);
  try {
    return { kind: "read", text, value: JSON.parse(text) };
  } catch (thrown) {
    return refuse(400, toError(thrown).message);
  }
}

/** Resolves with undefined when the body is longer than `maxBytes`. */
async function readText(request: Request, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return undefined;
  const bytes = await boundedBytes(request.body, maxBytes);
  return bytes && Buffer.from(bytes.buffer).toString("utf8");
}

function refuse(status: 400 | 413, reason: string): JsonBody {
  return { kind: "refused", status, reason };
}
