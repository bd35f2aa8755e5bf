import { expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 10, 30, 12);

it.each([
  [null, 0],
  ["", 0],
  ["7", 7_000],
  [" 0 ", 0],
  ["-5", 0],
  ["soon", 0],
  ["Mon, 30 Nov 2026 12:00:30 GMT", 30_000],
  ["Mon, 30 Nov 2026 11:00:00 GMT", 0],
])("reads Retry-After %j as %d ms", (header, waitMs) => {
  expect(retryAfterMs(header, NOW)).toBe(waitMs);
});
