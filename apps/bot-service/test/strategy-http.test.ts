import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, makeApp } from "../src/http/http.test-support.ts";
import {
  claimOf,
  forgetStrategies,
  makeDesk,
  NOBODY,
  OWNER,
  rowsOf,
  SOMEBODY,
  sourceOf,
} from "../src/strategies/desk/desk.test-support.ts";
import { createOwnerDesk } from "../src/strategies/desk/owners.ts";
import { OPERATOR_ID } from "../src/strategies/desk/sql.ts";
import { USER_BURST } from "../src/strategies/desk/user-limits.ts";

type Body = Record<string, never> & { readonly [name: string]: unknown };

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(() => forgetStrategies(test));
afterAll(() => test[Symbol.asyncDispose]());

const open = (isOpenToOwners = true) => makeApp({ strategies: { desk: makeDesk(test).desk, isOpenToOwners } });
const as = (userId: string) => ({ authorization: `Bearer person:${userId}` });
const mine = as(OWNER);
const strategy = { name: "first", code: sourceOf({ needs: ["BTC/USDT"] }), executionInterval: 60 };
const bodyOf = async (answer: Response) => (await answer.json()) as Body;
const deployed = async (app: ReturnType<typeof open>, given: object = {}, headers: Record<string, string> = mine) => {
  const answer = await ask(app, "POST", "/strategies/deploy", { ...strategy, ...given }, headers);
  return `${(await bodyOf(answer))["strategy_id"]}`;
};

describe("POST /strategies/deploy", () => {
  it("answers with the strategy, 201 for a new one and 200 for a new version", async () => {
    const app = open();
    const first = await ask(app, "POST", "/strategies/deploy", { ...strategy, config: { fast: 3 } }, mine);
    expect(first.status).toBe(201);
    const body = await bodyOf(first);
    expect(first.headers.get("location")).toBe(`/strategies/${body["strategy_id"]}`);
    expect(body).toMatchObject({
      name: "first",
      owner_id: OWNER,
      version: 1,
      status: "running",
      executionInterval: 60,
      config: { fast: 3 },
    });
    const second = await ask(app, "POST", "/strategies/deploy", { ...strategy, executionInterval: 1.5 }, mine);
    expect([second.status, await bodyOf(second)]).toMatchObject([200, { version: 2, executionInterval: 1.5 }]);
  });

  it("takes the interval as `execution_interval`, too", async () => {
    const { executionInterval, ...rest } = strategy;
    const given = { ...rest, execution_interval: executionInterval };
    const answer = await ask(open(), "POST", "/strategies/deploy", given, mine);
    expect([answer.status, await bodyOf(answer)]).toMatchObject([201, { executionInterval }]);
  });

  it.each<[string, object]>([
    ["executionInterval", { executionInterval: undefined }],
    ["executionInterval", { executionInterval: 0.5 }],
    ["account.takerFeeRatio", { account: { takerFeeRatio: 7 } }],
    ["owner_id", { owner_id: SOMEBODY }],
  ])("names what is refused as the request does: %s", async (field, given) => {
    const answer = await ask(open(), "POST", "/strategies/deploy", { ...strategy, ...given }, mine);
    const body = await bodyOf(answer);
    expect([answer.status, body["field"]]).toEqual([422, field]);
    expect(body["detail"]).toMatch(new RegExp(`^${field}: `));
  });

  it("takes cron with its zone, money as numbers or text, a filter, and what the operator deploys for an owner", async () => {
    const app = open();
    const { executionInterval: _, ...rest } = strategy;
    const given = {
      ...{ ...rest, cron: "30 9 * * 1-5", zone: "America/New_York", owner_id: OWNER, start: false },
      account: { cash: 500, takerFeeRatio: "0.002" },
      filter: { cooldownMs: 1000, marketHours: { zone: "UTC", days: [1, 2], from: "09:30", to: "16:00" } },
    };
    const answer = await ask(app, "POST", "/strategies/deploy", given);
    expect([answer.status, await bodyOf(answer)]).toMatchObject([
      201,
      {
        ...{
          owner_id: OWNER,
          cron: "30 9 * * 1-5",
          zone: "America/New_York",
          executionInterval: null,
          status: "stopped",
        },
        ...{ account: { cash: "500", takerFeeRatio: "0.002" }, filter: given.filter },
      },
    ]);
  });

  it("answers the same to the same Idempotency-Key, and refuses another request with it", async () => {
    const app = open();
    const deploy = (body: object, key = "k") =>
      ask(app, "POST", "/strategies/deploy", body, { ...mine, "idempotency-key": key });
    const answers = await Promise.all([deploy(strategy), deploy(strategy), deploy(strategy)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const [first, ...others] = await Promise.all(answers.map(bodyOf));
    expect(others.map((body) => body["strategy_id"])).toEqual([first?.["strategy_id"], first?.["strategy_id"]]);
    await ask(app, "POST", "/strategies/deploy", strategy, mine);
    const again = await deploy(strategy);
    expect([again.status, await bodyOf(again)]).toMatchObject([201, { version: 1 }]);
    const other = await deploy({ ...strategy, executionInterval: 5 });
    expect([other.status, await bodyOf(other)]).toMatchObject([409, { code: "STRATEGY_IDEMPOTENCY_CONFLICT" }]);
    expect((await deploy(strategy, "x".repeat(257))).status).toBe(422);
    expect((await bodyOf(await ask(app, "GET", "/strategies", undefined, mine)))["strategies"]).toHaveLength(1);
  });

  it("shows all that is wrong with a source, with line and column", async () => {
    const answer = await ask(open(), "POST", "/strategies/deploy", { ...strategy, code: "bad" }, mine);
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await bodyOf(answer)).toMatchObject({
      ...{ code: "STRATEGY_CODE_INVALID", field: "code", detail: "code: line 2, column 7: No such name." },
      diagnostics: [{ code: "STRATEGY_TYPES", message: "No such name.", line: 2, column: 7, severity: "error" }],
    });
  });

  it.each<[string, unknown, number, string]>([
    ["no code", { code: undefined }, 422, "HTTP_INVALID_FIELD"],
    ["code that is a number", { code: 1 }, 422, "HTTP_INVALID_FIELD"],
    ["code with the character 0", { code: "\0" }, 422, "HTTP_INVALID_FIELD"],
    ["code with half a pair", { code: "\ud800" }, 422, "HTTP_INVALID_FIELD"],
    ["an unknown field", { colour: "red" }, 422, "HTTP_INVALID_FIELD"],
    ["an interval as text", { executionInterval: "60" }, 422, "HTTP_INVALID_FIELD"],
    ["an interval and cron", { cron: "* * * * *" }, 422, "HTTP_INVALID_FIELD"],
    ["an interval in both spellings", { execution_interval: 60 }, 422, "HTTP_INVALID_FIELD"],
    [
      "an interval in the other spelling, and cron",
      { executionInterval: undefined, execution_interval: 60, cron: "* * * * *" },
      422,
      "HTTP_INVALID_FIELD",
    ],
    ["a zone without cron", { zone: "UTC" }, 422, "HTTP_INVALID_FIELD"],
    ["an interval that is too short", { executionInterval: 0.5 }, 422, "STRATEGY_SCHEDULE_INVALID"],
    ["an interval that is too long", { executionInterval: 1e300 }, 422, "STRATEGY_SCHEDULE_INVALID"],
    ["an empty name", { name: "" }, 422, "HTTP_INVALID_FIELD"],
    ["a name that is too long", { name: "x".repeat(129) }, 422, "HTTP_INVALID_FIELD"],
    ["a name with the character 0", { name: "a\0" }, 422, "HTTP_INVALID_FIELD"],
    ["a config that is a list", { config: [] }, 422, "HTTP_INVALID_FIELD"],
    ["a config with the character 0", { config: { a: ["\0"] } }, 422, "STRATEGY_INVALID"],
    ["a config with the character 0 in a name", { config: { "a\0": 1 } }, 422, "STRATEGY_INVALID"],
    ["a config that is too large", { config: { a: "x".repeat(20_000) } }, 422, "STRATEGY_INVALID"],
    ["an unknown venue", { venue: "atlantis" }, 422, "STRATEGY_VENUE_UNKNOWN"],
    ["a venue of another form", { venue: "../etc" }, 422, "HTTP_INVALID_FIELD"],
    ["an unknown language", { language: "python" }, 422, "HTTP_INVALID_FIELD"],
    ["cash that is no number", { account: { cash: "much" } }, 422, "HTTP_INVALID_FIELD"],
    ["cash below 0", { account: { cash: -1 } }, 422, "STRATEGY_ACCOUNT_INVALID"],
    ["a filter of unknown fields", { filter: { sometimes: true } }, 422, "HTTP_INVALID_FIELD"],
    [
      "hours of no clock",
      { filter: { marketHours: { zone: "UTC", days: [1], from: "10:00", to: "25:00" } } },
      422,
      "HTTP_INVALID_FIELD",
    ],
    ["the id of nothing", { strategy_id: NOBODY }, 404, "STRATEGY_UNKNOWN"],
    ["an id that is none", { strategy_id: "1" }, 422, "HTTP_INVALID_FIELD"],
    ["another owner", { owner_id: SOMEBODY }, 422, "STRATEGY_INVALID"],
  ])("refuses %s, and changes nothing", async (_what, given, status, code) => {
    const app = open();
    await deployed(app, { name: "other" });
    const before = await rowsOf(test);
    const answer = await ask(app, "POST", "/strategies/deploy", { ...strategy, ...(given as object) }, mine);
    expect([answer.status, (await bodyOf(answer))["code"]]).toEqual([status, code]);
    expect(await rowsOf(test)).toBe(before);
  });

  it.each([
    ["a name that would change the object", `"__proto__": {"polluted": true}`, 422],
    ["such a name in the config", `"config": {"__proto__": {"polluted": true}}`, 422],
    ["such a name deep in the config", `"config": {"a": [{"__proto__": {"polluted": true}}]}`, 422],
    ["what is nested too deep", `"config": ${'{"a":'.repeat(80)}1${"}".repeat(80)}`, 422],
    ["what is no JSON", `"config": {`, 400],
    ["a body of more than 1 MB", `"config": {"a": "${"x".repeat(1024 * 1024)}"}`, 413],
  ])("refuses %s", async (_what, field, status) => {
    const before = await rowsOf(test);
    const text = `{"name": "x", "code": ${JSON.stringify(strategy.code)}, "executionInterval": 60, ${field}}`;
    const answer = await ask(open(), "POST", "/strategies/deploy", text, mine);
    expect(answer.status).toBe(status);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(await rowsOf(test)).toBe(before);
  });

  it("keeps a config with names that only look dangerous", async () => {
    const config = { constructor: { prototype: { a: 1 } }, toString: "x" };
    const answer = await ask(open(), "POST", "/strategies/deploy", { ...strategy, config }, mine);
    expect([answer.status, (await bodyOf(answer))["config"]]).toEqual([201, config]);
  });
});

describe("POST /strategies/check", () => {
  const check = (app: ReturnType<typeof open>, body: object, headers: Record<string, string> = mine) =>
    ask(app, "POST", "/strategies/check", body, headers);

  it("says what is wrong with a source, or what it wants, and keeps nothing", async () => {
    const before = await rowsOf(test);
    const bad = await check(open(), { code: "bad" });
    expect([bad.status, await bodyOf(bad)]).toEqual([
      200,
      {
        ...{ ok: false, needs: null, config: null },
        diagnostics: [{ code: "STRATEGY_TYPES", message: "No such name.", line: 2, column: 7, severity: "error" }],
      },
    ]);
    const code = sourceOf({ needs: ["BTC/USDT"], config: { fast: 3 } });
    const good = await bodyOf(await check(open(), { code, language: "javascript" }, {}));
    const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1m", count: 10 }] };
    expect(good).toEqual({ ok: true, diagnostics: [], needs, config: { fast: 3 } });
    expect(await rowsOf(test)).toBe(before);
  });

  it("refuses one whose settings could not be kept, as a deploy does", async () => {
    const body = await bodyOf(await check(open(), { code: sourceOf({ config: { a: "\u0000" } }) }));
    expect(body).toMatchObject({ ok: false, diagnostics: [{ code: "STRATEGY_CONFIG_INVALID", line: 1 }] });
  });

  it.each([
    [{}, 422],
    [{ code: 1 }, 422],
    [{ code: "x", language: "python" }, 422],
    [{ code: "x", name: "y" }, 422],
    [{ code: "x".repeat(1024 * 1024) }, 413],
  ])("refuses %o", async (body, status) => {
    expect((await check(open(), body)).status).toBe(status);
  });

  it("is for those who may deploy", async () => {
    const app = open(false);
    expect((await check(app, { code: "bad" })).status).toBe(403);
    expect((await check(app, { code: "bad" }, {})).status).toBe(200);
  });

  it("is bounded, for a user and for the operator, each by itself", async () => {
    const app = open();
    for (const headers of [mine, {}]) {
      for (let count = 0; count < USER_BURST; count += 1) await check(app, { code: "bad" }, headers);
      const refused = await check(app, { code: "bad" }, headers);
      expect([refused.status, (await bodyOf(refused))["code"]]).toEqual([429, "STRATEGY_TOO_MANY_DEPLOYS"]);
      expect(refused.headers.get("retry-after")).toBe("60");
    }
    expect((await check(app, { code: "bad" }, as(SOMEBODY))).status).toBe(200);
  });
});

describe("POST /strategies/:id/close", () => {
  const close = (app: ReturnType<typeof open>, id: string, key?: string, body?: object, headers = mine) =>
    ask(app, "POST", `/strategies/${id}/close`, body, {
      ...headers,
      ...(key !== undefined && { "idempotency-key": key }),
    });

  it("wants a key, so that nothing is ordered twice", async () => {
    const app = open();
    const id = await deployed(app);
    for (const key of [undefined, "", "x".repeat(257)]) {
      const answer = await close(app, id, key);
      expect([answer.status, (await bodyOf(answer))["field"]]).toEqual([422, "idempotency-key"]);
    }
  });

  it("cancels open orders, and answers with what it ordered; nothing is held, so nothing", async () => {
    const app = open();
    const id = await deployed(app);
    const answer = await close(app, id, "k", { symbol: "BTC/USDT" });
    expect([answer.status, await bodyOf(answer)]).toEqual([202, { order_ids: [] }]);
    expect((await close(app, id, "k", { colour: "red" })).status).toBe(422);
  });

  it("is for the owner and the operator, where owners may change anything", async () => {
    const id = await deployed(open());
    expect((await close(open(), id, "k", undefined, as(SOMEBODY))).status).toBe(404);
    expect((await close(open(false), id, "k")).status).toBe(403);
    expect(
      (await ask(open(false), "POST", `/strategies/${id}/close`, undefined, { "idempotency-key": "k" })).status,
    ).toBe(202);
  });
});

describe("a strategy", () => {
  it("is started, stopped, paused, resumed, executed and deleted by its owner and by the operator", async () => {
    const app = open();
    const id = await deployed(app);
    for (const [deed, status, headers] of [
      ["stop", "stopped", mine],
      ["start", "running", undefined],
      ["pause", "paused", mine],
      ["resume", "running", undefined],
    ] as const) {
      const answer = await ask(app, "POST", `/strategies/${id}/${deed}`, undefined, headers);
      expect([answer.status, await bodyOf(answer)]).toMatchObject([200, { strategy_id: id, status }]);
    }
    expect((await ask(app, "POST", `/strategies/${id}/execute`, undefined, mine)).status).toBe(202);
    await claimOf(test, id);
    const gone = await ask(app, "DELETE", `/strategies/${id}`, undefined, mine);
    expect([gone.status, await bodyOf(gone)]).toEqual([200, { strategy_id: id }]);
    expect((await ask(app, "GET", `/strategies/${id}/status`, undefined, mine)).status).toBe(404);
  });

  it("has the documented status", async () => {
    const app = open();
    const id = await deployed(app);
    await test.database.query(
      `update shoal.strategy_clock set total_executions = 4, successful_executions = 3, failed_executions = 1, sum_ms = 10,
         last_execution_at = '2026-01-01Z', last_execution_duration_ms = 2.5, last_error = 'STRATEGY_THREW: boom'`,
    );
    expect(await bodyOf(await ask(app, "GET", `/strategies/${id}/status`, undefined, mine))).toMatchObject({
      ...{ strategy_id: id, name: "first", status: "running", status_reason: null },
      stats: {
        ...{ total_executions: 4, successful_executions: 3, failed_executions: 1, avg_execution_time: 2.5 },
        ...{
          last_execution_at: "2026-01-01T00:00:00.000Z",
          last_execution_duration: 2.5,
          last_error: "STRATEGY_THREW: boom",
        },
        next_execution_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
  });

  it("has settings that are replaced, and versions that come back", async () => {
    const app = open();
    const id = await deployed(app, { config: { a: 1 } });
    const changed = await ask(app, "PUT", `/strategies/${id}/config`, { config: { b: 2 } }, mine);
    expect([changed.status, (await bodyOf(changed))["config"]]).toEqual([200, { b: 2 }]);
    expect((await ask(app, "PUT", `/strategies/${id}/config`, { config: [] }, mine)).status).toBe(422);
    await deployed(app, { code: sourceOf() });
    const back = await ask(app, "POST", `/strategies/${id}/rollback`, { version: 1 }, mine);
    expect([back.status, await bodyOf(back)]).toMatchObject([200, { version: 3, config: { a: 1 } }]);
    const none = await ask(app, "POST", `/strategies/${id}/rollback`, { version: 7 }, mine);
    expect([none.status, (await bodyOf(none))["code"]]).toEqual([404, "STRATEGY_VERSION_UNKNOWN"]);
    const code = await bodyOf(await ask(app, "GET", `/strategies/${id}/code?version=2`, undefined, mine));
    expect(code).toMatchObject({ version: 2, source: sourceOf(), language: "typescript" });
  });

  it("shows lists of what it did, in pages that are bounded", async () => {
    const app = open();
    const id = await deployed(app);
    for (const [name, body] of [
      ["versions", { versions: [{ version: 1 }] }],
      ["runs", { runs: [] }],
      ["logs", { lines: [] }],
      ["orders", { orders: [] }],
      ["fills", { fills: [] }],
      ["equity", { points: [] }],
      ["positions", { positions: [], balances: [{ currency: "USDT", amount: "10000" }], equity: null }],
    ] as const) {
      const answer = await ask(app, "GET", `/strategies/${id}/${name}`, undefined, mine);
      expect([name, answer.status, await bodyOf(answer)]).toMatchObject([name, 200, body]);
      if (name === "positions") continue;
      for (const query of ["limit=0", "limit=1001", "limit=x", "limit=0x1", "colour=red", "before=%00"]) {
        expect([
          name,
          query,
          (await ask(app, "GET", `/strategies/${id}/${name}?${query}`, undefined, mine)).status,
        ]).toEqual([name, query, 422]);
      }
    }
    expect((await ask(app, "GET", `/strategies/${id}/logs?after=1:2&before=1:2`, undefined, mine)).status).toBe(422);
    for (const [query, status] of [
      ["level=warn", 200],
      ["level=error&before=9:9", 200],
      ["level=info", 422],
    ] as const) {
      expect((await ask(app, "GET", `/strategies/${id}/logs?${query}`, undefined, mine)).status).toBe(status);
    }
    for (const [query, status] of [
      ["live=true", 200],
      ["live=false", 200],
      ["live=yes", 422],
    ] as const) {
      expect((await ask(app, "GET", `/strategies/${id}/orders?${query}`, undefined, mine)).status).toBe(status);
    }
    for (const [query, count] of [
      ["search=FIR", 1],
      ["search=nothing", 0],
      ["search=fir&status=paused", 0],
    ] as const) {
      expect((await bodyOf(await ask(app, "GET", `/strategies?${query}`, undefined, mine)))["strategies"]).toHaveLength(
        count,
      );
    }
    expect((await ask(app, "GET", "/strategies?search=", undefined, mine)).status).toBe(422);
    for (const name of ["versions", "runs"]) {
      const hexadecimal = await ask(app, "GET", `/strategies/${id}/${name}?before=0x10`, undefined, mine);
      expect([name, hexadecimal.status]).toEqual([name, 422]);
      const last = await ask(
        app,
        "GET",
        `/strategies/${id}/${name}?before=${Number.MAX_SAFE_INTEGER}`,
        undefined,
        mine,
      );
      expect([name, last.status]).toEqual([name, 200]);
    }
  });

  it("is not there for another owner, whatever is asked", async () => {
    const app = open();
    const id = await deployed(app);
    const before = await rowsOf(test);
    const calls: (readonly [string, string, object?])[] = [
      ...["start", "stop", "pause", "resume", "execute", "rollback"].map((deed) => ["POST", `/${deed}`] as const),
      ...["", "/status", "/versions", "/code", "/runs", "/logs", "/orders", "/fills", "/positions", "/equity"].map(
        (path) => ["GET", path] as const,
      ),
      ["PUT", "/config", { config: {} }],
      ["DELETE", ""],
    ];
    for (const [method, path, body] of calls) {
      for (const other of [id, NOBODY, "none"]) {
        const answer = await ask(app, method, `/strategies/${other}${path}`, body, as(SOMEBODY));
        expect([method, path, answer.status, (await bodyOf(answer))["code"]]).toEqual([
          method,
          path,
          404,
          "STRATEGY_UNKNOWN",
        ]);
      }
    }
    expect(await rowsOf(test)).toBe(before);
    expect(await bodyOf(await ask(app, "GET", `/strategies?owner_id=${OWNER}`, undefined, as(SOMEBODY)))).toEqual({
      strategies: [],
    });
    expect(await bodyOf(await ask(app, "GET", `/strategies?owner_id=${OWNER}`))).toMatchObject({
      strategies: [{ strategy_id: id }],
    });
  });
});

describe("who may", () => {
  it("look and not touch are signed-in users where the control is open to nobody", async () => {
    const id = await deployed(open());
    const app = open(false);
    const before = await rowsOf(test);
    for (const [method, path, body] of [
      ["POST", "/strategies/deploy", strategy],
      ["POST", `/strategies/${id}/start`],
      ["POST", `/strategies/${id}/execute`],
      ["PUT", `/strategies/${id}/config`, { config: {} }],
      ["DELETE", `/strategies/${id}`],
      ["PUT", "/strategies/secrets", { name: "s", api_key: "k", secret: "s" }],
    ] as const) {
      const answer = await ask(app, method, path, body, mine);
      expect([path, answer.status, (await bodyOf(answer))["code"]]).toEqual([path, 403, "STRATEGY_NOT_OPEN"]);
    }
    expect(await rowsOf(test)).toBe(before);
    expect((await ask(app, "GET", `/strategies/${id}`, undefined, mine)).status).toBe(200);
    expect((await ask(app, "POST", `/strategies/${id}/stop`)).status).toBe(200);
  });

  it("nobody without a token that counts", async () => {
    const id = await deployed(open());
    for (const headers of [{ authorization: "" }, { authorization: "Bearer expired" }]) {
      for (const [method, path, body] of [
        ["POST", "/strategies/deploy", strategy],
        ["GET", "/strategies"],
        ["GET", `/strategies/${id}/status`],
        ["DELETE", `/strategies/${id}`],
      ] as const) {
        expect((await ask(open(), method, path, body, headers)).status).toBe(401);
      }
    }
  });
});

describe("GET /health", () => {
  it("says how many strategies run and whether this daemon schedules them, to anybody", async () => {
    const app = open();
    await deployed(app);
    await deployed(app, { name: "second", start: false });
    const answer = await ask(app, "GET", "/health", undefined, { authorization: "" });
    expect([answer.status, await bodyOf(answer)]).toEqual([
      200,
      { status: "healthy", active_strategies: 1, scheduler_running: true },
    ]);
  });

  it("is 503 while nothing can be written, though the database can be asked", async () => {
    const app = open();
    Object.assign(app.state, { isFailing: true, isSchedulerRunning: false });
    const answer = await ask(app, "GET", "/health", undefined, { authorization: "" });
    expect([answer.status, await bodyOf(answer)]).toEqual([
      503,
      { status: "critical", active_strategies: 0, scheduler_running: false },
    ]);
  });

  it("is 503 while the database cannot be asked", async () => {
    const { desk } = makeDesk(test, { database: { query: () => Promise.reject(new Error("away")) } });
    const app = makeApp({ strategies: { desk, isOpenToOwners: true } });
    const answer = await ask(app, "GET", "/health", undefined, { authorization: "" });
    expect([answer.status, await bodyOf(answer)]).toEqual([
      503,
      { status: "critical", active_strategies: null, scheduler_running: true },
    ]);
  });
});

describe("owners", () => {
  const ownersApp = () =>
    makeApp({
      strategies: { desk: makeDesk(test).desk, isOpenToOwners: true },
      owners: createOwnerDesk(test.database),
    });
  const set = async (app: ReturnType<typeof ownersApp>, id: string, body: object) => {
    const answer = await ask(app, "PUT", `/strategies/owners/${id}`, body);
    return [answer.status, await bodyOf(answer)] as const;
  };
  const unlimited = { weight: 1, strategy_limit: null, fuel_per_day: null };

  it("are given weight and limits, each by itself, and shown with what they use", async () => {
    const app = ownersApp();
    await deployed(app);
    await deployed(app, { name: "second", start: false });
    await test.database.query("update shoal.strategy_owners set fuel_used = 7");
    expect(await set(app, SOMEBODY.toUpperCase(), { strategy_limit: 0 })).toMatchObject([
      200,
      { ...unlimited, owner_id: SOMEBODY, strategy_limit: 0, strategies: 0, fuel_used_today: 0, next_due_at: null },
    ]);
    expect(await set(app, OWNER, { weight: 2.5, fuel_per_day: 5e10 })).toMatchObject([200, { weight: 2.5 }]);
    expect(await set(app, OWNER, { strategy_limit: 2 })).toMatchObject([
      200,
      {
        weight: 2.5,
        strategy_limit: 2,
        fuel_per_day: 5e10,
        strategies: 2,
        running: 1,
        fuel_used_today: 7,
        gone_at: null,
      },
    ]);
    const third = await ask(app, "POST", "/strategies/deploy", { ...strategy, name: "third" }, mine);
    expect([third.status, (await bodyOf(third))["code"]]).toEqual([409, "STRATEGY_LIMIT"]);
    expect(await set(app, OWNER, { fuel_per_day: null, strategy_limit: null })).toMatchObject([
      200,
      { ...unlimited, weight: 2.5 },
    ]);
    expect(await set(app, OPERATOR_ID, {})).toMatchObject([200, { ...unlimited, owner_id: null }]);
    const page = async (query: string) => {
      const answer = await ask(app, "GET", `/strategies/owners${query}`);
      return ((await answer.json()) as { readonly owners: { readonly owner_id: string | null }[] }).owners;
    };
    expect((await page("")).map(({ owner_id }) => owner_id)).toEqual([null, OWNER, SOMEBODY]);
    expect((await page(`?limit=1&before=${OWNER}`)).map(({ owner_id }) => owner_id)).toEqual([SOMEBODY]);
  });

  it.each<[string, object]>([
    ["weight", { weight: 0 }],
    ["weight", { weight: 101 }],
    ["weight", { weight: "2" }],
    ["strategy_limit", { strategy_limit: -1 }],
    ["strategy_limit", { strategy_limit: 2 ** 31 }],
    ["fuel_per_day", { fuel_per_day: 0 }],
    ["fuel_per_day", { fuel_per_day: 1.5 }],
    ["fuel_used", { fuel_used: 0 }],
  ])("keep what they had where the request is wrong: %s", async (field, body) => {
    const app = ownersApp();
    await set(app, OWNER, { weight: 3 });
    const [status, refused] = await set(app, OWNER, body);
    expect([status, `${refused["detail"]}`.split(":")[0]]).toEqual([422, field]);
    expect(await set(app, OWNER, {})).toMatchObject([200, { ...unlimited, weight: 3 }]);
  });

  it("are the operator's business alone", async () => {
    const app = ownersApp();
    for (const [method, path] of [
      ["GET", ""],
      ["PUT", `/${OWNER}`],
    ] as const) {
      const answer = await ask(
        app,
        method,
        `/strategies/owners${path}`,
        method === "PUT" ? { weight: 100 } : undefined,
        mine,
      );
      expect(answer.status).toBe(401);
    }
    expect((await set(app, "nobody", {}))[0]).toBe(404);
    expect(await test.database.query("select from shoal.strategy_owners")).toEqual([]);
  });
});

describe("secrets", () => {
  const secretsApp = () => {
    const kept: (readonly unknown[])[] = [];
    const at = new Date("2026-01-01");
    const secrets = {
      put: async (...call: unknown[]) => void kept.push(["put", ...call]),
      list: async (ownerId: string) => [
        { name: ownerId, keyId: "k1", createdAt: at, updatedAt: at, refusedAt: null, refusedReason: null },
      ],
      remove: async (...call: unknown[]) => void kept.push(["remove", ...call]),
      rotate: async (page: unknown) => {
        kept.push(["rotate", page]);
        const failure = { ownerId: OWNER, name: "mine", keyId: "k0", code: "STRATEGY_SECRET_KEY_MISSING" as const };
        return { keyId: "k1", dueCount: 3, rotatedCount: 1, failedCount: 1, failures: [failure], next: failure };
      },
    };
    return { kept, app: makeApp({ secrets }) };
  };

  it("are put and removed, and listed without what they hold", async () => {
    const { app, kept } = secretsApp();
    const body = { name: "mine", api_key: "key", secret: "shh" };
    const put = await ask(app, "PUT", "/strategies/secrets", body, mine);
    expect([put.status, await bodyOf(put)]).toEqual([200, { name: "mine" }]);
    await ask(app, "PUT", "/strategies/secrets", { ...body, owner_id: SOMEBODY, password: "p" });
    await ask(app, "DELETE", "/strategies/secrets?name=mine", undefined, mine);
    expect(kept).toEqual([
      ["put", OWNER, "mine", { apiKey: "key", secret: "shh" }],
      ["put", SOMEBODY, "mine", { apiKey: "key", secret: "shh", password: "p" }],
      ["remove", OWNER, "mine"],
    ]);
    const listed = await ask(app, "GET", "/strategies/secrets", undefined, mine);
    const time = "2026-01-01T00:00:00.000Z";
    expect(await bodyOf(listed)).toEqual({
      secrets: [
        { name: OWNER, key_id: "k1", created_at: time, updated_at: time, refused_at: null, refused_reason: null },
      ],
    });
  });

  it("are sealed anew, a page at a time, for the operator alone", async () => {
    const { app, kept } = secretsApp();
    const path = "/strategies/secrets/rotate";
    const answer = await ask(app, "POST", path);
    expect([answer.status, await bodyOf(answer)]).toEqual([
      200,
      {
        ...{ key_id: "k1", due_count: 3, rotated_count: 1, failed_count: 1 },
        failures: [{ owner_id: OWNER, name: "mine", key_id: "k0", code: "STRATEGY_SECRET_KEY_MISSING" }],
        next: { owner_id: OWNER, name: "mine" },
      },
    ]);
    await ask(app, "POST", path, { limit: 7, after: { owner_id: OWNER, name: "mine" } });
    expect(kept).toEqual([
      ["rotate", { limit: 500 }],
      ["rotate", { limit: 7, after: { ownerId: OWNER, name: "mine" } }],
    ]);
    for (const body of [{ limit: 0 }, { limit: 1001 }, { limit: "1" }, { after: { name: "mine" } }, { all: true }]) {
      expect((await ask(app, "POST", path, body)).status).toBe(422);
    }
    expect((await ask(app, "POST", path, {}, mine)).status).toBe(401);
    expect(kept.length).toBe(2);
  });

  it("of others are nobody's, and what is wrong is not repeated in the answer", async () => {
    const { app, kept } = secretsApp();
    for (const [method, path, body] of [
      ["PUT", "/strategies/secrets", { name: "s", api_key: "k", secret: "shh", owner_id: SOMEBODY }],
      ["PUT", "/strategies/secrets", { name: "s", api_key: "k", secret: 5 }],
      ["PUT", "/strategies/secrets", { name: "s", secret: "shh" }],
      ["GET", `/strategies/secrets?owner_id=${SOMEBODY}`, undefined],
      ["DELETE", `/strategies/secrets?name=s&owner_id=${SOMEBODY}`, undefined],
      ["DELETE", "/strategies/secrets", undefined],
    ] as const) {
      const answer = await ask(app, method, path, body, mine);
      expect([path, answer.status]).toEqual([path, 422]);
      expect(await answer.text()).not.toContain("shh");
    }
    expect(kept).toEqual([]);
  });
});
