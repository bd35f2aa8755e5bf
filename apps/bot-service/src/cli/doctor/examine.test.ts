import { join } from "node:path";
import { createSystemRuntime, type Runtime } from "@shoal/kernel";
import { generateJwtSecret, makeKeys, type RealtimeServer, startRealtimeServer } from "@shoal/local-supabase";
import {
  backends,
  createSimulatedClock,
  faultProxy,
  spawnProgram,
  type TestDatabase,
  testDatabase,
} from "@shoal/testkit";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildFleetConfig } from "../../fleet-config.ts";
import { parseKeyring } from "../../strategies/secrets/keyring.ts";
import { createSecretStore } from "../../strategies/secrets/secret-store.ts";
import { examine } from "./doctor.ts";
import type { CheckName, CheckResult } from "./finding.ts";
import { drawReport, jsonReport, type Report } from "./report.ts";
import { findTarget, type Target } from "./target.ts";

const jwtSecret = generateJwtSecret();
const HOUR_MS = 3_600_000;
/** The longest time that the server holds a refusal back. */
const PENALTY_MS = 5000;
let keys: { readonly anon: string; readonly serviceRole: string };
beforeAll(async () => {
  keys = await makeKeys({ jwtSecret, now: () => Date.now() });
});

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

async function startServer(databaseUrl?: string): Promise<RealtimeServer> {
  const runtime = createSystemRuntime();
  const server = await startRealtimeServer({ runtime, jwtSecret, ...(databaseUrl ? { databaseUrl } : {}) });
  cleanUp.defer(() => server.close());
  return server;
}

/** A server without a database whose refusals come at once: the seconds for which it holds them back pass on its own clock. */
async function startQuickServer(): Promise<RealtimeServer> {
  const clock = createSimulatedClock(Date.now());
  const server = await startRealtimeServer({ runtime: { ...createSystemRuntime(), clock }, jwtSecret });
  cleanUp.defer(() => server.close());
  for (const event of ["socket:refused", "join:refused"] as const) {
    server.events.on(event, () => void clock.advance(PENALTY_MS));
  }
  return server;
}

async function openDatabase(options: Parameters<typeof testDatabase>[0]): Promise<TestDatabase> {
  return cleanUp.use(await testDatabase(options));
}

const { topics } = buildFleetConfig({}, { disclosure: true });

/** The target as the environment would name it; with public channels unless it says otherwise. */
function targetOf(environment: Readonly<Record<string, string>>): Target {
  const defaults = {
    CHANNEL_ACCESS: "public",
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRole,
    SHOAL_API_TOKEN: "0123456789abcdef",
    STRATEGY_EXECUTOR: "off",
  };
  return findTarget({ ...defaults, ...environment }, () => false);
}

async function run(environment: Readonly<Record<string, string>>, runtime: Runtime = createSystemRuntime()) {
  const report = await examine(targetOf(environment), topics, runtime, new AbortController().signal);
  const of = (name: CheckName) => report.results.find((result) => result.name === name) as CheckResult;
  return { report, of };
}

const keyringOf = (text: string) => {
  const parsed = parseKeyring(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keyring;
};

const failed = ({ results }: Report) => results.filter(({ status }) => status === "fail").map(({ name }) => name);

/** One strategy that is late with an order that is unknown, one in quarantine, and a secret. */
const STRATEGIES_SQL = `
insert into shoal.strategy_code (id, language, source, checked) values (repeat('a', 64), 'javascript', '', '{}');
insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, market, account, status)
select ('00000000-0000-4000-8000-00000000000' || n)::uuid, '00000000-0000-0000-0000-000000000000', n, repeat('a', 64), 60000,
  'synthetic', '{}', status from (values (1, 'running'), (2, 'quarantined')) as given (n, status);
insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at)
select id, owner_id, clock_timestamp(), case status when 'running' then clock_timestamp() - interval '1 hour' end
from shoal.strategies;
select shoal.strategy_owner_refresh(array['00000000-0000-0000-0000-000000000000'::uuid]);
insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at,
  sent_at, check_at)
select gen_random_uuid(), id, owner_id, id, 1, 'binance', 'BTC/USDT', 'buy', 'market', 1, 'unknown', now(),
  now() - interval '1 minute', now() from shoal.strategies where status = 'running';
insert into shoal.strategy_secrets (owner_id, name, key_id, nonce, ciphertext)
values (gen_random_uuid(), 'binance', 'old', decode(repeat('00', 12), 'hex'), decode(repeat('00', 17), 'hex'));`;

describe.each(backends())("on the %s Postgres", (backend) => {
  it("finds a good project well, costs it three joins and leaves nothing behind", async () => {
    const { url, database } = await openDatabase({ backend });
    await database.script(
      "create table public.news (id int primary key); alter publication supabase_realtime add table public.news;",
    );
    const server = await startServer(url);
    const { report, of } = await run({ SUPABASE_URL: server.url, DATABASE_URL: url, SUPABASE_ANON_KEY: keys.anon });
    expect(failed(report)).toEqual([]);
    expect(of("broadcast")).toMatchObject({ status: "ok", figures: { round_trips: 5, p50_ms: expect.any(Number) } });
    expect(of("presence").status).toBe("ok");
    expect(of("private topic").status).toBe("ok");
    expect(of("migrations").found).toMatch(/^all \d+ applied/);
    expect(of("publication").found).toContain("public.news");
    expect(of("pooler").found).toContain("LISTEN/NOTIFY works");
    expect(of("replication")).toMatchObject({ status: "ok", figures: { slots_free: expect.any(Number) } });
    expect(of("postgres changes").found).toBe("public.bot_control: Subscribed to PostgreSQL");

    const { joinsAccepted, broadcasts, presenceCalls } = server.stats();
    expect({ joinsAccepted, broadcasts, presenceCalls }).toEqual({ joinsAccepted: 3, broadcasts: 6, presenceCalls: 1 });
    await expect.poll(() => server.stats()).toMatchObject({ channels: 0, topics: 0, sockets: 0 });
    for (const text of [drawReport(report), jsonReport(report)]) {
      for (const secret of [keys.serviceRole, keys.anon, "0123456789abcdef", url]) expect(text).not.toContain(secret);
    }
  });

  it("finds strategies that wait, orders that are unknown, secrets without their key, and a sandbox that works", async () => {
    const { url, database } = await openDatabase({ backend });
    const environment = { SUPABASE_URL: (await startServer(url)).url, DATABASE_URL: url };
    const rows = ["strategies", "strategy orders", "encryption key", "market", "sandbox"] as const;
    const empty = await run({ ...environment, STRATEGY_EXECUTOR: "continuous" });
    expect(failed(empty.report)).toEqual([]);
    expect(rows.map((name) => empty.of(name).status)).toEqual(["ok", "ok", "ok", "skipped", expect.any(String)]);
    expect(empty.of("sandbox").found).toMatch(/^an empty strategy has run/);

    await database.script(STRATEGIES_SQL);
    await database.script(
      "create schema if not exists auth; create table if not exists auth.users (id uuid primary key)",
    );
    const key = `new:${"A".repeat(43)}`;
    const { report, of } = await run({ ...environment, ENCRYPTION_KEY: key, STRATEGY_MARKET: "nosuchexchange" });
    expect(failed(report)).toEqual(["encryption key", "market"]);
    expect(of("strategies").found).toContain("1 running, 0 paused, 1 quarantined, 0 stopped; 1 are due");
    expect(of("strategy orders")).toMatchObject({ status: "warn", figures: { unknown: 1 } });
    expect(of("strategy orders").figures?.["oldest_unknown_ms"]).toBeGreaterThanOrEqual(60_000);
    expect(of("encryption key").found).toContain("1 secrets with the key old");
    const other = await run({ ...environment, ENCRYPTION_KEY: `old:${"B".repeat(42)}A` });
    expect(other.of("encryption key").found).toMatch(/other keys under the ids .* 1 secrets with the key old/);
    await createSecretStore({ database, runtime: createSystemRuntime(), keyring: keyringOf(key) }).put(
      "00000000-0000-4000-8000-000000000009",
      "kraken",
      { apiKey: "k", secret: "s" },
    );
    await database.query("delete from shoal.strategy_secrets where key_id = 'old'");
    expect((await run({ ...environment, ENCRYPTION_KEY: key })).of("encryption key")).toMatchObject({
      status: "ok",
      found: "the key new seals 1 secrets",
    });
    expect(of("market").found).toContain("nosuchexchange");
    expect(of("sandbox").status).toBe("skipped");
    const withTrigger = "create or replace trigger shoal_strategy_owner_gone after delete on auth.users for each row";
    await database.script(`${withTrigger} execute function shoal.strategy_owner_gone()`);
    expect((await run(environment)).of("deleted users")).toMatchObject({ status: "ok" });
    await database.script("drop trigger shoal_strategy_owner_gone on auth.users");
    expect((await run(environment)).of("deleted users")).toMatchObject({
      status: "warn",
      todo: expect.stringContaining(withTrigger.replace("or replace ", "")),
    });
    expect(drawReport(report)).not.toContain(key.slice(4));
  });

  it("says what a database lacks, and that a pooler stands before it", async () => {
    const { url, database } = await openDatabase({ backend, migrate: false });
    await database.script("drop publication if exists supabase_realtime");
    const server = await startServer();
    const { report, of } = await run({ SUPABASE_URL: server.url, DATABASE_URL: `${url}?pgbouncer=true` });
    expect(failed(report)).toEqual([]);
    expect(of("publication")).toMatchObject({ status: "warn", found: expect.stringContaining("does not exist") });
    expect(of("migrations")).toMatchObject({ status: "warn", figures: { applied: 0 } });
    expect(of("pooler")).toMatchObject({ status: "warn", found: expect.stringContaining("transaction mode") });
    expect(of("postgres changes")).toMatchObject({ status: "skipped", found: expect.stringContaining("no table") });
  });

  it("finds a database that takes no writes: read-only, or with a full disk", async () => {
    const { url, name, database } = await openDatabase({ backend });
    const server = await startServer();
    const writes = async () => (await run({ SUPABASE_URL: server.url, DATABASE_URL: url })).of("database writes");
    expect(await writes()).toMatchObject({ status: "ok", figures: { write_ms: expect.any(Number) } });
    expect(await database.query("select from shoal.leases where resource like 'doctor:%'")).toEqual([]);
    await database.script(`alter database ${name} set default_transaction_read_only = on`);
    expect(await writes()).toMatchObject({ status: "fail", found: expect.stringContaining("read-only") });
    await database.script(`alter database ${name} reset default_transaction_read_only;
      create function disk_is_full() returns trigger language plpgsql as $$ begin
        raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger full_disk before insert on shoal.leases for each row execute function disk_is_full();`);
    expect(await writes()).toMatchObject({ status: "fail", found: expect.stringContaining("SQLSTATE 53100") });
  });

  it("notices a clock that is off, by the server's answer and by the database", async () => {
    const { url } = await openDatabase({ backend });
    const server = await startServer(url);
    const system = createSystemRuntime();
    const late = { ...system.clock, now: () => system.clock.now() - HOUR_MS };
    const { report, of } = await run({ SUPABASE_URL: server.url, DATABASE_URL: url }, { ...system, clock: late });
    expect(failed(report)).toEqual(["clock", "database clock"]);
    for (const name of ["clock", "database clock"] as const) {
      expect(of(name)).toMatchObject({
        found: expect.stringMatching(/3,[56]\d\d,\d{3} ms behind/),
        todo: expect.stringContaining("NTP"),
      });
    }
  });

  it("goes on with Realtime when the database is away, and says nothing of its password", async () => {
    const { url } = await openDatabase({ backend });
    const gone = cleanUp.use(await faultProxy(9));
    const away = new URL(url);
    away.port = String(gone.port);
    away.password = "hunter2";
    const server = await startServer();
    const { report, of } = await run({ SUPABASE_URL: server.url, DATABASE_URL: away.toString() });
    expect(failed(report)).toEqual(["database"]);
    expect(of("database").found).toContain("STORE_UNAVAILABLE");
    expect(of("migrations").status).toBe("skipped");
    expect(of("postgres changes").status).toBe("skipped");
    expect(of("broadcast").status).toBe("ok");
    expect(drawReport(report)).not.toContain("hunter2");
  });
});

describe("without a database", () => {
  it.each([
    [
      "of another secret",
      async () => (await makeKeys({ jwtSecret: generateJwtSecret(), now: () => Date.now() })).serviceRole,
      "signature",
    ],
    [
      "that has expired",
      async () => (await makeKeys({ jwtSecret, now: () => Date.now() - 11 * 365 * 24 * HOUR_MS })).serviceRole,
      "expired",
    ],
  ])("tells a key %s from a server that is away", async (_, makeKey, reason) => {
    const server = await startQuickServer();
    const { report, of } = await run({ SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: await makeKey() });
    expect(failed(report).slice(-2)).toEqual(["upgrade", "http broadcast"]);
    expect(of("upgrade")).toMatchObject({ found: expect.stringContaining("HTTP 401"), figures: { status: 401 } });
    expect(of("upgrade").found).toContain(reason);
    expect(of("http").status).toBe("ok");
    expect(of("join")).toMatchObject({ status: "skipped" });
    expect(of("database")).toMatchObject({
      status: "skipped",
      found: expect.stringContaining("DATABASE_URL is not set"),
    });
    expect(server.stats().socketsOpened).toBe(0);
  });

  it.each([
    [403, "Realtime was disabled for this tenant", "suspended"],
    [429, "Too many joins per second", "wait one"],
  ])("explains an upgrade that is refused with %d", async (status, reason, todo) => {
    const server = await startQuickServer();
    server.faults.refuseUpgrades({ status, reason });
    const { report, of } = await run({ SUPABASE_URL: server.url });
    expect(failed(report)).toEqual(["upgrade"]);
    expect(of("upgrade").found).toContain(reason);
    expect(of("upgrade").todo).toContain(todo);
  });

  it("explains a join that is refused, and a private topic this key may not join", async () => {
    const refusing = await startQuickServer();
    refusing.faults.refuseJoins({ reason: "PrivateOnly: This project only allows private channels" });
    const refused = await run({ SUPABASE_URL: refusing.url });
    expect(failed(refused.report)).toEqual(["join"]);
    expect(refused.of("join").todo).toContain("CHANNEL_ACCESS=private");
    expect(refused.of("channel access")).toMatchObject({ status: "warn", found: expect.stringContaining("anybody") });
    expect(refused.of("presence").status).toBe("skipped");

    const server = await startQuickServer();
    const { report, of } = await run({ SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: keys.anon });
    expect(failed(report)).toEqual([]);
    expect(of("service key")).toMatchObject({ status: "warn", found: expect.stringContaining("role anon") });
    expect(of("private topic")).toMatchObject({ status: "warn", found: expect.stringContaining("Unauthorized") });
  });

  it("uses private topics alone where channels are private, as a project without public access needs", async () => {
    const server = await startQuickServer();
    server.setTenant({ isPrivateOnly: true });
    const { report, of } = await run({ SUPABASE_URL: server.url, CHANNEL_ACCESS: "private" });
    expect(failed(report)).toEqual([]);
    expect(of("join").found).toContain("a private topic");
    expect(of("http broadcast").status).toBe("ok");
    expect(of("presence").status).toBe("ok");
    expect(of("strangers")).toMatchObject({ status: "skipped", found: expect.stringContaining("SUPABASE_ANON_KEY") });
  });

  it("sees that a stranger with the public key is refused, or is not", async () => {
    const server = await startQuickServer();
    const stranger = { SUPABASE_URL: server.url, CHANNEL_ACCESS: "private", SUPABASE_ANON_KEY: keys.anon };
    expect((await run(stranger)).of("strangers")).toMatchObject({
      status: "ok",
      found: expect.stringContaining("permissions to read"),
    });
    const careless = { ...stranger, SUPABASE_ANON_KEY: keys.serviceRole };
    expect((await run(careless)).of("strangers")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/global:lobby, user:.*, room:/),
    });
  });

  it("says why a channel was closed in the middle of a check", async () => {
    const server = await startServer();
    server.events.on("broadcast:received", ({ topic }) => {
      server.faults.closeChannel(topic.replace(/^realtime:/, ""), "Too many messages per second");
    });
    const { of } = await run({ SUPABASE_URL: server.url });
    expect(of("broadcast")).toMatchObject({
      status: "fail",
      found: expect.stringContaining("Too many messages per second"),
    });
    expect(of("presence")).toMatchObject({ status: "skipped", found: "the server closed the channel" });
  });

  it("finds a name without an address and a port without a server", async () => {
    const nowhere = await run({ SUPABASE_URL: "http://shoal.invalid" });
    expect(failed(nowhere.report)).toEqual(["dns"]);
    expect(nowhere.of("dns")).toMatchObject({ found: "no server is called shoal.invalid" });
    const closed = cleanUp.use(await faultProxy(9));
    const silent = await run({ SUPABASE_URL: `http://127.0.0.1:${closed.port}` });
    expect(failed(silent.report)).toEqual(["tcp"]);
    expect(silent.of("upgrade")).toMatchObject({ status: "skipped" });
    const { port } = await startServer().then(async (server) => {
      await server.close();
      return new URL(server.url);
    });
    const empty = await run({ SUPABASE_URL: `http://127.0.0.1:${port}` });
    expect(empty.of("tcp")).toMatchObject({ status: "fail", found: `nothing listens on port ${port} of 127.0.0.1` });
  });

  it("takes missing keys for a finding", async () => {
    const server = await startServer();
    const { report, of } = await run({ SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: "", SHOAL_API_TOKEN: "" });
    expect(failed(report)).toEqual(["service key", "api token"]);
    expect(of("upgrade")).toMatchObject({ status: "skipped", found: "there is no key" });
  });

  it("stops at once when it is interrupted", async () => {
    const server = await startServer();
    server.faults.refuseUpgrades({ status: 429, reason: "Too many joins per second" });
    const stop = new AbortController();
    const target = targetOf({ SUPABASE_URL: server.url });
    const report = await examine(target, topics, createSystemRuntime(), stop.signal, (running) => {
      if (running.includes("upgrade")) stop.abort(new Error("interrupted"));
    });
    const upgrade = report.results.find(({ name }) => name === "upgrade");
    expect(upgrade).toMatchObject({ status: "skipped", found: "interrupted" });
    expect(failed(report)).toEqual([]);
  });
});

describe("which project", () => {
  it("is that of SUPABASE_URL, else the running daemon's, else none", () => {
    expect(targetOf({ SUPABASE_URL: "https://x.supabase.co" })).toMatchObject({
      source: "SUPABASE_URL",
      supabaseUrl: "https://x.supabase.co",
      databaseUrl: null,
    });
    expect(() => findTarget({ SHOAL_DIRECTORY: "/nonexistent" }, () => false)).toThrow(
      expect.objectContaining({ code: "CLI_NOT_RUNNING" }),
    );
    expect(() => targetOf({ SUPABASE_URL: "https://x.supabase.co", HTTP_PORT: "many" })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});

describe("the command", () => {
  const MAIN = join(import.meta.dirname, "../../main.ts");
  const doctor = async (environment: Readonly<Record<string, string>>, ...args: string[]) => {
    const child = spawnProgram([MAIN, "doctor", ...args], {
      env: { SHOAL_DIRECTORY: "/nonexistent", ...environment },
    });
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, stdout, stderr };
  };

  it("ends in 0 when nothing failed, in 1 when something did, in 2 when it was called wrongly", async () => {
    const server = await startServer();
    const environment = {
      SUPABASE_URL: server.url,
      SUPABASE_SERVICE_ROLE_KEY: keys.serviceRole,
      SHOAL_API_TOKEN: "0123456789abcdef",
    };
    const good = await doctor(environment, "--json");
    expect({ code: good.code, stderr: good.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(good.stdout)).toMatchObject({ ok: true, counts: { fail: 0 } });

    const noToken = await doctor({ ...environment, SHOAL_API_TOKEN: "" });
    expect(noToken).toMatchObject({ code: 1, stdout: expect.stringContaining("FAIL  api token") });
    expect(noToken.stdout).not.toContain(keys.serviceRole);

    expect(await doctor({})).toMatchObject({ code: 1, stderr: expect.stringContaining("CLI_NOT_RUNNING") });
    expect(await doctor({}, "--speed")).toMatchObject({ code: 2, stderr: expect.stringContaining("doctor --help") });
    expect(await doctor({}, "--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("Exit code") });
  });
});
