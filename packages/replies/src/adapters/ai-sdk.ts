import { retryAfterMs, toError } from "@shoal/kernel";
import type { streamText } from "ai";
import { ReplyError } from "../errors.ts";
import type { ModelPart, Prompt, ReplyModel } from "../types.ts";

export interface AiModelOptions {
  /** Of an OpenAI-compatible endpoint, up to and without `/chat/completions`. A user and a password in it are sent as such, its query with each request. */
  readonly baseUrl: string;
  readonly model: string;
  /** Sent as a bearer token. Without it nothing is: models of one's own need none. */
  readonly apiKey?: string;
}

/** Many times what a reply of 160 tokens takes, each in a chunk of its own. */
const MAX_ANSWER_BYTES = 256 * 1024;
/** Answers of one message of OpenAI's own models are bounded by another name. */
const NEWER_HOST = "api.openai.com";
/** Tags in which local models write what they think, before what they say. */
const REASONING_TAGS = ["think", "thinking", "reasoning"] as const;
/** Ends of an answer after which its last sentence may be half a one. */
const CUT_OFF: ReadonlySet<string> = new Set(["length", "content-filter", "tool-calls", "error"]);
/** Nobody has got anything of the request; Bun named some of them otherwise before 1.4. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"],
  ...["ConnectionRefused", "FailedToOpenSocket"],
]);

type Settings = Parameters<typeof streamText>[0];

/**
 * Opens a model behind an OpenAI-compatible endpoint. The AI SDK is loaded now, beside whatever else goes on: import this module only where there is an
 * endpoint. Nothing of it decides anything: no retries, no time limits, no tools; redirects are not followed, and no answer is read past 256 kB.
 */
export function openAiModel(options: AiModelOptions): ReplyModel {
  const url = new URL(options.baseUrl);
  const model = load(url, options);
  // Whoever asks for a reply hears of it.
  model.catch(() => {});
  return {
    host: url.host,
    async *stream(prompt, maxOutputTokens, signal) {
      const left = new AbortController();
      try {
        yield* partsOf(await model, prompt, maxOutputTokens, AbortSignal.any([signal, left.signal]));
      } catch (thrown) {
        throw faultOf(thrown);
      } finally {
        // Closes the connection also if the caller has had enough.
        left.abort();
      }
    },
  };
}

type Loaded = (
  settings: Omit<Settings, "model" | "messages" | "prompt"> & { readonly messages: Settings["messages"] },
) => ReturnType<typeof streamText>;

async function load(url: URL, { model, apiKey }: AiModelOptions): Promise<Loaded> {
  const [sdk, { createOpenAICompatible }] = await Promise.all([import("ai"), import("@ai-sdk/openai-compatible")]);
  const plain = new URL(url.origin + url.pathname);
  const basic =
    url.username === ""
      ? {}
      : { authorization: `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}` };
  const provider = createOpenAICompatible({
    name: "replies",
    baseURL: plain.href,
    includeUsage: true,
    queryParams: Object.fromEntries(url.searchParams),
    headers: { ...basic, "accept-encoding": "identity" },
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(url.hostname === NEWER_HOST
      ? { transformRequestBody: ({ max_tokens, ...body }) => ({ ...body, max_completion_tokens: max_tokens }) }
      : {}),
    // Bun's own options are not in the type of a platform's fetch.
    fetch: boundedFetch as typeof fetch,
  });
  const wrapped = sdk.wrapLanguageModel({
    model: provider.chatModel(model),
    middleware: REASONING_TAGS.map((tagName) => sdk.extractReasoningMiddleware({ tagName })),
  });
  return (settings) => sdk.streamText({ ...settings, model: wrapped } as Settings);
}

async function* partsOf(
  ask: Loaded,
  prompt: Prompt,
  maxOutputTokens: number,
  abortSignal: AbortSignal,
): AsyncIterable<ModelPart> {
  const [system, ...messages] = prompt.messages;
  const { fullStream } = ask({
    instructions: system?.content ?? "",
    messages: messages.map(({ role, content }) => ({ role, content })) as NonNullable<Settings["messages"]>,
    maxOutputTokens,
    maxRetries: 0,
    abortSignal,
    // The stream has it, too; without this the SDK writes it to the console.
    onError: () => {},
  });
  let hasText = false;
  for await (const part of fullStream) {
    if (part.type === "text-delta") {
      hasText = true;
      yield { kind: "text", text: part.text };
    } else if (part.type === "finish") {
      const { inputTokens, outputTokens } = part.totalUsage;
      yield { kind: "end", isWhole: !CUT_OFF.has(part.finishReason), usage: { inputTokens, outputTokens } };
    } else if (part.type === "abort") {
      abortSignal.throwIfAborted();
    } else if (part.type === "error") {
      throw hasText || !isEndWithoutReason(part.error) ? part.error : new ReplyError("REPLY_EMPTY");
    }
  }
}

/** Sends the request. What is no stream of events is not read at all. */
async function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: "manual", decompress: false });
  } catch (thrown) {
    init.signal?.throwIfAborted();
    const { code } = toError(thrown) as { readonly code?: unknown };
    throw new ReplyError(
      "REPLY_UNAVAILABLE",
      typeof code === "string" && NOT_REACHED.has(code) ? { wasReached: false } : {},
    );
  }
  const fault = response.ok
    ? faultOfContent(response)
    : faultOfStatus(response.status, response.headers.get("retry-after"));
  if (fault !== null) {
    await response.body?.cancel().catch(() => {});
    throw fault;
  }
  return new Response(response.body?.pipeThrough(bounded()) ?? null, {
    status: response.status,
    headers: response.headers,
  });
}

function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) throw new ReplyError("REPLY_FLOOD");
      controller.enqueue(chunk);
    },
  });
}

function faultOfContent({ headers }: Response): ReplyError | null {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && type !== "text/event-stream")
    return new ReplyError("REPLY_MALFORMED", { reason: "no event stream" });
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  // Unpacked, a few bytes may become any number.
  return encoding === "identity"
    ? null
    : new ReplyError("REPLY_MALFORMED", { reason: "packed, which was not asked for" });
}

function faultOfStatus(status: number, retryAfter: string | null): ReplyError {
  if (status === 429)
    return new ReplyError("REPLY_LIMITED", { status, retryAfterMs: retryAfterMs(retryAfter, Date.now()) });
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return new ReplyError("REPLY_UNAVAILABLE", { status });
  }
  return new ReplyError("REPLY_REFUSED", { status });
}

/** Our own fault where the SDK has wrapped one. Its errors hold the whole request, so that nothing of them is kept. */
function faultOf(thrown: unknown): unknown {
  let at = thrown;
  for (let depth = 0; depth < 8 && at instanceof Error; depth += 1) {
    if (at instanceof ReplyError) return at;
    at = at.cause;
  }
  if (!(thrown instanceof Error)) return faultOfErrorChunk(thrown);
  if (thrown.name === "AbortError") return thrown;
  const isUnreadable = thrown.name === "AI_JSONParseError" || thrown.name === "AI_TypeValidationError";
  return new ReplyError(isUnreadable ? "REPLY_MALFORMED" : "REPLY_UNAVAILABLE", { reason: thrown.name });
}

/** Some endpoints tell of a fault in the stream: `{"error": {"code": 429}}`. */
function faultOfErrorChunk(error: unknown): ReplyError {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "number" && code >= 400 && code < 600
    ? faultOfStatus(code, null)
    : new ReplyError("REPLY_UNAVAILABLE", { reason: "an error in the stream" });
}

function isEndWithoutReason(error: unknown): boolean {
  return error instanceof Error && error.name === "AI_InvalidResponseDataError";
}
