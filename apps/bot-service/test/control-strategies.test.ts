import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  claimOf,
  deployed,
  forgetStrategies,
  makeDesk,
  NOBODY,
  operator,
  owner,
  rowsOf,
} from "../src/strategies/desk/desk.test-support.ts";
import { forgetBots, insert, makeReplica, OWNER, reached, SOMEBODY } from "./control-support.ts";

const SETTINGS_LIMIT = 20_000;

describe.each(backends())("commands to strategies on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(async () => {
    await forgetBots(test.database);
    await forgetStrategies(test);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const status = (id: string) => makeDesk(test).desk.status(operator, id);
  /** Has the commands applied, and returns what became of them, in their order. */
  const applied = async (commands: readonly (readonly [string, string, object?, string?])[]) => {
    for (const [id, command, payload = {}, issuer] of commands) {
      await test.database.query(
        "insert into public.bot_control (bot_id, command, payload, issued_by) values ($1, $2, ($3::text)::jsonb, $4::uuid)",
        [id, command, JSON.stringify(payload), issuer ?? null],
      );
    }
    await using replica = makeReplica(test);
    replica.control.start();
    await reached([replica], commands.length, () => replica.seen("command:applied").length);
    const rows = await test.database.query<{ outcome: string }>(
      "select coalesce(split_part(error, ':', 1), outcome) as outcome from public.bot_control order by seq",
    );
    return rows.map(({ outcome }) => outcome);
  };

  it("start, stop, pause, resume, restart and change them, in their order, with their outcome in the row", async () => {
    const id = await deployed(test, { start: false });
    expect(
      await applied([
        [id, "PAUSE_BOT"],
        [id, "START_BOT", { config: { a: 1 } }],
        [id, "PAUSE_BOT"],
        [id, "UPDATE_CONFIG", { config: { b: 2 } }],
        [id, "RESUME_BOT"],
      ]),
    ).toEqual(["CONTROL_WRONG_STATE", "applied", "applied", "applied", "applied"]);
    expect(await status(id)).toMatchObject({ status: "running" });
    expect(await makeDesk(test).desk.get(owner, id)).toMatchObject({ config: { b: 2 } });
    const epoch = await claimOf(test, id);
    await test.database.query("update shoal.strategy_clock set consecutive_failures = 4");
    await forgetBots(test.database);
    expect(await applied([[id.toUpperCase(), "RESTART_BOT"]])).toEqual(["applied"]);
    expect(await status(id)).toMatchObject({ status: "running", stats: { consecutive_failures: 0 } });
    expect(await test.database.query("select epoch::float8 as epoch from shoal.strategy_clock")).toEqual([
      { epoch: epoch + 1 },
    ]);
    await forgetBots(test.database);
    expect(await applied([[id, "STOP_BOT"]])).toEqual(["applied"]);
    expect(await status(id)).toMatchObject({ status: "stopped" });
    // No bot came of it, and the lease is free.
    expect(await test.database.query("select from public.bot_deployments")).toEqual([]);
    expect(await test.database.query("select from shoal.leases where holder is not null")).toEqual([]);
  });

  it("are the owner's and the operator's, and change nothing of others", async () => {
    const id = await deployed(test);
    const before = await rowsOf(test);
    expect(
      await applied([
        [id, "STOP_BOT", {}, SOMEBODY],
        [id, "START_BOT", {}, SOMEBODY],
        [id, "UPDATE_CONFIG", { config: {} }, SOMEBODY],
      ]),
    ).toEqual(["CONTROL_NOT_OWNER", "CONTROL_NOT_OWNER", "CONTROL_NOT_OWNER"]);
    expect(await rowsOf(test)).toBe(before);
    await forgetBots(test.database);
    expect(await applied([[id, "STOP_BOT", {}, OWNER]])).toEqual(["applied"]);
  });

  it("that cannot be carried out are rejected and change nothing, and hold nobody up", async () => {
    const id = await deployed(test);
    const own = await deployed(test, { name: "own" }, operator);
    const before = await rowsOf(test);
    expect(
      await applied([
        [id, "EXPLODE"],
        [id, "UPDATE_CONFIG", { config: { a: "x".repeat(SETTINGS_LIMIT) } }],
        [id, "UPDATE_CONFIG", {}],
        [id, "START_BOT", { kind: "echo" }],
        [id, "START_BOT", { name: "other" }],
        [id, "START_BOT", { owner_id: SOMEBODY }],
        [own, "START_BOT", { kind: "strategy" }],
      ]),
    ).toEqual([
      "CONTROL_COMMAND_UNKNOWN",
      "CONTROL_SETTINGS_INVALID",
      "CONTROL_PAYLOAD_INVALID",
      "CONTROL_KIND_UNKNOWN",
      "CONTROL_PAYLOAD_INVALID",
      "CONTROL_NOT_OWNER",
      "applied",
    ]);
    expect(await rowsOf(test)).toBe(before);
  });

  it("that the database refuses for what is in one strategy are rejected, and keep no other from being carried out", async () => {
    const broken = await deployed(test);
    const other = await deployed(test, { name: "other" });
    await test.database.query("delete from shoal.strategy_clock where strategy_id = $1", [broken]);
    expect(
      await applied([
        [other, "PAUSE_BOT"],
        [broken, "STOP_BOT"],
        [broken, "PAUSE_BOT"],
        ["sam", "START_BOT"],
        [other, "RESUME_BOT"],
      ]),
    ).toEqual(["applied", "CONTROL_STRATEGY_REFUSED", "CONTROL_STRATEGY_REFUSED", "applied", "applied"]);
    expect(await status(other)).toMatchObject({ status: "running" });
    expect(await test.database.query("select status from shoal.strategies where id = $1", [broken])).toEqual([
      { status: "running" },
    ]);
  });

  it("remove one, and what follows finds none; other ids stay bots", async () => {
    const id = await deployed(test);
    expect(
      await applied([
        [id, "STOP_BOT", { remove: true }],
        [id, "RESUME_BOT"],
        [NOBODY, "START_BOT"],
        ["sam", "START_BOT"],
      ]),
    ).toEqual(["applied", "CONTROL_BOT_UNKNOWN", "applied", "applied"]);
    expect(await test.database.query("select bot_id from public.bot_deployments order by bot_id")).toEqual([
      { bot_id: NOBODY },
      { bot_id: "sam" },
    ]);
  });

  it("are not applied twice by two replicas that hear of them at the same time", async () => {
    const ids = [
      await deployed(test, { name: "a" }),
      await deployed(test, { name: "b" }),
      await deployed(test, { name: "c" }, operator),
    ];
    await using one = makeReplica(test, { id: "r1" });
    await using two = makeReplica(test, { id: "r2" });
    for (const replica of [one, two]) replica.control.start();
    await Promise.all(ids.flatMap((id) => [1, 2, 3, 4].map(() => insert(test.database, id, "RESTART_BOT"))));
    const count = () => [one, two].flatMap((replica) => replica.seen("command:applied")).length;
    await reached([one, two], 12, count);
    await Promise.all([one.rounds(), two.rounds()]);
    expect(count()).toBe(12);
    const rows = await test.database.query("select epoch::float8 as epoch from shoal.strategy_clock");
    // The deploy was the first.
    expect(rows).toEqual([{ epoch: 5 }, { epoch: 5 }, { epoch: 5 }]);
  });

  it("may be issued over HTTP, where strategies are among the deployments", async () => {
    const [id, other] = [await deployed(test), await deployed(test, { name: "second", start: false }, operator)];
    await using replica = makeReplica(test);
    const { commands } = replica.control;
    await commands.issue([{ botId: "sam", command: "START_BOT" }]);
    replica.control.start();
    await reached([replica], 1, () => replica.seen("command:applied").length);
    const { deployments: all } = await commands.deployments({ limit: 10 });
    expect(all.map(({ bot_id }) => bot_id)).toEqual(["sam", ...[id, other].sort().toReversed()]);
    expect(all.find(({ bot_id }) => bot_id === id)).toMatchObject({
      ...{ kind: "strategy", name: "first", owner_id: OWNER, desired: "running", status: "running", generation: 1 },
      ...{ replica: null, last_error: null },
    });
    const page = async (of: Parameters<typeof commands.deployments>[0]) =>
      (await commands.deployments(of)).deployments.map(({ bot_id }) => bot_id);
    expect(await page({ limit: 10, before: "sam" })).toEqual(all.slice(1).map(({ bot_id }) => bot_id));
    expect(await page({ limit: 1 })).toEqual(["sam"]);
    const [, first = "", last = ""] = all.map(({ bot_id }) => bot_id);
    expect(await page({ limit: 10, before: first })).toEqual([last]);
    expect(await page({ limit: 10, before: first.toUpperCase() })).toEqual([last]);
    expect(await page({ limit: 10, before: last })).toEqual([]);
    expect(await page({ limit: 10, ids: ["sam", first] })).toEqual(["sam", first]);
    expect(await page({ limit: 10, search: "SECOND", only: "strategies" })).toEqual([other]);
    expect(await page({ limit: 10, status: "running", only: "strategies" })).toEqual([id]);
    await test.database.query(
      "update shoal.strategies set status = 'quarantined', status_reason = 'STRATEGY_TOO_MANY_KILLS: three' where id = $1::uuid",
      [id],
    );
    expect(await commands.deployment(id)).toMatchObject({
      status: "quarantined",
      last_error: "STRATEGY_TOO_MANY_KILLS",
    });
    expect(await commands.startStopped()).toEqual([]);
    expect(await commands.startStopped(other)).toHaveLength(1);
    expect(await commands.remove(id)).toBeDefined();
    await reached([replica], 3, () => replica.seen("command:applied").length);
    expect(await commands.deployment(id)).toBeUndefined();
    expect(await status(other)).toMatchObject({ status: "running" });
  });
});
