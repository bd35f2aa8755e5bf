import { isFleetError } from "@shoal/kernel";
import { backends, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rotateSecrets } from "../src/cli/secrets/rotate.ts";
import { ask, makeApp } from "../src/http/http.test-support.ts";
import { createSecretStore, type SecretStore } from "../src/strategies/secrets/secret-store.ts";
import {
  addOrder,
  addStrategy,
  emptyStrategies,
  keyringOf,
  OTHER_OWNER,
  OWNER,
  orderId,
  STRATEGY,
} from "./strategy-rows.ts";

const VALUE = { apiKey: "hush-key", secret: "hush-secret\nof two lines", password: "hush-password" };
const ORDER = orderId(1);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (isFleetError(error) ? error.code : String(error)),
  );

describe.each(backends())("secrets on the %s Postgres", (backend) => {
  let test: TestDatabase;
  const runtime = testRuntime();

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyStrategies(test));

  const storeWith = (...ids: readonly number[]): SecretStore =>
    createSecretStore({ database: test.database, runtime, keyring: ids.length === 0 ? null : keyringOf(...ids) });
  const one = async <Row extends object>(text: string): Promise<Row | undefined> =>
    (await test.database.query<Row>(text))[0];
  const wholeTable = async () =>
    JSON.stringify(
      await test.database.query(
        "select s.*, encode(nonce, 'hex') as n, encode(ciphertext, 'escape') as c from shoal.strategy_secrets s",
      ),
    );

  it("are opened as they were put, by their owner and name alone", async () => {
    const store = storeWith(1);
    await store.put(OWNER, "main", VALUE);
    await store.put(OTHER_OWNER, "main", { apiKey: "other", secret: "s" });
    expect((await store.open(OWNER, "main")).value).toEqual(VALUE);
    expect((await store.open(OTHER_OWNER, "main")).value).toEqual({ apiKey: "other", secret: "s" });
    expect(await codeOf(store.open(OWNER, "Main"))).toBe("STRATEGY_SECRET_MISSING");
    expect(await wholeTable()).not.toContain("hush");
  });

  it("do not open in the row of another", async () => {
    const store = storeWith(1);
    await store.put(OWNER, "main", VALUE);
    await test.database.query("update shoal.strategy_secrets set name = 'stolen'");
    expect(await codeOf(store.open(OWNER, "stolen"))).toBe("STRATEGY_SECRET_UNREADABLE");
  });

  it("are sealed with a nonce of their own each time, and are another version each time", async () => {
    const store = storeWith(1);
    const seen = new Set<string>();
    for (let times = 0; times < 3; times += 1) {
      await store.put(OWNER, "main", VALUE);
      const row = await one<{ nonce: string }>("select encode(nonce, 'hex') as nonce from shoal.strategy_secrets");
      seen.add(row?.nonce ?? "").add((await store.open(OWNER, "main")).version);
    }
    expect(seen.size).toBe(6);
  });

  it("are listed without their values", async () => {
    const store = storeWith(1);
    await store.put(OWNER, "b", VALUE);
    await store.put(OWNER, "a", VALUE);
    const rows = await store.list(OWNER);
    expect(rows.map(({ name, keyId }) => [name, keyId])).toEqual([
      ["a", "k1"],
      ["b", "k1"],
    ]);
    expect(rows.map((row) => Object.keys(row).toSorted().join())).toEqual(
      Array(2).fill("createdAt,keyId,name,refusedAt,refusedReason,updatedAt"),
    );
    expect(JSON.stringify(rows)).not.toContain("hush");
  });

  it("are bounded in number, but may be written over", async () => {
    const store = storeWith(1);
    await test.database.query(
      `insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext)
       select '${OWNER}', 'n' || n, 'k1', decode(repeat('00', 12), 'hex'), decode(repeat('00', 17), 'hex') from generate_series(1, 99) n`,
    );
    const outcomes = await Promise.all(["x", "y", "z"].map((name) => codeOf(store.put(OWNER, name, VALUE))));
    expect(outcomes.toSorted()).toEqual(["STRATEGY_SECRET_LIMIT", "STRATEGY_SECRET_LIMIT", "done"]);
    expect(await codeOf(store.put(OWNER, "n1", VALUE))).toBe("done");
    expect(await codeOf(store.put(OTHER_OWNER, "x", VALUE))).toBe("done");
  });

  it.each<[string, (store: SecretStore) => Promise<unknown>]>([
    ["a name", (store) => store.put(OWNER, "a\nb", VALUE)],
    ["a value", (store) => store.put(OWNER, "main", { ...VALUE, hush: 1 })],
  ])("are refused for %s, and nothing is written", async (_what, put) => {
    expect(await codeOf(put(storeWith(1)))).toBe("STRATEGY_SECRET_INVALID");
    expect(await storeWith(1).list(OWNER)).toEqual([]);
  });

  it("can be listed and removed without ENCRYPTION_KEY, and nothing else", async () => {
    await storeWith(1).put(OWNER, "main", VALUE);
    const store = storeWith();
    const outcomes = [store.put(OWNER, "x", VALUE), store.open(OWNER, "main"), store.rotate()];
    expect(await Promise.all(outcomes.map(codeOf))).toEqual(Array(3).fill("STRATEGY_SECRETS_OFF"));
    expect((await store.list(OWNER)).length).toBe(1);
    await store.remove(OWNER, "main");
    expect(await codeOf(store.remove(OWNER, "main"))).toBe("STRATEGY_SECRET_MISSING");
  });

  it("are not removed while a strategy runs with them or has orders at the exchange", async () => {
    const store = storeWith(1);
    await store.put(OWNER, "main", VALUE);
    await store.put(OTHER_OWNER, "main", VALUE);
    await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "main" });
    expect(await codeOf(store.remove(OWNER, "main"))).toBe("STRATEGY_SECRET_IN_USE");
    await test.database.query("update shoal.strategies set status = 'stopped'");
    await addOrder(test.database, { id: ORDER, strategyId: STRATEGY, status: "open" });
    expect(await codeOf(store.remove(OWNER, "main"))).toBe("STRATEGY_SECRET_IN_USE");
    await test.database.query("update shoal.strategy_orders set status = 'filled', check_at = null");
    expect(await codeOf(store.remove(OWNER, "main"))).toBe("done");
    expect((await store.list(OTHER_OWNER)).length).toBe(1);
  });

  describe("rotation", () => {
    const keyIds = async () =>
      (
        await test.database.query<{ at: string }>(
          "select name || ' ' || key_id as at from shoal.strategy_secrets order by name",
        )
      ).map(({ at }) => at);

    it("seals with the first key what is sealed with others, and is done when it is repeated", async () => {
      await storeWith(1).put(OWNER, "a", VALUE);
      await storeWith(2).put(OWNER, "b", VALUE);
      await storeWith(3).put(OWNER, "c", VALUE);
      const before = (await storeWith(1, 2, 3).open(OWNER, "a")).version;
      const store = storeWith(3, 2, 1);
      const report = await store.rotate();
      expect(report).toEqual({ keyId: "k3", dueCount: 2, rotatedCount: 2, failedCount: 0, failures: [], next: null });
      expect(await keyIds()).toEqual(["a k3", "b k3", "c k3"]);
      expect(await storeWith(3).open(OWNER, "a")).toEqual({ value: VALUE, version: before });
      expect(await store.rotate()).toMatchObject({ dueCount: 0, rotatedCount: 0 });
    });

    it("names what does not open, leaves it as it is, and goes on with the others", async () => {
      await storeWith(1).put(OWNER, "a", VALUE);
      await storeWith(2).put(OWNER, "b", VALUE);
      await storeWith(2).put(OWNER, "c", VALUE);
      await test.database.query(
        "update shoal.strategy_secrets set ciphertext = ciphertext || '\\x00' where name = 'b'",
      );
      const before = await wholeTable();
      const report = await storeWith(3).rotate();
      expect(report).toMatchObject({ dueCount: 3, rotatedCount: 0, failedCount: 3 });
      expect(await wholeTable()).toBe(before);
      const partial = await storeWith(3, 2).rotate();
      expect(partial).toMatchObject({ dueCount: 3, rotatedCount: 1, failedCount: 2 });
      expect(partial.failures).toEqual([
        { ownerId: OWNER, name: "a", keyId: "k1", code: "STRATEGY_SECRET_KEY_MISSING" },
        { ownerId: OWNER, name: "b", keyId: "k2", code: "STRATEGY_SECRET_UNREADABLE" },
      ]);
      expect(await keyIds()).toEqual(["a k1", "b k2", "c k3"]);
    });

    it("goes on where it ended, over more rows than one page", async () => {
      const old = storeWith(1);
      for (const name of ["a", "b"]) await old.put(OWNER, name, VALUE);
      await test.database.query(
        `insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext)
         select '${OTHER_OWNER}', 'n' || n, 'k9', nonce, ciphertext from generate_series(1, 150) n, shoal.strategy_secrets where name = 'a'`,
      );
      const store = storeWith(2, 1);
      const first = await store.rotate({ limit: 1 });
      expect(first).toMatchObject({
        dueCount: 152,
        rotatedCount: 1,
        failedCount: 0,
        next: { ownerId: OWNER, name: "a" },
      });
      const second = await store.rotate({ limit: 100, ...(first.next && { after: first.next }) });
      expect(second).toMatchObject({ dueCount: 151, rotatedCount: 1, failedCount: 99 });
      expect(second.next?.ownerId).toBe(OTHER_OWNER);
      const rest = await store.rotate(second.next ? { after: second.next } : {});
      expect(rest).toMatchObject({ rotatedCount: 0, failedCount: 51, next: null });
      // From the start, those that failed are tried again.
      const all = await store.rotate();
      expect([all.failedCount, all.failures.length]).toEqual([150, 100]);
    });

    it("is what the command asks a daemon for, to the end", async () => {
      for (const name of ["a", "b", "c"]) await storeWith(1).put(OWNER, name, VALUE);
      await storeWith(9).put(OWNER, "d", VALUE);
      const app = makeApp({ secrets: storeWith(2, 1) });
      const pages: number[] = [];
      const desk: Parameters<typeof rotateSecrets>[0] = {
        async ask(schema, { path, method = "GET", body }) {
          const answer = await ask(app, method, path, { limit: 3, ...(body as object) });
          const given: unknown = await answer.json();
          return { body: given, view: schema.parse(given) };
        },
      };
      const { json, text, exitCode } = await rotateSecrets(desk, (count) => pages.push(count));
      expect([pages, exitCode]).toEqual([[3], 1]);
      expect(json).toMatchObject({ key_id: "k2", rotated_count: 3, failed_count: 1 });
      expect(text).toContain(`${OWNER}  d  ENCRYPTION_KEY does not have the key k9`);
      expect(await keyIds()).toEqual(["a k2", "b k2", "c k2", "d k9"]);
    });

    it("loses nothing that owners write meanwhile", async () => {
      const old = storeWith(1);
      const names = Array.from({ length: 20 }, (_, at) => `n${at}`);
      for (const name of names) await old.put(OWNER, name, VALUE);
      const newer = { apiKey: "newer", secret: "s" };
      const store = storeWith(2, 1);
      await Promise.all([store.rotate(), ...names.map((name) => old.put(OWNER, name, newer))]);
      const values = await Promise.all(names.map(async (name) => (await store.open(OWNER, name)).value));
      expect(values).toEqual(names.map(() => newer));
    });
  });

  describe("a secret that an exchange refuses", () => {
    const clockOf = () =>
      one<{ epoch: string; revision: string; due: boolean }>(
        `select epoch, revision, due_at is not null as due from shoal.strategy_clock where strategy_id = '${STRATEGY}'`,
      );

    it("pauses the strategies that need it, with the reason, and no others", async () => {
      const store = storeWith(1);
      await store.put(OWNER, "main", VALUE);
      await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "main" });
      const others = [
        { id: "5c0a0000-0000-4000-8000-000000000002", venue: "binance", secretName: "other" },
        { id: "5c0a0000-0000-4000-8000-000000000003", venue: "binance", secretName: "main", ownerId: OTHER_OWNER },
        { id: "5c0a0000-0000-4000-8000-000000000004" },
      ];
      for (const other of others) await addStrategy(test.database, other);
      const { version } = await store.open(OWNER, "main");
      expect(await store.refused(OWNER, "main", version, "Invalid API-key")).toBe(true);
      expect(await store.refused(OWNER, "main", version, "again")).toBe(false);
      const rows = await test.database.query<{ status: string; status_reason: string | null }>(
        "select status, status_reason from shoal.strategies order by id",
      );
      expect(rows.map(({ status, status_reason }) => [status, status_reason])).toEqual([
        ["paused", "STRATEGY_KEY_REFUSED: Invalid API-key"],
        ...Array(3).fill(["running", null]),
      ]);
      expect(await clockOf()).toEqual({ epoch: "1", revision: "1", due: false });
      const owner = await one<{ due: boolean }>(
        `select next_due_at is null as due from shoal.strategy_owners where owner_id = '${OTHER_OWNER}'`,
      );
      expect(owner?.due).toBe(false);
      expect(await store.list(OWNER)).toMatchObject([{ name: "main", refusedReason: "Invalid API-key" }]);
    });

    it("pauses what is started again without other keys", async () => {
      const store = storeWith(1);
      await store.put(OWNER, "main", VALUE);
      await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "main" });
      const { version } = await store.open(OWNER, "main");
      await store.refused(OWNER, "main", version, "Invalid API-key");
      await test.database.query("update shoal.strategies set status = 'running', status_reason = null");
      expect(await store.refused(OWNER, "main", version, "known")).toBe(false);
      expect(await one("select status, status_reason from shoal.strategies")).toEqual({
        status: "paused",
        status_reason: "STRATEGY_KEY_REFUSED: Invalid API-key",
      });
    });

    it("is as new when it is written anew, and its orders are looked at again", async () => {
      const store = storeWith(1);
      await store.put(OWNER, "main", VALUE);
      await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "main" });
      await addOrder(test.database, { id: ORDER, strategyId: STRATEGY, status: "open" });
      await test.database.query("update shoal.strategy_orders set check_at = now() + interval '1 hour'");
      const { version } = await store.open(OWNER, "main");
      await store.refused(OWNER, "main", version, "no");
      await store.put(OWNER, "main", VALUE);
      expect(await store.list(OWNER)).toMatchObject([{ refusedAt: null, refusedReason: null }]);
      expect(await one("select check_at <= now() as is_due from shoal.strategy_orders")).toEqual({ is_due: true });
      // What was refused is not what is there now.
      expect(await store.refused(OWNER, "main", version, "no")).toBe(false);
      expect(await store.list(OWNER)).toMatchObject([{ refusedAt: null }]);
    });

    it("leaves an order to the dispatcher that has it", async () => {
      const store = storeWith(1);
      await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "main" });
      await addOrder(test.database, { id: ORDER, strategyId: STRATEGY, status: "open" });
      await test.database.query(
        "update shoal.strategy_orders set claimed_at = now(), check_at = now() + interval '1 minute'",
      );
      await store.put(OWNER, "main", VALUE);
      expect(await one("select check_at > now() as is_held from shoal.strategy_orders")).toEqual({ is_held: true });
    });
  });
});
