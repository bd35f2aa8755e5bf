import { abortable, boundedBytes, type Clock, withTimeLimit } from "@shoal/kernel";

/** Follows the requests of one question to an exchange. */
export interface RequestWatch {
  /** Ends the request. */
  readonly signal: AbortSignal;
  /** Right before the request; may throw to prevent it. Returns headers that it is to have beside ccxt's. */
  begin(): Readonly<Record<string, string>>;
  /** The answer has begun. */
  answered(response: Response): void;
  /** It failed before it was connected: nothing can have reached the other side. */
  notConnected(): void;
}

export interface BoundedFetchOptions {
  readonly clock: Clock;
  /** For the whole answer. */
  readonly limitMs: number;
  readonly maxBytes: number;
  /** Of the question that is being asked when ccxt begins a request. Default: none is watched. */
  readonly watch?: () => RequestWatch;
}

/** As ccxt calls `fetchImplementation`. */
export type CcxtFetch = (
  url: string,
  init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string },
) => Promise<Response>;

/** Errors of the platform after which nothing can have reached the other side. */
const NEVER_CONNECTED = new Set([
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "DNSError",
]);

/**
 * ccxt limits the time until the first byte only, cannot be interrupted, and does not say whether a request was sent. So it gets this fetch:
 * the whole answer is bounded in time and bytes. Requests that change something use a connection of their own: one that was kept may be
 * closing at the other side just now, and then nobody knows whether they arrived.
 */
export function createBoundedFetch({ clock, limitMs, maxBytes, watch }: BoundedFetchOptions): CcxtFetch {
  return async (url, { method, headers, body }) => {
    const request = watch?.();
    request?.signal.throwIfAborted();
    const own = request?.begin();
    let isAnswered = false;
    const ask = async (signal: AbortSignal) => {
      const response = await fetch(url, {
        ...{ method, headers: { ...headers, ...own }, signal, redirect: "error", keepalive: method === "GET" },
        ...(body && { body }),
      });
      isAnswered = true;
      request?.answered(response);
      const bytes = await abortable(boundedBytes(response.body, maxBytes), signal);
      // ccxt takes a TypeError for a broken connection.
      if (bytes === undefined) throw new TypeError(`the answer has more than ${maxBytes} bytes`);
      return new Response(bytes, { status: response.status, headers: response.headers });
    };
    const late = new DOMException("no whole answer in time", "TimeoutError");
    try {
      return await withTimeLimit({ clock, limitMs, signal: request?.signal, late }, ask);
    } catch (error) {
      if (!isAnswered && isNeverConnected(error)) request?.notConnected();
      throw error;
    }
  };
}

function isNeverConnected(error: unknown): boolean {
  return error instanceof Error && "code" in error && NEVER_CONNECTED.has(String(error.code));
}
