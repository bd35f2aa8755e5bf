import { FleetError } from "@shoal/kernel";
import { expect, it } from "vitest";
import type { DaemonRequest } from "../daemon.ts";
import type { DeskClient } from "../strategies/desk-client.ts";
import { rotateSecrets } from "./rotate.ts";

const OWNER = "0e5b2c4a-0000-4000-8000-000000000001";
const OPERATOR = "00000000-0000-0000-0000-000000000000";

/** A daemon that answers with these pages. */
function daemonWith(...pages: readonly object[]) {
  const bodies: unknown[] = [];
  const ask = (async (schema: { parse(value: unknown): unknown }, { path, method, body }: DaemonRequest) => {
    expect([method, path]).toEqual(["POST", "/strategies/secrets/rotate"]);
    bodies.push(body);
    const page = pages[bodies.length - 1];
    if (!page) throw new FleetError("STRATEGY_SECRETS_OFF", "Secrets are off.");
    return { body: page, view: schema.parse(page) };
  }) as DeskClient["ask"];
  return { desk: { ask }, bodies };
}

const page = (rotated: number, failures: readonly object[] = [], next: object | null = null) => ({
  ...{ key_id: "k2", due_count: 9, rotated_count: rotated, failed_count: failures.length, failures, next },
});

it("goes on until all were looked at, and says what was done", async () => {
  const after = { owner_id: OWNER, name: "a" };
  const { desk, bodies } = daemonWith(page(500, [], after), page(3));
  const seen: number[] = [];
  const answer = await rotateSecrets(desk, (count) => seen.push(count));
  expect([bodies, seen]).toEqual([[{}, { after }], [500]]);
  expect(answer).toEqual({
    text: "sealed with the key k2 now: 503\nthe other keys may be taken out of ENCRYPTION_KEY\n",
    json: { key_id: "k2", rotated_count: 503, failed_count: 0, failures: [] },
    exitCode: 0,
  });
});

it("names each that stays as it was, and why, and ends with 1", async () => {
  const { desk } = daemonWith(
    page(1, [
      { owner_id: OWNER, name: "a\u202e", key_id: "k0", code: "STRATEGY_SECRET_KEY_MISSING" },
      { owner_id: OPERATOR, name: "b", key_id: "k1", code: "STRATEGY_SECRET_UNREADABLE" },
    ]),
  );
  const { text, exitCode } = await rotateSecrets(desk, () => {});
  expect(exitCode).toBe(1);
  expect(text.split("\n")).toEqual([
    "sealed with the key k2 now: 1",
    "as they were: 2",
    `  ${OWNER}  a\\u{202e}  ENCRYPTION_KEY does not have the key k0: add it behind the first one, and rotate again`,
    "  the operator  b  it does not open with the key k1: the owner has to write it anew",
    "",
  ]);
});

it("shows a hundred of many", async () => {
  const failure = { owner_id: OWNER, name: "a", key_id: "k0", code: "STRATEGY_SECRET_KEY_MISSING" };
  const next = { owner_id: OWNER, name: "a" };
  const { desk } = daemonWith(page(0, Array(60).fill(failure), next), page(0, Array(60).fill(failure)));
  const { text, json } = await rotateSecrets(desk, () => {});
  expect(text).toContain("  and 20 more\n");
  expect(json).toMatchObject({ failed_count: 120, failures: { length: 100 } });
});

it("says so where there is nothing to do", async () => {
  expect((await rotateSecrets(daemonWith(page(0)).desk, () => {})).text).toBe(
    "every secret is sealed with the key k2 already\n",
  );
});

it("fails as the daemon does", async () => {
  await expect(rotateSecrets(daemonWith().desk, () => {})).rejects.toMatchObject({ code: "STRATEGY_SECRETS_OFF" });
});
