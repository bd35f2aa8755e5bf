import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRunReply } from "../src/parent/run-reply.ts";
import type { Wall } from "./attacks/attack.types.ts";
import { attackTable, comparableTable } from "./attacks/attack-table.ts";
import { attackGroups, attacks } from "./attacks/attacks.ts";
import { runAttack, runCalm } from "./attacks/run-attack.ts";
import { makeGuest } from "./make-run.ts";

/** Less fuel and memory than runs have, because the suite has 150 programs that use up either. What ends elsewhere takes more to get there. */
const FUEL_TO_USE_UP = 1_000_000;
const FUEL = 4_000_000;
const FUEL_TO_FILL_MEMORY = 10_000_000;
const fuelOf: Partial<Record<Wall, number>> = { fuel: FUEL_TO_USE_UP, memory: FUEL_TO_FILL_MEMORY };
const guest = makeGuest({ memoryLimitBytes: 6 * 1024 * 1024 });
const calm = runCalm(guest);

describe.each(Object.entries(attackGroups))("an attack on %s", (_, group) => {
  test.each(group.map((attack) => [attack.name, attack] as const))("ends at its wall: %s", (_name, attack) => {
    const reply = runAttack(guest, attack, fuelOf[attack.wall] ?? FUEL);
    expect(reply.error?.code ?? "ok").toBe(attack.sees);
    expect(attack.holds?.(reply) ?? true).toBe(true);
    // What comes out is what the parent takes, and says nothing of the host.
    const text = JSON.stringify(reply);
    expect(readRunReply(JSON.parse(text))).toBeDefined();
    expect(text).not.toContain(import.meta.dirname);
    expect(runCalm(guest)).toEqual(calm);
  });
});

test("the suite has at least 60 attacks, each of its own name", () => {
  expect(attacks.length).toBeGreaterThanOrEqual(60);
  expect(new Set(attacks.map(({ name, tries }) => name + tries)).size).toBe(attacks.length);
});

test("docs/sandbox.md shows the suite as it is (to write it anew: bun packages/strategy-runner/test/attacks/write-table.ts)", () => {
  const document = readFileSync(join(import.meta.dirname, "../../../docs/sandbox.md"), "utf8");
  expect(comparableTable(document)).toBe(comparableTable(attackTable(() => 0)));
});
