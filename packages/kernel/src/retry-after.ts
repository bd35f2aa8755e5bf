import { SECOND_MS } from "./units.ts";

/** How long a server asks to wait, in ms, by its header Retry-After; 0 if it does not. @source RFC 9110 section 10.2.3 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  const given = header?.trim() ?? "";
  if (/^\d+$/.test(given)) return Number(given) * SECOND_MS;
  const atMs = Date.parse(given);
  return Number.isFinite(atMs) ? Math.max(0, atMs - nowMs) : 0;
}
