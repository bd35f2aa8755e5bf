import { AsyncLocalStorage } from "node:async_hooks";
import { abortable, type Clock, retryAfterMs } from "@shoal/kernel";
import { EXCHANGE_TIMES } from "../../exchange/exchange.types.ts";

/** One question to an exchange, while it lasts. It may be several requests. */
export interface Call {
  /** Ends it: its time is up, or nobody waits any more. */
  readonly signal: AbortSignal;
  /** Monotonic; no request begins later. */
  readonly beginBeforeMs: number;
  hasBegun: boolean;
  /** Of the last answer. */
  status: number | null;
  retryAfterMs: number;
}

/** As ccxt calls `fetchImplementation`. */
type CcxtFetch = (
  url: string,
  init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string },
) => Promise<Response>;

export interface BoundedFetchOptions {
  readonly clock: Clock;
  readonly maxBytes: number;
}

/** Errors of the platform after which nothing can have reached the other side. */
const NEVER_CONNECTED = new Set([
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "DNSError",
]);
const calls = new AsyncLocalStorage<Call>();

/** Runs ccxt for a call: requests that it makes, however late, belong to that call. */
export function runInCall<T>(call: Call, work: () => Promise<T>): Promise<T> {
  return calls.run(call, work);
}

/**
 * ccxt limits the time until the first byte only, cannot be interrupted, and does not say whether a request was sent. So it gets this
 * fetch: the whole answer is bounded in time and bytes, the call's signal ends it, and the call knows what became of its request. Requests
 * that change something use a connection of their own: one that was kept may be closing at the other side just now.
 */
export function createBoundedFetch({ clock, maxBytes }: BoundedFetchOptions): CcxtFetch {
  return async (url, { method, headers, body }) => {
    const call = calls.getStore();
    if (call === undefined) throw new Error("a request belongs to a call");
    call.signal.throwIfAborted();
    if (clock.monotonicMs() > call.beginBeforeMs) throw new Error("it was too late to begin the request");
    const timeout = new AbortController();
    const timer = clock.after(EXCHANGE_TIMES.requestMs, () =>
      timeout.abort(new DOMException("no whole answer in time", "TimeoutError")),
    );
    const signal = AbortSignal.any([call.signal, timeout.signal]);
    const wasBegun = call.hasBegun;
    call.hasBegun = true;
    call.status = null;
    try {
      const keepalive = method === "GET";
      const response = await fetch(url, {
        method,
        headers,
        signal,
        redirect: "error",
        keepalive,
        ...(body && { body }),
      });
      call.status = response.status;
      call.retryAfterMs = retryAfterMs(response.headers.get("retry-after"), clock.now());
      const text = await abortable(readBounded(response, maxBytes), signal);
      return new Response(text, { status: response.status, headers: response.headers });
    } catch (error) {
      if (call.status === null && isNeverConnected(error)) call.hasBegun = wasBegun;
      throw error;
    } finally {
      timer.cancel();
    }
  };
}

function isNeverConnected(error: unknown): boolean {
  return error instanceof Error && "code" in error && NEVER_CONNECTED.has(String(error.code));
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // A broken connection to ccxt: leaving the loop closes it.
    if (bytes > maxBytes) throw new TypeError(`the answer has more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
