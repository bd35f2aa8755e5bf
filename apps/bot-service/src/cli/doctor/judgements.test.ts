import { createSystemRuntime } from "@shoal/kernel";
import { type CandleQuery, MarketError, noCandles } from "@shoal/market";
import type { JailReport } from "@shoal/strategy-runner";
import { describe, expect, it } from "vitest";
import { rowOf } from "../../replicas/fleet-view.test-support.ts";
import { fleetViewOf, type ReplicaRow } from "../../replicas/fleet-view.ts";
import type { StrategyFigures } from "../../strategies/figures/read-figures.ts";
import { judgeMigrations, judgeOpening, modeOf } from "./database.ts";
import { judgeKeys } from "./encryption-key.ts";
import type { CheckStatus } from "./finding.ts";
import { explainBroadcast, judgeLimits, readRates } from "./http-broadcast.ts";
import { checkAnonKey, checkApiToken, checkServiceKey } from "./keys.ts";
import { explainPing, judgeHttpDate, judgeSkew } from "./reach.ts";
import { explainRefusal } from "./realtime.ts";
import { judgeReplicas } from "./replicas.ts";
import { judgePgmq, judgePublication, judgeReplication, type PgmqPresence } from "./replication.ts";
import { askMarkets, judgeOrders, judgeStrategies, judgeWalls } from "./strategies.ts";
import { explainUpgrade } from "./upgrade.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const NOW_SECONDS = NOW_MS / 1000;
const DAY_SECONDS = 24 * 3600;
const REF = "abcdefghijklmnopqrst";
const URL_OF_REF = `https://${REF}.supabase.co`;

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.signature`;
}

const lasting = { role: "service_role", exp: NOW_SECONDS + 400 * DAY_SECONDS };

describe("the service key", () => {
  it.each<[string, string | null, CheckStatus, string]>([
    ["a lasting one", jwt(lasting), "ok", "expires in 400 days"],
    ["one of the project", jwt({ ...lasting, ref: REF }), "ok", "service_role"],
    ["one of another project", jwt({ ...lasting, ref: "x".repeat(20) }), "fail", "xxxxx"],
    ["people's", jwt({ ...lasting, role: "anon" }), "warn", "role anon"],
    ["one that ends soon", jwt({ ...lasting, exp: NOW_SECONDS + 3 * DAY_SECONDS }), "warn", "in 3 days"],
    ["one that ended", jwt({ ...lasting, exp: NOW_SECONDS - 2 * DAY_SECONDS }), "fail", "expired 2 days ago"],
    ["one that ends now", jwt({ ...lasting, exp: NOW_SECONDS }), "fail", "expired"],
    ["one without role", jwt({ exp: lasting.exp }), "fail", "without role or exp"],
    ["one without exp", jwt({ role: "service_role" }), "fail", "without role or exp"],
    ["a secret key", "sb_secret_0123456789", "ok", "sb_secret_"],
    ["a publishable key", "sb_publishable_0123456789", "warn", "publishable"],
    ["anything else", "hunter2hunter2", "fail", "neither"],
    ["three parts of nothing", "a.b.c", "fail", "neither"],
    ["none", null, "fail", "not set"],
  ])("is judged: %s", (_, key, status, found) => {
    const finding = checkServiceKey(key, URL_OF_REF, NOW_MS);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
    expect(finding.todo === undefined).toBe(status === "ok");
    if (key) expect(`${finding.found}${finding.todo}`).not.toContain(key);
  });
});

describe("people's key", () => {
  it.each<[string, string | null, CheckStatus]>([
    ["the anon key", jwt({ ...lasting, role: "anon" }), "ok"],
    ["the publishable key", "sb_publishable_0123456789", "ok"],
    ["the service-role key", jwt(lasting), "fail"],
    ["the secret key", "sb_secret_0123456789", "fail"],
    ["anything else", "hunter2hunter2", "fail"],
    ["none", null, "skipped"],
  ])("is judged: %s", (_, key, status) => {
    expect(checkAnonKey(key, URL_OF_REF, NOW_MS).status).toBe(status);
  });

  it("comes with a token for our own API", () => {
    expect(checkApiToken(null).status).toBe("fail");
    expect(checkApiToken("0123456789abcdef")).toMatchObject({ status: "ok", found: "16 characters" });
  });
});

describe("who may start bots", () => {
  it.each([
    ["nobody", "nobody", "ok", "nobody but the operator"],
    ["owners", "owners", "ok", "every signed-in user"],
    ["owners", "nobody", "warn", "every signed-in user"],
    ["nobody", "owners", "warn", "CONTROL_OPEN_TO is owners"],
  ] as const)("is %s, and by the configuration %s: %s", (found, configured, status, words) => {
    const finding = judgeOpening(found, configured);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(words);
  });
});

describe("the answer to a ping", () => {
  it.each<[number, CheckStatus, string]>([
    [200, "ok", ""],
    [401, "ok", ""],
    [404, "fail", "SUPABASE_URL"],
    [503, "fail", "status page"],
    [540, "fail", "restore"],
  ])("HTTP %d is %s", (status, wanted, todo) => {
    expect(explainPing(status, 12).status).toBe(wanted);
    expect(explainPing(status, 12).todo ?? "").toContain(todo);
  });
});

describe("clocks", () => {
  it.each<[number, CheckStatus, string]>([
    [0, "ok", "in step"],
    [-900, "ok", "in step"],
    [4000, "ok", "ahead"],
    [-20_000, "warn", "20,000 ms behind"],
    [90_000, "fail", "90,000 ms ahead"],
  ])("a skew of %d ms is %s", (skewMs, status, found) => {
    const finding = judgeSkew(skewMs, 1000);
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
  });

  it("reads the header of an HTTP answer, with whole seconds and seconds old", () => {
    const date = new Date(NOW_MS).toUTCString();
    for (const offMs of [0, 500, 1000, 1900])
      expect(judgeHttpDate(date, NOW_MS + offMs, 20).found).toContain("in step");
    expect(judgeHttpDate(date, NOW_MS + 90_000, 20).status).toBe("fail");
    expect(judgeHttpDate(null, NOW_MS, 20).status).toBe("skipped");
    expect(judgeHttpDate("noon", NOW_MS, 20).status).toBe("skipped");
  });
});

describe("the answer to an upgrade", () => {
  it.each<[number, string, string]>([
    [401, "Token has expired", "make a new one"],
    [401, "Failed to validate JWT signature", "copy the key again"],
    [401, "Failed to generate JWT signer, check your JWT secret or JWKS configuration", "copy the key again"],
    [401, "API key is missing", "did not arrive"],
    [401, "Fields `role` and `exp` are required in JWT", "role or exp"],
    [401, "The token provided is not a valid JWT", "does not take this key"],
    [401, "", "gateway does not know"],
    [403, "Realtime was disabled for this tenant", "suspended"],
    [403, "", "proxy"],
    [404, "Tenant not found", "no such project"],
    [429, "Too many connected users", "POOL_MAX_SOCKETS"],
    [429, "Too many joins per second", "POOL_JOIN_SHARE"],
    [429, "", "wait a minute"],
    [500, "Error connecting to Realtime", "status page"],
    [503, "", "status page"],
    [540, "", "paused"],
    [200, "", "no Realtime server"],
    [426, "", "no Realtime server"],
  ])("HTTP %d %j says what to do", (status, reason, todo) => {
    const finding = explainUpgrade({ status, reason }, 2004);
    expect(finding).toMatchObject({ status: "fail", figures: { status } });
    expect(finding.found).toContain(`HTTP ${status}`);
    expect(finding.todo).toContain(todo);
  });

  it("is well with 101", () => {
    expect(explainUpgrade({ status: 101, reason: "" }, 8).status).toBe("ok");
  });
});

describe("a refused join", () => {
  it.each([
    ["PrivateOnly: This project only allows private channels", "set CHANNEL_ACCESS=private"],
    ["Unauthorized: You do not have permissions to read from this Channel topic: lobby", "service-role or secret key"],
    ["ClientJoinRateLimitReached: Too many joins per second", "wait one"],
    ["ConnectionRateLimitReached: Too many connected users", "sockets are all in use"],
    ["InvalidJWTToken: Token has expired 3 seconds ago", "copy it again"],
    ["UnableToConnectToProject: Realtime was unable to connect to the project database", "database's health"],
    ["Whatever: next year's code", "error_codes"],
  ])("%s", (reason, todo) => {
    expect(explainRefusal(reason)).toMatchObject({ status: "fail", found: `refused: ${reason}` });
    expect(explainRefusal(reason).todo).toContain(todo);
  });
});

describe("limits", () => {
  const usage = { joinsPerSecond: 100, sockets: 100, channels: 1000 };

  it.each<[string, Record<string, string>, Partial<typeof usage>, CheckStatus, string]>([
    ["a Free plan used as one", { "x-rate-limit": "100", "x-rate-rolling": "3" }, {}, "ok", "3 HTTP requests/s"],
    ["a Free plan taken for Pro", { "x-rate-limit": "100" }, { joinsPerSecond: 500 }, "warn", "500 joins/s"],
    ["a Pro plan used as Free", { "x-rate-limit": "500" }, {}, "ok", "Pro"],
    ["no socket left for people", { "x-rate-limit": "100" }, { sockets: 200 }, "warn", "200 sockets"],
    ["a project at its limit", { "x-rate-limit": "500", "x-rate-rolling": "460" }, {}, "warn", "460 HTTP requests/s"],
    ["limits of one's own", { "x-rate-limit": "777" }, { joinsPerSecond: 5000 }, "ok", "777 events/s"],
    ["nothing sent", {}, {}, "skipped", "sent none"],
    ["nonsense sent", { "x-rate-limit": "many" }, {}, "skipped", "sent none"],
  ])("%s", (_, headers, change, status, found) => {
    const finding = judgeLimits(readRates(new Headers(headers)), { ...usage, ...change });
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
  });

  it.each<[number, string, CheckStatus]>([
    [202, "", "ok"],
    [401, "Unauthorized", "fail"],
    [429, "You have exceeded your rate limit", "warn"],
    [503, "", "fail"],
    [422, "", "fail"],
  ])("a broadcast answered with %d %j is %s", (status, message, wanted) => {
    expect(explainBroadcast(status, message, 5)).toMatchObject({ status: wanted, figures: { status } });
  });

  it.each<[number, string]>([
    [401, "Tenant not found in database"],
    [404, "Tenant not found"],
    [404, ""],
  ])("a broadcast answered with %d %j means that the address names no project", (status, message) => {
    expect(explainBroadcast(status, message, 5)).toMatchObject({
      status: "fail",
      todo: expect.stringContaining("no such project"),
    });
    expect(explainBroadcast(401, "Unauthorized", 5).todo).toContain("copy it again");
  });

  it("knows that what takes any request is no Realtime server", () => {
    expect(explainBroadcast(200, "", 5)).toMatchObject({
      status: "fail",
      todo: expect.stringContaining("SUPABASE_URL"),
    });
  });
});

describe("the database", () => {
  const files = [
    { version: "1", name: "a", checksum: "x" },
    { version: "2", name: "b", checksum: "y" },
  ];

  it.each<[string, [string, string][], CheckStatus, string]>([
    [
      "all applied",
      [
        ["1", "x"],
        ["2", "y"],
      ],
      "ok",
      "all 2",
    ],
    [
      "a newer daemon was here",
      [
        ["1", "x"],
        ["2", "y"],
        ["3", "z"],
      ],
      "ok",
      "1 of them by a newer",
    ],
    ["a new database", [], "warn", "2 not yet: 1_a, 2_b"],
    ["a changed file", [["1", "other"]], "fail", "1_a"],
  ])("migrations: %s", (_, applied, status, found) => {
    const finding = judgeMigrations(files, new Map(applied));
    expect(finding.status).toBe(status);
    expect(finding.found).toContain(found);
  });

  it("tells the session pooler by its host", () => {
    expect(modeOf("postgres://u:p@aws-0-eu.pooler.supabase.com:5432/postgres")).toBe("session pooler");
    expect(modeOf("postgres://u:p@db.x.supabase.co:5432/postgres")).toBe("direct or session mode");
  });

  it("knows a publication, with and without tables", () => {
    expect(judgePublication(false, [])).toMatchObject({ status: "warn", figures: { tables: 0 } });
    expect(judgePublication(true, [])).toMatchObject({ status: "ok", found: "supabase_realtime, 0 table(s)" });
    expect(judgePublication(true, ["a", "b", "c", "d", "e", "f"]).found).toContain("a, b, c, d, e, and 1 more");
  });

  it.each<[string, Partial<Parameters<typeof judgeReplication>[0]>, CheckStatus]>([
    ["ready", {}, "ok"],
    ["not logical", { walLevel: "replica" }, "warn"],
    ["no slot left", { slots: 10 }, "warn"],
    ["no sender left", { senders: 5 }, "warn"],
  ])("replication: %s", (_, change, status) => {
    const settings = { walLevel: "logical", slots: 1, maxSlots: 10, senders: 1, maxSenders: 5, ...change };
    expect(judgeReplication(settings).status).toBe(status);
  });

  it.each<[PgmqPresence, CheckStatus, string]>([
    [{ kind: "extension", version: "1.4.4" }, "warn", "1.4.4"],
    [{ kind: "extension", version: "1.5.0" }, "warn", "1.5.0"],
    [{ kind: "extension", version: "1.5.1" }, "ok", "as Supabase ships it"],
    [{ kind: "extension", version: "1.13.0" }, "ok", "newer"],
    [{ kind: "functions" }, "ok", "without the extension"],
    [{ kind: "available", version: "1.5.1" }, "ok", "create extension pgmq"],
    [{ kind: "absent" }, "ok", "absent"],
  ])("pgmq: %j", (presence, status, found) => {
    expect(judgePgmq(presence).status).toBe(status);
    expect(judgePgmq(presence).found).toContain(found);
  });
});

describe("strategies", () => {
  const well: StrategyFigures = {
    ...{ running: 3, paused: 2, stopped: 1, quarantined: 0, dueCount: 1, oldestDueMs: 30_000 },
    ...{ ownerCount: 2, failingOwnerCount: 1, orders: { intended: 1, sent: 2, unknown: 0, open: 3 } },
    ...{ oldestUnknownMs: 0, oldestIntendedMs: 30_000, refusedSecretCount: 0 },
  };

  it.each<[string, Partial<StrategyFigures>, number, CheckStatus, string]>([
    ["all well, some paused by their owners", {}, 0, "ok", "3 running, 2 paused, 0 quarantined, 1 stopped"],
    ["due too long", { dueCount: 1200, oldestDueMs: 30_001 }, 0, "warn", "1,200 are due, the first for 30,001 ms"],
    ["paused for their failures", {}, 1, "warn", "1 not by their owners"],
    ["quarantined", { quarantined: 1 }, 0, "warn", "1 quarantined"],
  ])("are judged: %s", (_, figures, pausedByUsCount, status, words) => {
    const finding = judgeStrategies({ ...well, ...figures }, pausedByUsCount);
    expect(finding).toMatchObject({ status, found: expect.stringContaining(words) });
  });

  it.each<[string, Partial<StrategyFigures>, CheckStatus, string]>([
    ["all well", {}, "ok", "3 open, 1 to be sent, 2 without an answer"],
    [
      "one is unknown",
      { orders: { ...well.orders, unknown: 1 }, oldestUnknownMs: 1500 },
      "warn",
      "1 unknown, the first for 1,500 ms",
    ],
    ["one is not sent", { oldestIntendedMs: 30_001 }, "warn", "has waited for 30,001 ms"],
    ["keys are refused", { refusedSecretCount: 2 }, "warn", "keys of 2 accounts"],
  ])("have their orders judged: %s", (_, figures, status, words) => {
    expect(judgeOrders({ ...well, ...figures })).toMatchObject({ status, found: expect.stringContaining(words) });
  });

  it.each<[string, string[], Record<string, number>, CheckStatus, string]>([
    ["none, and nothing sealed", [], {}, "ok", "not set"],
    ["none, and secrets", [], { a: 2 }, "warn", "not set in this environment, and there are 2 secrets with the key a"],
    ["the one that sealed all", ["a"], { a: 2 }, "ok", "the key a seals 2 secrets"],
    ["one, and nothing sealed", ["a"], {}, "ok", "the key a seals 0 secrets"],
    ["in the middle of a rotation", ["b", "a"], { a: 2, b: 1 }, "warn", "2 secrets with the key a"],
    ["after a rotation", ["b", "a"], { b: 3 }, "ok", "the key b seals 3 secrets"],
    ["one that is missing", ["b"], { a: 1, b: 1, c: 4 }, "fail", "1 secrets with the key a, 4 secrets with the key c"],
  ])("have their keys judged: %s", (_, ids, sealed, status, words) => {
    const finding = judgeKeys(ids, new Map(Object.entries(sealed)));
    expect(finding).toMatchObject({ status, found: expect.stringContaining(words) });
    expect(finding.todo === undefined).toBe(status === "ok");
  });

  it("have a key judged that has the id of another", () => {
    const finding = judgeKeys(["b", "a"], new Map(Object.entries({ a: 2, b: 1 })), ["a"]);
    expect(finding).toMatchObject({ status: "fail", found: expect.stringContaining("2 secrets with the key a") });
  });

  it("have their walls judged", () => {
    const walls = [{ name: "network", holds: true } as const];
    expect(judgeWalls({ walls }, 12)).toMatchObject({
      status: "ok",
      found: expect.stringContaining("all 1 walls stand"),
    });
    const jail: JailReport = { walls: [...walls, { name: "files", holds: false, why: "not root" }] };
    expect(judgeWalls(jail, 12)).toMatchObject({ status: "warn", found: expect.stringContaining("files (not root)") });
  });

  it.each<[string, string | null, Error | null, CheckStatus, string]>([
    ["answers", "BTC/USDT", null, "ok", "kraken: candles after"],
    [
      "does not answer",
      "BTC/USDT",
      new MarketError("MARKET_EXCHANGE_UNAVAILABLE", "no answer"),
      "fail",
      "kraken: no answer",
    ],
    ["lacks a symbol in use", "X/Y", new MarketError("MARKET_SYMBOL_UNKNOWN", "no X/Y"), "fail", "kraken: no X/Y"],
    ["lacks the symbol that is tried", null, new MarketError("MARKET_SYMBOL_UNKNOWN", "no BTC"), "ok", "kraken"],
  ])("have their market asked: it %s", async (_, symbol, error, status, words) => {
    const candles = async (query: CandleQuery) => {
      if (error) throw error;
      return noCandles(query);
    };
    const finding = await askMarkets([{ exchangeId: "kraken", symbol }], createSystemRuntime(), () => ({ candles }));
    expect(finding).toMatchObject({ status, found: expect.stringContaining(words) });
  });

  it("have no market to be asked where it is the synthetic one", async () => {
    expect(await askMarkets([], createSystemRuntime())).toMatchObject({ status: "skipped" });
  });
});

describe("the replicas", () => {
  const notReady = { snapshot: { is_ready: false } };
  it.each<[string, Partial<ReplicaRow>[], CheckStatus, string]>([
    ["none", [], "skipped", "no daemon runs on this database"],
    ["three that are well", [{}, {}, {}], "ok", "3 live; 24 of 15 bots"],
    ["one that drains", [{}, { is_draining: true }], "ok", "1 live, 1 draining"],
    ["one that is late", [{}, { is_late: true }], "warn", "1 live, 1 late"],
    ["one that was lost", [{}, { is_lost: true }], "warn", "1 live, 1 lost; 8 of 15 bots"],
    ["one of each role", [{ role: "worker" }, { role: "fleet" }], "ok", "2 live"],
    ["workers alone", [{ role: "worker" }], "warn", "1 live; none runs bots"],
    ["workers, after the last other one was lost", [{ role: "worker" }, { is_lost: true }], "warn", "none runs bots"],
    ["nobody but who drains", [{ is_draining: true }], "warn", "none runs bots, nor jobs and strategies"],
    ["those that run bots alone", [{ role: "fleet" }, { role: "fleet" }], "warn", "none runs jobs and strategies"],
    ["two versions", [{}, { version: "9.9.9" }], "warn", "versions 0.1.0, 9.9.9"],
    ["two versions of which one was lost", [{}, { version: "9.9.9", is_lost: true }], "warn", "1 lost"],
    ["two that may run fewer bots than are wanted", [{ bot_max: 8 }, { bot_max: 6 }], "warn", "they may run 14 of 15"],
    [
      "who may not, beside a worker",
      [{ bot_max: 8 }, { role: "worker", bot_max: 100 }],
      "warn",
      "they may run 8 of 15",
    ],
    ["who may as they are", [{ bot_max: 8 }, { bot_max: 7 }], "ok", "2 live"],
    ["one that is not ready", [{}, notReady], "warn", "1 not ready"],
  ])("are judged: %s", (_, rows, status, found) => {
    const finding = judgeReplicas(
      fleetViewOf(
        rows.map((row, at) => rowOf({ replica_id: `r${at}`, ...row })),
        null,
      ),
    );
    expect(finding).toMatchObject({ status, found: expect.stringContaining(found) });
    expect(finding.todo === undefined).toBe(status === "ok" || status === "skipped");
  });
});
