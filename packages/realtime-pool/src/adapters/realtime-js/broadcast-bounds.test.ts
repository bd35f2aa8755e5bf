import { describe, expect, it } from "vitest";
import { excessiveBroadcast, MAX_BROADCAST_CHARS } from "./broadcast-bounds.ts";

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const text = (payload: string, event = "broadcast") => `[null,null,"realtime:room:1","${event}",${payload}]`;

function bytes(payload: string, encoding = 1, event = "message"): ArrayBuffer {
  const [topic, name, body] = ["realtime:room:1", event, payload].map((part) => new TextEncoder().encode(part));
  const head = [4, topic?.length ?? 0, name?.length ?? 0, 0, encoding];
  return new Uint8Array([...head, ...(topic ?? []), ...(name ?? []), ...(body ?? [])]).buffer;
}

describe("broadcasts that are not read", () => {
  it.each([
    ["a usual one", text('{"type":"broadcast","event":"message","payload":{"text":"hi"}}'), false],
    ["the longest that the contract allows", text(`{"text":"${"\\u0001".repeat(16_384)}"}`), false],
    ["one of 250 kB", text(`{"text":"${"x".repeat(250_000)}"}`), true],
    ["one of 2.9 MB", text(`[${"0,".repeat(1_450_000)}0]`), true],
    ["one nested 63 levels deep", text(nested(63)), false],
    ["one nested 65 levels deep", text(nested(65)), true],
    ["one nested 60,000 levels deep", text(nested(60_000)), true],
    ["one that is nested without end", text("[".repeat(80_000)), true],
    ["brackets in a text", text(`{"text":"${"[".repeat(10_000)}"}`), false],
    ["a row of 250 kB", text(`{"text":"${"x".repeat(250_000)}"}`, "postgres_changes"), false],
    ["a binary one", bytes('{"text":"hi"}'), false],
    ["a binary one of 250 kB", bytes(`{"text":"${"x".repeat(250_000)}"}`), true],
    ["bytes that are no JSON", bytes(nested(1000), 0), false],
    ["a binary one nested 65 levels deep, whatever its event's name", bytes(nested(65), 1, '"'), true],
    ["an empty frame", new ArrayBuffer(0), false],
    ["one that ends in its head", bytes("{}").slice(0, 7), false],
  ])("are told by size and depth alone: %s", (_what, frame, isExcessive) => {
    expect(excessiveBroadcast(frame)).toBe(isExcessive ? "realtime:room:1" : undefined);
  });

  it("are those of more than 131,072 characters", () => {
    const frame = (length: number) => text(`"${"x".repeat(length - text('""').length)}"`);
    expect(excessiveBroadcast(frame(MAX_BROADCAST_CHARS))).toBeUndefined();
    expect(excessiveBroadcast(frame(MAX_BROADCAST_CHARS + 1))).toBe("realtime:room:1");
  });
});
