import { createHash } from "node:crypto";
import { type Clock, SECOND_MS } from "@shoal/kernel";
import type { Fetch } from "./adapters/system-fetch.ts";

/** Names an address in the database without showing it: it may hold a token. */
export function keyOfAddress(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

export interface Exchange<T> {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly url: string;
  readonly init: RequestInit;
  /** Covers the reading of the answer, too. In ms. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Reads the answer, which is closed afterwards. */
  readonly read: (response: Response) => T | Promise<T>;
}

/**
 * Sends one request with a limit in time. Resolves with undefined when no answer came in time or the request failed; the cause
 * is dropped, because the platform's errors carry the address. Rejects with the reason of `signal`, and with what `read` throws.
 */
export async function exchange<T>(request: Exchange<T>): Promise<T | undefined> {
  const { fetch, clock, url, init, limitMs, signal, read } = request;
  const timeout = new AbortController();
  const timer = clock.after(limitMs, () => timeout.abort());
  try {
    const either = AbortSignal.any([signal, timeout.signal]);
    const response = await fetch(url, { ...init, signal: either }).catch(() => undefined);
    signal.throwIfAborted();
    if (!response) return undefined;
    try {
      return await read(response);
    } catch (thrown) {
      signal.throwIfAborted();
      if (timeout.signal.aborted) return undefined;
      throw thrown;
    } finally {
      await response.body?.cancel().catch(() => {});
    }
  } finally {
    timer.cancel();
  }
}

/** How long an answer asks to wait, in ms; 0 if it does not. @source RFC 9110 section 10.2.3 */
export function retryAfterMs(response: Response, clock: Clock): number {
  const given = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(given)) return Number(given) * SECOND_MS;
  const atMs = Date.parse(given);
  return Number.isFinite(atMs) ? Math.max(0, atMs - clock.now()) : 0;
}

/** Reads the text of a body; undefined once it is longer than `limitBytes`, of which no more is held in memory. */
export async function boundedText(response: Response, limitBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
