import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { clock } from "./browser.ts";

/** Longer than the daemon keeps a request open of which nothing is heard. A connection may die without a word, and hold up a list for ever. */
const LOOK_MS = 40 * SECOND_MS;
/** What changes something may take longer, and is given up late: whether it was done is not known then. */
const CHANGE_MS = 2 * MINUTE_MS;

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** Idempotency-Key. */
  readonly key?: string;
}

/** Sends a request to an address beneath the base path. Refused by the daemon without the header that pages of other sites cannot send. */
export function send(
  method: string,
  address: string,
  body: unknown,
  { signal, key }: SendOptions = {},
): Promise<Response> {
  const silence = new AbortController();
  // Until the body is there; once it is, this ends nothing.
  clock.after(method === "GET" ? LOOK_MS : CHANGE_MS, () => silence.abort());
  return fetch(address, {
    method,
    headers: {
      "x-shoal-console": "1",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key !== undefined && { "idempotency-key": key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
  });
}
