import { createHash } from "node:crypto";
import { type Clock, SECOND_MS } from "@shoal/kernel";
import type { Fetch } from "./adapters/system-fetch.ts";

/** What names an address in the database, where it must not stand itself: it may hold a token. */
export function keyOfAddress(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

export interface Exchange<T> {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly url: string;
  readonly init: RequestInit;
  /** Until the answer has been read, in ms. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Reads the answer, which is closed afterwards. */
  readonly read: (response: Response) => T | Promise<T>;
}

/**
 * One request with a limit in time. Resolves with undefined when there was no answer in time or none at all; why is not
 * told, because the platform's errors carry the address. Rejects with the reason of `signal`, and with what `read` throws.
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

/** The wait that an answer asks for, in ms; 0 if none. @source RFC 9110 section 10.2.3 */
export function retryAfterMs(response: Response, clock: Clock): number {
  const given = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(given)) return Number(given) * SECOND_MS;
  const atMs = Date.parse(given);
  return Number.isFinite(atMs) ? Math.max(0, atMs - clock.now()) : 0;
}

/** The text of a body, or undefined once it is longer than `limitBytes`: no more than that is ever held. */
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
