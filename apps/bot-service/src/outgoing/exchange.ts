import { createHash } from "node:crypto";
import { boundedBytes, type Clock, withTimeLimit } from "@shoal/kernel";
import type { Fetch } from "./adapters/system-fetch.ts";

/** Names an address in the database without showing it: it may hold a token. */
export function keyOfAddress(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

/** A longer chain of redirects is taken for a circle. */
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface Exchange<T> {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly url: string;
  /** Redirects are never followed by the platform, whatever it says. */
  readonly init: RequestInit;
  /** Whether redirects are followed to the same host; a request that carries something is not repeated elsewhere. Default: no. */
  readonly followsSameHost?: boolean;
  /** Covers the reading of the answer, too. In ms. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Reads the answer, which is closed afterwards. */
  readonly read: (response: Response) => T | Promise<T>;
}

/**
 * Sends one request with a limit in time. A redirect that is not followed is an answer like others: it would lead to where the
 * configuration did not point, as to an address of this network, with what the request carries. Resolves with undefined when no answer came in time or the request failed; the cause
 * is dropped, because the platform's errors carry the address. Rejects with the reason of `signal`, and with what `read` throws.
 */
export async function exchange<T>(request: Exchange<T>): Promise<T | undefined> {
  const { fetch, clock, url, init, limitMs, signal, read } = request;
  return await withTimeLimit({ clock, limitMs, signal }, async (either) => {
    const send = (to: string) =>
      fetch(to, { ...init, redirect: "manual", signal: either }).catch((): undefined => undefined);
    let at: string | undefined = url;
    let response = await send(url);
    for (let hops = 0; request.followsSameHost && response && hops < MAX_REDIRECTS; hops += 1) {
      at = redirectWithinHost(at, response);
      if (at === undefined) break;
      await response.body?.cancel().catch(() => {});
      response = await send(at);
    }
    signal.throwIfAborted();
    if (!response) return undefined;
    try {
      return await read(response);
    } catch (thrown) {
      signal.throwIfAborted();
      if (either.aborted) return undefined;
      throw thrown;
    } finally {
      await response.body?.cancel().catch(() => {});
    }
  });
}

/** Returns whether the answer sends whoever asked to another address. */
export function isRedirect({ status }: Response): boolean {
  return REDIRECTS.has(status);
}

/** Where a redirect leads if that is the same host and port, or the same host by https; else undefined. */
function redirectWithinHost(from: string, response: Response): string | undefined {
  const location = response.headers.get("location");
  if (!isRedirect(response) || location === null || !URL.canParse(location, from)) return undefined;
  const [was, is] = [new URL(from), new URL(location, from)];
  const isSecured = was.protocol === "http:" && is.protocol === "https:" && was.port === "" && is.port === "";
  const isSame = was.protocol === is.protocol && was.port === is.port;
  return was.hostname === is.hostname && (isSame || isSecured) ? is.href : undefined;
}

/** Reads the text of a body; undefined once it is longer than `limitBytes`, of which no more is held in memory. */
export async function boundedText(response: Response, limitBytes: number): Promise<string | undefined> {
  const bytes = await boundedBytes(response.body, limitBytes);
  return bytes && new TextDecoder().decode(bytes);
}
