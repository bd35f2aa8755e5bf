import { createLog } from "@shoal/monitor";
import { createSimulatedClock, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { consoleLine } from "../http/console-stream-bodies.ts";
import { boundedLine } from "./line.ts";

/** Logs a line as the daemon does, and returns what the console is shown of it. */
function shown(level: "debug" | "info" | "warn" | "error", fields: Readonly<Record<string, unknown>>, msg: string) {
  const lines: string[] = [];
  const tee = { write: (line: string) => lines.push(line) };
  const log = createLog({
    level: "debug",
    destination: { write() {} },
    tee,
    pretty: true,
    clock: createSimulatedClock(),
  });
  log[level](fields, msg);
  return boundedLine(lines[0] ?? "");
}

it("shows time, level, message and fields of a line, after redaction", () => {
  expect(shown("warn", { bot_id: "b1", token: "hunter22" }, "it failed with password=hunter22")).toEqual({
    at: "2026-01-01T00:00:00.000Z",
    level: "warn",
    msg: "it failed with password=[redacted]",
    fields: { bot_id: "b1", token: "[redacted]" },
  });
});

it("leaves out the last fields of a long line, and says so", () => {
  const line = shown("info", { first: 1, second: "x".repeat(3000), third: 3 }, "long");
  expect(line).toEqual({ at: expect.any(String), level: "info", msg: "long", fields: { first: 1 }, is_cut: true });
});

it("has 2 kB at most, whatever is logged", () => {
  const fields = fc.dictionary(fc.string({ unit: "binary", maxLength: 40 }), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 60,
  });
  const message = fc.string({ unit: "binary", maxLength: 3000 });
  fc.assert(
    fc.property(fields, message, (given, msg) => {
      const line = shown("error", given, msg);
      expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(2048);
      expect(consoleLine.safeParse({ id: "b-1", ...line }).success).toBe(true);
    }),
    { numRuns: soakRuns(25, 5000) },
  );
});
