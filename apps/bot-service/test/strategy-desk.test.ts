import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  claimOf,
  deployed as deployStrategy,
  fakeCheck,
  forgetStrategies,
  MINUTE,
  makeDesk,
  NOBODY,
  OWNER,
  operator,
  owner,
  rowsOf,
  SOMEBODY,
  somebody,
  sourceOf,
} from "../src/strategies/desk/desk.test-support.ts";
import type { DeployRequest } from "../src/strategies/desk/strategy-desk.types.ts";
import { claimOne, order, ran, turn, wrongOwners } from "./strategy-support.ts";

const HOURLY: DeployRequest["timing"] = { kind: "cron", cron: "0 * * * *", zone: "Europe/Berlin" };
const request: DeployRequest = { name: "first", source: sourceOf({ needs: ["BTC/USDT"] }), timing: MINUTE };
/** Some 6 kB of JSON, of which Postgres makes 300 kB. */
const HUGE = Array.from({ length: 1000 }, () => 1e308);
const refused = (code: string, field?: string) =>
  expect.objectContaining({ code, ...(field && { details: expect.objectContaining({ field }) }) });

describe.each(backends())("the strategies' desk on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(() => forgetStrategies(test));
  afterAll(() => test[Symbol.asyncDispose]());

  const clock = async (id: string) => {
    const [row] = await test.database.query<{ epoch: number; revision: number; is_due: boolean; is_manual: boolean }>(
      `select epoch::float8 as epoch, revision::float8 as revision, coalesce(due_at <= clock_timestamp(), false) as is_due, is_manual
       from shoal.strategy_clock where strategy_id = $1::uuid`,
      [id],
    );
    return row;
  };
  const deployed = (given: Partial<DeployRequest> = {}, asker = owner) =>
    deployStrategy(test, { ...request, ...given }, asker);
  /** Calls what must be refused, and expects that no row has changed. */
  const refuses = async (work: () => Promise<unknown>, code: string, field?: string) => {
    const before = await rowsOf(test);
    await expect(work()).rejects.toThrow(refused(code, field));
    expect(await rowsOf(test)).toBe(before);
  };

  describe("deploys", () => {
    it("a strategy that is due at once, with the money it was given", async () => {
      const { desk } = makeDesk(test);
      const { outcome, strategy } = await desk.deploy(owner, {
        ...request,
        config: { fast: 3 },
        account: { cash: "500.50", takerFeeRatio: "0.002" },
        filter: { cooldownMs: 1000 },
      });
      expect(outcome).toBe("created");
      expect(strategy).toMatchObject({
        ...{ name: "first", owner_id: OWNER, version: 1, status: "running", status_reason: null, is_executing: false },
        ...{ executionInterval: 60, cron: null, zone: "UTC", venue: "paper", market: "synthetic", secret: null },
        ...{ config: { fast: 3 }, filter: { cooldownMs: 1000 } },
        account: { currency: "USDT", cash: "500.50", makerFeeRatio: "0.001", takerFeeRatio: "0.002" },
        stats: { total_executions: 0, avg_execution_time: null, last_error: null },
      });
      expect(await clock(strategy.strategy_id)).toMatchObject({ is_due: true });
      expect(await desk.positions(owner, strategy.strategy_id)).toMatchObject({
        ...{ positions: [], equity: null },
        balances: [{ currency: "USDT", amount: "500.5" }],
      });
      expect(await desk.activeCount()).toBe(1);
      const [row] = await test.database.query(
        "select next_due_at <= clock_timestamp() as is_due from shoal.strategy_owners",
      );
      expect(row).toEqual({ is_due: true });
    });

    it("by cron not before its tick", async () => {
      const { desk } = makeDesk(test);
      const { strategy } = await desk.deploy(owner, { ...request, timing: HOURLY });
      expect(strategy).toMatchObject({ executionInterval: null, cron: "0 * * * *", zone: "Europe/Berlin" });
      expect(strategy.stats.next_execution_at).toMatch(/:00:00\.000Z$/);
      expect(await clock(strategy.strategy_id)).toMatchObject({ is_due: false });
    });

    it("a new version under the name, or by its id, which keeps what is not said anew", async () => {
      const { desk, checked } = makeDesk(test);
      const first = (await desk.deploy(owner, { ...request, config: { a: 1 }, filter: { onlyNewCandles: true } }))
        .strategy;
      const epoch = await claimOf(test, first.strategy_id);
      const source = sourceOf({ needs: ["BTC/USDT", "ETH/USDT"] });
      const second = await desk.deploy(owner, { name: "first", source });
      expect(second).toMatchObject({
        outcome: "updated",
        strategy: {
          ...{ strategy_id: first.strategy_id, version: 2, config: { a: 1 } },
          filter: { onlyNewCandles: true },
        },
      });
      // The run under way is out of date, and the new code runs at once.
      expect(await clock(first.strategy_id)).toMatchObject({ epoch: epoch + 1, is_due: true });
      const third = await desk.deploy(owner, {
        strategyId: first.strategy_id,
        name: "renamed",
        source: request.source,
      });
      expect(third.strategy).toMatchObject({
        version: 3,
        name: "renamed",
        code_id: first.code_id,
        executionInterval: 60,
      });
      expect(checked).toHaveLength(2);
      const [book] = await test.database.query<{ symbols: string[] }>(
        `select array(select i ->> 'symbol' from jsonb_array_elements(book -> 'instruments') i) as symbols from shoal.strategy_books`,
      );
      expect(book?.symbols).toEqual(["BTC/USDT", "ETH/USDT"]);
      expect(await desk.versions(owner, first.strategy_id, { limit: 2 })).toMatchObject([
        { version: 3 },
        { version: 2 },
      ]);
      expect(await desk.code(owner, first.strategy_id, 2)).toMatchObject({ source, language: "typescript" });
      await expect(desk.code(owner, first.strategy_id, 9)).rejects.toThrow(refused("STRATEGY_VERSION_UNKNOWN"));
    });

    it.each([
      ["running", null, undefined, "running"],
      ["stopped", null, undefined, "stopped"],
      ["paused", null, undefined, "paused"],
      ["paused", "STRATEGY_TOO_MANY_FAILURES: ten", undefined, "running"],
      ["quarantined", "STRATEGY_TOO_MANY_KILLS: three", undefined, "running"],
      ["stopped", null, true, "running"],
      ["running", null, false, "stopped"],
    ] as const)("over one that is %s (%s), start %s: it is %s", async (status, reason, start, expected) => {
      const id = await deployed();
      await test.database.query("update shoal.strategies set status = $1, status_reason = $2 where id = $3::uuid", [
        status,
        reason,
        id,
      ]);
      await deployed(start === undefined ? {} : { start });
      const { desk } = makeDesk(test);
      expect(await desk.status(owner, id)).toMatchObject({ version: 2, status: expected, status_reason: null });
      expect(await clock(id)).toMatchObject({ is_due: expected === "running" });
    });

    it("for another owner when the operator says so, and one of the operator's own otherwise", async () => {
      const { desk } = makeDesk(test);
      const theirs = await desk.deploy(operator, { ...request, ownerId: OWNER.toUpperCase() });
      const own = await desk.deploy(operator, request);
      expect([theirs.strategy.owner_id, own.strategy.owner_id]).toEqual([OWNER, null]);
      expect(await desk.get(owner, theirs.strategy.strategy_id)).toMatchObject({ owner_id: OWNER });
      await refuses(() => desk.deploy(owner, { ...request, ownerId: SOMEBODY }), "STRATEGY_INVALID", "owner_id");
    });

    it("once under one key, also when asked twice at the same time", async () => {
      const { desk } = makeDesk(test);
      const keyed = { ...request, idempotencyKey: "k1" };
      const both = await Promise.all([desk.deploy(owner, keyed), makeDesk(test).desk.deploy(owner, keyed)]);
      expect(both.map(({ outcome }) => outcome).sort()).toEqual(["created", "repeated"]);
      expect(new Set(both.map(({ strategy }) => strategy.strategy_id)).size).toBe(1);
      await desk.deploy(owner, { ...request, source: sourceOf({ config: { other: 1 } }) });
      // The answer is that of the deploy that was asked for.
      expect(await desk.deploy(owner, keyed)).toMatchObject({
        outcome: "repeated",
        strategy: { version: 1, code_id: both[0].strategy.code_id },
      });
      await refuses(() => desk.deploy(owner, { ...keyed, config: { a: 1 } }), "STRATEGY_IDEMPOTENCY_CONFLICT");
      expect(await desk.deploy(somebody, keyed)).toMatchObject({ outcome: "created" });
    });

    it("one strategy where a name is deployed many times at the same time without a key", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => makeDesk(test).desk.deploy(operator, request)));
      const versions = all.map(({ strategy }) => strategy.version).sort((left, right) => left - right);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
      expect(await makeDesk(test).desk.list(operator, { limit: 10 })).toHaveLength(1);
    });

    it("no more strategies of an owner than may be, however many come at the same time", async () => {
      const limited = () => makeDesk(test, { perOwnerCount: 2 }).desk;
      const answers = await Promise.allSettled(
        Array.from({ length: 6 }, (_, n) => limited().deploy(owner, { ...request, name: `n${n}` })),
      );
      const codes = answers.map((answer) => (answer.status === "fulfilled" ? "created" : answer.reason.code));
      expect(codes.sort()).toEqual([...Array(4).fill("STRATEGY_LIMIT"), "created", "created"]);
      await refuses(() => limited().deploy(owner, { ...request, name: "more" }), "STRATEGY_LIMIT");
      const [one] = await limited().list(owner, { limit: 1 });
      await expect(limited().deploy(owner, { ...request, name: one?.name ?? "" })).resolves.toMatchObject({
        outcome: "updated",
      });
      // The operator has no limit, and says that of an owner.
      for (const name of ["a", "b", "c"]) await limited().deploy(operator, { ...request, name });
      await test.database.query("update shoal.strategy_owners set strategy_limit = 3 where owner_id = $1::uuid", [
        OWNER,
      ]);
      await expect(limited().deploy(owner, { ...request, name: "more" })).resolves.toMatchObject({
        outcome: "created",
      });
    });

    it.each<[string, Partial<DeployRequest>, string, string?]>([
      ["source with an error", { source: "bad" }, "STRATEGY_CODE_INVALID", "code"],
      [
        "settings in the source that cannot be kept",
        { source: sourceOf({ config: { a: "\0" } }) },
        "STRATEGY_CODE_INVALID",
      ],
      ["an unknown venue", { venue: "atlantis", secretName: "s" }, "STRATEGY_VENUE_UNKNOWN", "venue"],
      ["an unknown market", { market: "atlantis" }, "STRATEGY_MARKET_UNKNOWN", "market"],
      ["a venue with another market", { venue: "kraken", market: "synthetic" }, "STRATEGY_MARKET_UNKNOWN", "market"],
      ["a venue without a secret", { venue: "kraken" }, "STRATEGY_SECRET_MISSING", "secret"],
      ["a secret that there is not", { venue: "kraken", secretName: "none" }, "STRATEGY_SECRET_MISSING", "secret"],
      ["a secret on paper", { secretName: "s" }, "STRATEGY_INVALID", "secret"],
      ["a symbol of another form", { source: sourceOf({ needs: ["BTCUSDT"] }) }, "STRATEGY_NEEDS_IMPOSSIBLE", "needs"],
      [
        "a symbol that the market lacks",
        { market: "kraken", source: sourceOf({ needs: ["ETH/USDT"] }) },
        "STRATEGY_NEEDS_IMPOSSIBLE",
      ],
      [
        "symbols for two kinds of money",
        { source: sourceOf({ needs: ["BTC/USDT", "BTC/EUR"] }) },
        "STRATEGY_NEEDS_IMPOSSIBLE",
      ],
      ["an account in other money", { account: { currency: "EUR" } }, "STRATEGY_NEEDS_IMPOSSIBLE"],
      ["a currency that is none", { source: sourceOf(), account: { currency: "E/R" } }, "STRATEGY_ACCOUNT_INVALID"],
      ["cash below nothing", { account: { cash: "-1" } }, "STRATEGY_ACCOUNT_INVALID", "account.cash"],
      ["a fee of a half", { account: { makerFeeRatio: "0.5" } }, "STRATEGY_ACCOUNT_INVALID", "account.makerFeeRatio"],
      [
        "half a second",
        { timing: { kind: "interval", intervalMs: 500 } },
        "STRATEGY_SCHEDULE_INVALID",
        "executionInterval",
      ],
      ["32 days", { timing: { kind: "interval", intervalMs: 32 * 86_400_000 } }, "STRATEGY_SCHEDULE_INVALID"],
      [
        "a cron text that is none",
        { timing: { kind: "cron", cron: "soon", zone: "UTC" } },
        "STRATEGY_SCHEDULE_INVALID",
        "cron",
      ],
      [
        "a day that no year has",
        { timing: { kind: "cron", cron: "0 0 30 2 *", zone: "UTC" } },
        "STRATEGY_SCHEDULE_INVALID",
      ],
      [
        "ticks that have passed",
        { timing: { kind: "cron", cron: "0 0 0 1 6 * 2026", zone: "UTC" } },
        "STRATEGY_SCHEDULE_INVALID",
      ],
      [
        "an unknown zone",
        { timing: { kind: "cron", cron: "0 * * * *", zone: "Mars/Base" } },
        "STRATEGY_SCHEDULE_INVALID",
        "zone",
      ],
      ["settings that are too large", { config: { a: "x".repeat(20_000) } }, "STRATEGY_INVALID", "config"],
      ["settings that are too large when written out", { config: { a: HUGE } }, "STRATEGY_INVALID", "config"],
      ["settings with the character 0", { config: { a: "\0" } }, "STRATEGY_INVALID", "config"],
      [
        "settings that are nested too deep",
        { config: JSON.parse(`${'{"a":'.repeat(70)}1${"}".repeat(70)}`) },
        "STRATEGY_INVALID",
        "config",
      ],
      ["the id of nothing", { strategyId: NOBODY }, "STRATEGY_UNKNOWN"],
      ["an id that is none", { strategyId: "x" }, "STRATEGY_UNKNOWN"],
    ])("nothing for %s", async (_what, given, code, field) => {
      await deployed({ name: "other" });
      await refuses(() => makeDesk(test).desk.deploy(owner, { ...request, ...given }), code, field);
    });

    it("under a name made of the source where it has none, so that the same source is the same strategy", async () => {
      const { desk } = makeDesk(test);
      const { source } = request;
      const first = await desk.deploy(owner, { source, timing: MINUTE });
      expect(first.strategy.name).toMatch(/^strategy-[0-9a-f]{8}$/);
      expect(await desk.deploy(owner, { source })).toMatchObject({
        outcome: "updated",
        strategy: { strategy_id: first.strategy.strategy_id },
      });
    });

    it("a hundred versions and more, of which the newest are kept", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed();
      await test.database.query("update shoal.strategies set version = 100");
      expect(await desk.deploy(owner, request)).toMatchObject({ strategy: { version: 101 } });
      expect(await desk.versions(owner, id, { limit: 10 })).toMatchObject([{ version: 101 }]);
      await refuses(() => desk.rollback(owner, id, 1), "STRATEGY_VERSION_UNKNOWN");
    });

    it("the source of one user while many of another are checked, which takes long", async () => {
      const gate = Promise.withResolvers<void>();
      let slowCount = 0;
      const { desk } = makeDesk(test, {
        async check(source, language) {
          if (!source.includes("slow")) return fakeCheck(source, language);
          slowCount += 1;
          await gate.promise;
          return fakeCheck(source, language);
        },
      });
      const slow = Array.from({ length: 5 }, (_, n) => {
        const source = sourceOf({ config: { slow: n } });
        return desk.deploy(somebody, { ...request, name: `slow ${n}`, source });
      });
      await expect.poll(() => slowCount).toBe(1);
      expect(await desk.deploy(owner, request)).toMatchObject({ outcome: "created" });
      expect(await desk.deploy(operator, request)).toMatchObject({ outcome: "created" });
      expect(slowCount).toBe(1);
      gate.resolve();
      expect((await Promise.all(slow)).map(({ outcome }) => outcome)).toEqual(Array(5).fill("created"));
    });

    it("nothing without a schedule, and tells of each error of the source", async () => {
      const { desk } = makeDesk(test);
      await refuses(() => desk.deploy(owner, { name: "x", source: request.source }), "STRATEGY_SCHEDULE_INVALID");
      await expect(desk.deploy(owner, { ...request, source: "bad" })).rejects.toMatchObject({
        details: { diagnostics: [{ code: "STRATEGY_TYPES", line: 2, column: 7 }] },
      });
    });

    it("at an exchange with a secret, and not where secrets cannot be opened", async () => {
      await test.database.query(
        `insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext)
         values ($1::uuid, 'mine', 'k', decode(repeat('00', 12), 'hex'), decode(repeat('00', 17), 'hex'))`,
        [OWNER],
      );
      const live = { ...request, venue: "kraken", secretName: "mine" };
      const { desk } = makeDesk(test);
      await refuses(() => makeDesk(test, { hasSecrets: false }).desk.deploy(owner, live), "STRATEGY_SECRET_MISSING");
      await refuses(() => desk.deploy(somebody, live), "STRATEGY_SECRET_MISSING");
      expect((await desk.deploy(owner, live)).strategy).toMatchObject({
        venue: "kraken",
        market: "kraken",
        secret: "mine",
      });
      await refuses(() => desk.deploy(owner, { ...live, venue: "paper" }), "STRATEGY_FIXED", "venue");
    });

    it("nothing that would change venue, market or account of a strategy", async () => {
      await deployed({ account: { cash: "5" } });
      const { desk } = makeDesk(test);
      for (const [given, field] of [
        [{ market: "kraken" }, "market"],
        [{ account: { cash: "6" } }, "account.cash"],
        [{ account: { currency: "EUR" } }, "account.currency"],
      ] as const) {
        await refuses(() => desk.deploy(owner, { ...request, ...given }), "STRATEGY_FIXED", field);
      }
      await expect(desk.deploy(owner, { ...request, account: { cash: "5" } })).resolves.toMatchObject({
        outcome: "updated",
      });
    });

    it("nothing under a name that another strategy has", async () => {
      await deployed({ name: "taken" });
      const id = await deployed();
      const { desk } = makeDesk(test);
      await refuses(
        () => desk.deploy(owner, { strategyId: id, name: "taken", source: request.source }),
        "STRATEGY_NAME_TAKEN",
      );
    });
  });

  describe("changes", () => {
    it.each([
      ["running", "start", "running", false],
      ["stopped", "start", "running", true],
      ["paused", "start", "running", true],
      ["quarantined", "start", "running", true],
      ["running", "stop", "stopped", true],
      ["paused", "stop", "stopped", true],
      ["quarantined", "stop", "stopped", true],
      ["running", "pause", "paused", true],
      ["paused", "pause", "paused", false],
      ["quarantined", "pause", "quarantined", false],
      ["running", "resume", "running", false],
      ["paused", "resume", "running", true],
      ["quarantined", "resume", "running", true],
      ["running", "restart", "running", true],
      ["stopped", "restart", "running", true],
    ] as const)("one that is %s by %s to %s", async (from, name, to, outdates) => {
      const id = await deployed();
      const epoch = await claimOf(test, id);
      await test.database.query("update shoal.strategies set status = $1 where id = $2::uuid", [from, id]);
      await test.database.query("update shoal.strategy_clock set consecutive_failures = 3");
      const { desk } = makeDesk(test);
      expect(await desk[name](owner, id)).toMatchObject({ status: to });
      expect(await clock(id)).toMatchObject({ epoch: epoch + Number(outdates), is_due: outdates && to === "running" });
      const failures = to === "running" && outdates ? 0 : 3;
      expect((await desk.status(owner, id)).stats.consecutive_failures).toBe(failures);
    });

    it("a stopped one neither by pause nor by resume, and a quarantined one does not run by hand", async () => {
      const id = await deployed({ start: false });
      const { desk } = makeDesk(test);
      await refuses(() => desk.pause(owner, id), "STRATEGY_WRONG_STATUS");
      await refuses(() => desk.resume(owner, id), "STRATEGY_WRONG_STATUS");
      await test.database.query("update shoal.strategies set status = 'quarantined'");
      await refuses(() => desk.execute(owner, id), "STRATEGY_WRONG_STATUS");
    });

    it("when it runs, by hand: at once, also while it is stopped, and once more while it runs", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed({ start: false });
      expect((await desk.execute(owner, id)).stats.next_execution_at).not.toBeNull();
      expect(await clock(id)).toMatchObject({ is_due: true, is_manual: true });
      await desk.stop(owner, id);
      expect(await clock(id)).toMatchObject({ is_due: false, is_manual: false });
      const epoch = await claimOf(test, id);
      expect(await desk.execute(owner, id)).toMatchObject({ is_executing: true });
      expect(await clock(id)).toMatchObject({ epoch, is_due: false, is_manual: true });
    });

    it("nothing of a run by hand: it comes also after settings were changed meanwhile", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed({ start: false });
      await desk.execute(owner, id);
      await desk.updateConfig(owner, id, { a: 1 });
      expect(await clock(id)).toMatchObject({ is_due: true, is_manual: true });
      await claimOf(test, id);
      await test.database.query("update shoal.strategy_clock set is_claim_manual = true");
      await desk.updateConfig(owner, id, { a: 2 });
      expect(await clock(id)).toMatchObject({ is_due: true, is_manual: true });
      await claimOf(test, id);
      await test.database.query("update shoal.strategy_clock set is_claim_manual = false");
      await desk.updateConfig(owner, id, { a: 3 });
      expect(await clock(id)).toMatchObject({ is_due: false, is_manual: false });
    });

    it("nothing by a request to run that a run has answered since", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed({ start: false });
      await claimOf(test, id);
      await desk.execute(owner, id, Date.now() - 60_000);
      expect(await clock(id)).toMatchObject({ is_manual: false });
      await desk.execute(owner, id, Date.now() + 60_000);
      expect(await clock(id)).toMatchObject({ is_manual: true });
    });

    it("settings, which make the run under way out of date, and nothing for the same ones", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed({ source: sourceOf({ config: { a: 1 } }) });
      const epoch = await claimOf(test, id);
      expect(await desk.updateConfig(owner, id, { b: 2 })).toMatchObject({ config: { b: 2 }, version: 1 });
      expect(await clock(id)).toMatchObject({ epoch: epoch + 1, is_due: true });
      await desk.updateConfig(owner, id, { b: 2 });
      expect(await clock(id)).toMatchObject({ epoch: epoch + 1 });
      await refuses(() => desk.updateConfig(owner, id, { b: "x".repeat(20_000) }), "STRATEGY_INVALID", "config");
      await refuses(() => desk.updateConfig(owner, id, { b: HUGE }), "STRATEGY_INVALID", "config");
      await refuses(() => desk.updateConfig(owner, id, { b: "\0" }), "STRATEGY_INVALID", "config");
    });

    it("the code back to a version, with its settings, as a new version", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed({ config: { a: 1 } });
      const first = await desk.get(owner, id);
      await deployed({ source: sourceOf(), config: { a: 2 } });
      expect(await desk.rollback(owner, id)).toMatchObject({ version: 3, code_id: first.code_id, config: { a: 1 } });
      expect(await desk.rollback(owner, id, 2)).toMatchObject({ version: 4, config: { a: 2 } });
      await refuses(() => desk.rollback(owner, id, 9), "STRATEGY_VERSION_UNKNOWN");
      await refuses(() => desk.rollback(owner, id, 0), "STRATEGY_INVALID");
      const only = await deployed({ name: "only" });
      await refuses(() => desk.rollback(owner, only), "STRATEGY_VERSION_UNKNOWN");
    });

    it("nothing of another owner, whose strategies do not exist", async () => {
      const id = await deployed();
      const { desk } = makeDesk(test);
      const calls = [
        ...(["start", "stop", "pause", "resume", "restart", "execute", "rollback", "remove"] as const).map(
          (name) => (whose: typeof owner, of: string) => desk[name](whose, of),
        ),
        (whose: typeof owner, of: string) => desk.updateConfig(whose, of, {}),
        (whose: typeof owner, of: string) => desk.deploy(whose, { ...request, strategyId: of }),
        (whose: typeof owner, of: string) => desk.close(whose, of, { key: "k" }),
        ...(["get", "status", "positions", "code"] as const).map(
          (name) => (whose: typeof owner, of: string) => desk[name](whose, of),
        ),
        ...(["versions", "runs", "logs", "orders", "fills", "equity"] as const).map(
          (name) => (whose: typeof owner, of: string) => desk[name](whose, of, { limit: 1 }),
        ),
      ];
      for (const call of calls) {
        await refuses(() => call(somebody, id), "STRATEGY_UNKNOWN");
        await refuses(() => call(owner, NOBODY), "STRATEGY_UNKNOWN");
        await refuses(() => call(operator, "no id"), "STRATEGY_UNKNOWN");
      }
      expect(await desk.list(somebody, { limit: 10 })).toEqual([]);
      expect(await desk.list(somebody, { limit: 10, ownerId: OWNER })).toEqual([]);
      expect(await desk.list(operator, { limit: 10 })).toHaveLength(1);
    });

    it("everything away by remove, also while it runs, but not while an exchange may fill an order", async () => {
      const { desk } = makeDesk(test);
      const id = await deployed();
      await claimOf(test, id);
      await desk.remove(owner, id);
      await expect(desk.get(owner, id)).rejects.toThrow(refused("STRATEGY_UNKNOWN"));
      expect(await test.database.query("select from shoal.strategy_clock")).toEqual([]);
      const other = await deployed();
      await test.database.query("update shoal.strategies set venue = 'kraken', secret_name = 's'");
      await orderOf(other, "kraken", "open");
      await refuses(() => desk.remove(owner, other), "STRATEGY_ORDERS_OPEN");
      await test.database.query("update shoal.strategy_orders set status = 'filled'");
      await desk.remove(owner, other);
      expect(await test.database.query("select from shoal.strategy_orders")).toEqual([]);
    });

    it("nothing of a user who was deleted: it stops, and nothing of it starts", async () => {
      await test.database.query("insert into auth.users (id) values ($1::uuid)", [OWNER]);
      const id = await deployed();
      const others = await deployed({}, somebody);
      await test.database.query("update shoal.strategies set venue = 'kraken', secret_name = 's' where id = $1::uuid", [
        id,
      ]);
      const order = await orderOf(id, "kraken", "open");
      await claimOf(test, id);
      await test.database.query("delete from auth.users where id = $1::uuid", [OWNER]);
      const { desk } = makeDesk(test);
      const gone = { status: "stopped", status_reason: "STRATEGY_OWNER_GONE: the user was deleted" };
      expect(await desk.status(operator, id)).toMatchObject({ ...gone, stats: { next_execution_at: null } });
      expect(await clock(id)).toMatchObject({ is_due: false });
      expect(
        await test.database.query("select is_cancel_wanted from shoal.strategy_orders where id = $1::uuid", [order]),
      ).toEqual([{ is_cancel_wanted: true }]);
      for (const name of ["start", "restart", "execute", "rollback"] as const) {
        await refuses(() => desk[name](operator, id), "STRATEGY_OWNER_GONE");
      }
      await refuses(() => desk.deploy(owner, { ...request, name: "new" }), "STRATEGY_OWNER_GONE");
      // Nor does the token of a user who never had any.
      await test.database.query("insert into auth.users (id) values ($1::uuid)", [NOBODY]);
      await test.database.query("delete from auth.users where id = $1::uuid", [NOBODY]);
      await refuses(() => desk.deploy({ userId: NOBODY }, request), "STRATEGY_OWNER_GONE");
      expect(await desk.status(somebody, others)).toMatchObject({ status: "running" });
    });
  });

  describe("makes a run under way count for nothing", () => {
    it.each<[string, (id: string) => Promise<unknown>, boolean]>([
      ["stop", (id) => makeDesk(test).desk.stop(owner, id), false],
      ["pause", (id) => makeDesk(test).desk.pause(owner, id), false],
      ["restart", (id) => makeDesk(test).desk.restart(owner, id), true],
      ["other settings", (id) => makeDesk(test).desk.updateConfig(owner, id, { a: 2 }), true],
      ["a deploy", () => deployed({ source: sourceOf() }), true],
      ["a rollback", (id) => makeDesk(test).desk.rollback(owner, id, 1), true],
      ["its end", (id) => makeDesk(test).desk.remove(owner, id), false],
    ])("by %s", async (_what, change, isDueAgain) => {
      const id = await deployed({ config: { a: 1 } });
      const held = await claimOne(test.database);
      await change(id);
      const done = ran(held, { orders: [order()], statePatch: { key: 1 }, equity: "1" });
      const { lostIds, claimed } = await turn(test.database, { done: [done] });
      expect([...lostIds]).toEqual([id]);
      for (const table of ["strategy_orders", "strategy_runs", "strategy_state", "strategy_equity"]) {
        expect(await test.database.query(`select from shoal.${table}`), table).toEqual([]);
      }
      expect(claimed.map((each) => each.id)).toEqual(isDueAgain ? [id] : []);
      expect(await wrongOwners(test.database)).toEqual([]);
    });

    it("but not a request to run, which is followed by one more run, also of one that is stopped", async () => {
      const id = await deployed({ start: false });
      const { desk } = makeDesk(test);
      await desk.execute(owner, id);
      const first = await claimOne(test.database);
      expect(first).toMatchObject({ id, isManual: true });
      await desk.execute(owner, id);
      const { lostIds, claimed } = await turn(test.database, { done: [ran(first)] });
      expect([...lostIds, claimed.length]).toEqual([1]);
      const [second] = claimed;
      expect(second).toMatchObject({ id, isManual: true });
      const last = await turn(test.database, { done: second ? [ran(second)] : [] });
      expect(last.claimed).toEqual([]);
      expect(await desk.status(owner, id)).toMatchObject({ status: "stopped", stats: { total_executions: 2 } });
      expect(await wrongOwners(test.database)).toEqual([]);
    });
  });

  const orderOf = async (id: string, venue: string, status: string) => {
    const [row] = await test.database.query<{ id: string }>(
      `insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at)
       values (gen_random_uuid(), $1::uuid, $2::uuid, gen_random_uuid(), 1, $3, 'BTC/USDT', 'buy', 'market', 1, $4, clock_timestamp())
       returning id`,
      [id, OWNER, venue, status],
    );
    return row?.id ?? "";
  };
});
