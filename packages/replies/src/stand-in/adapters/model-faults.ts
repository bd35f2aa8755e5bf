import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { PromptMessage } from "../../types.ts";

/** What an endpoint may do instead of answering. */
export type ModelFault =
  /** Takes the request, and not even headers come back. */
  | "silence"
  /** A page of HTML with status 200. */
  | "page"
  /** A page of HTML with status 200 that never ends. */
  | "endless page"
  /** A page of HTML that says it is a stream of events. */
  | "page as stream"
  /** A stream that ends before anything was said. */
  | "empty"
  /** Headers that never end. */
  | "endless headers"
  /** Comments without end, which keep a connection alive and say nothing. */
  | "keep-alives"
  /** A line without end. */
  | "endless line"
  /** Words without end, and no sentence. */
  | "babble"
  /** Few bytes which are many once unpacked. */
  | "packed"
  /** The connection is closed without an answer. */
  | "hang up"
  /** Another place, on another host. */
  | { readonly redirectTo: string }
  | { readonly status: number; readonly retryAfter?: string; readonly body?: string }
  /** Says these pieces, and ends as told: regularly, by its length, not at all, cut, or with something else. */
  | {
      readonly says: readonly string[] | ((messages: readonly PromptMessage[]) => readonly string[]);
      readonly ends?: "regularly" | "without reason" | "length" | "stall" | "cut" | "garbage" | "error";
      /** Instead of the usage of a regular end; undefined: none is told. */
      readonly usage?: unknown;
      /** Pieces that the model thinks before it speaks. */
      readonly thinks?: readonly string[];
    };

const HUGE_CHUNK = "x".repeat(65_536);
const HTML = "<!doctype html><title>Gateway</title><p>The service is down. Please come back.";

/** Answers a request with a fault. */
export async function misbehave(
  response: ServerResponse,
  fault: ModelFault,
  messages: readonly PromptMessage[],
): Promise<void> {
  const stream = (headers: Readonly<Record<string, string>> = {}) =>
    response.writeHead(200, { "content-type": "text/event-stream", ...headers }).flushHeaders();
  const page = { "content-type": "text/html" };
  if (typeof fault !== "string") return misbehaveInWords(response, fault, messages, stream);
  switch (fault) {
    case "silence":
      return;
    case "page":
      return void response.writeHead(200, page).end(HTML);
    case "endless page":
      response.writeHead(200, page);
      return writeForEver(response, HUGE_CHUNK);
    case "page as stream":
      stream();
      return void response.end(HTML);
    case "empty":
      stream();
      return void response.end("data: [DONE]\n\n");
    case "endless headers":
      return void response.writeHead(200, { "x-much": HUGE_CHUNK.repeat(100) }).end();
    case "keep-alives":
      stream();
      return writeForEver(response, ": keep-alive\n\n");
    case "endless line":
      stream();
      response.write("data: ");
      return writeForEver(response, HUGE_CHUNK);
    case "babble":
      stream();
      return writeForEver(response, chunk({ content: "and so on " }));
    case "packed":
      stream({ "content-encoding": "gzip" });
      return void response.end(gzipSync(Buffer.alloc(50_000_000)));
    case "hang up":
      return void response.destroy();
  }
}

function misbehaveInWords(
  response: ServerResponse,
  fault: Exclude<ModelFault, string>,
  messages: readonly PromptMessage[],
  stream: () => void,
): void {
  if (!("says" in fault)) {
    const { status, headers, body } =
      "redirectTo" in fault
        ? { status: 307, headers: { location: fault.redirectTo }, body: "" }
        : {
            status: fault.status,
            headers: fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter },
            body: fault.body,
          };
    return void response.writeHead(status, headers).end(body ?? JSON.stringify({ error: { message: "as ordered" } }));
  }
  stream();
  for (const content of fault.thinks ?? []) response.write(chunk({ reasoning_content: content }));
  const pieces = typeof fault.says === "function" ? fault.says(messages) : fault.says;
  for (const content of pieces) response.write(chunk({ content }));
  const end = (reason: string | null) => {
    if (reason !== null)
      response.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: reason }] })}\n\n`);
    if (fault.usage !== undefined) response.write(`data: {"choices":[],"usage":${usageText(fault.usage)}}\n\n`);
    response.end("data: [DONE]\n\n");
  };
  switch (fault.ends ?? "regularly") {
    case "regularly":
      return end("stop");
    case "length":
      return end("length");
    case "without reason":
      return end(null);
    case "stall":
      return;
    case "cut":
      // Once what was written is on its way: a connection that is destroyed drops what it has not sent.
      return void response.write(": \n\n", () => response.destroy());
    case "garbage":
      response.write('data: {"choices": [{"delta": {"content": \n\n');
      return end("stop");
    case "error":
      response.write(`data: ${JSON.stringify({ error: { message: "overloaded", code: 503 } })}\n\n`);
      return end(null);
  }
}

/** A text is written as it stands: what is no JSON is a fault, too. */
function usageText(usage: unknown): string {
  return typeof usage === "string" ? usage : JSON.stringify(usage);
}

function chunk(delta: object): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
}

/** Writes as fast as the other side reads, until that has had enough. */
function writeForEver(response: ServerResponse, text: string): void {
  const writeOn = () => {
    if (response.destroyed) return;
    if (response.write(text)) setImmediate(writeOn);
    else response.once("drain", writeOn);
  };
  writeOn();
}

/** Words with the blank before them, as a model's tokens mostly are. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S+/gu) ?? [];
}
