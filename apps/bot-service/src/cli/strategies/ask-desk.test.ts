import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { exitCodeOf } from "../exit-code.ts";
import {
  fakeDaemon,
  OTHER_ID,
  OWNER_ID,
  order,
  problem,
  RUN_ID,
  run,
  STRATEGY_ID,
  status,
  strategy,
} from "./fake-daemon.test-support.ts";
import { keyboard, pipedInput, runWords } from "./strategies.test-support.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-strategies-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, "my.ts");
writeFileSync(file, "line one\n\tline two\n");

const BY_NAME = { "GET /strategies?name=mean": { strategies: [status] } };
const ONE = `/strategies/${STRATEGY_ID}`;
const thrownBy = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("owners", () => {
  const owner = {
    ...{ owner_id: OWNER_ID, weight: 2, strategy_limit: 9, fuel_per_day: null, fuel_used_today: 70, strategies: 3 },
    ...{ running: 1, run_ms: 5.5, next_due_at: "2026-01-01T10:00:00.000Z", gone_at: "2026-01-02T10:00:00.000Z" },
  };

  it("are listed with what they may take and take", async () => {
    const { daemon } = fakeDaemon({
      "GET /strategies/owners?limit=20": { owners: [{ ...owner, owner_id: null }, owner] },
    });
    const { text } = await runWords(["owners"], { daemon });
    expect(text).toContain("operator");
    expect(text).toMatch(
      new RegExp(`${OWNER_ID} +2 +3 of 9 +1 +70 +- +5.5 ms +2026-01-01 10:00:00 +deleted 2026-01-02`),
    );
  });

  it("get what is given, and keep the rest", async () => {
    const { daemon, requests } = fakeDaemon({ [`PUT /strategies/owners/${OWNER_ID}`]: owner });
    await runWords(["owner", OWNER_ID, "--weight", "2", "--fuel", "none"], { daemon });
    expect(requests.map(({ body }) => body)).toEqual([{ weight: 2, fuel_per_day: null }]);
  });
});

describe("a command about a strategy", () => {
  it("finds it by its name, and by its id without asking", async () => {
    const { daemon, asked } = fakeDaemon({ ...BY_NAME, [`GET ${ONE}`]: strategy });
    const byName = await runWords(["status", "mean"], { daemon });
    const byId = await runWords(["status", STRATEGY_ID.toUpperCase()], { daemon });
    expect(byId.text).toBe(byName.text);
    expect(asked()).toEqual(["GET /strategies?name=mean", `GET ${ONE}`, `GET ${ONE}`]);
  });

  it("lists the strategies that share a name, and does nothing", async () => {
    const other = { ...status, strategy_id: OTHER_ID, owner_id: OWNER_ID, status: "stopped" };
    const { daemon, asked } = fakeDaemon({ "GET /strategies?name=mean": { strategies: [status, other] } });
    const thrown = await thrownBy(runWords(["delete", "mean"], { daemon }));
    expect(thrown).toMatchObject({ code: "CLI_STRATEGY_AMBIGUOUS" });
    expect(String(thrown)).toContain(
      `\n  ${STRATEGY_ID}  running  of the operator\n  ${OTHER_ID}  stopped  of ${OWNER_ID}`,
    );
    expect(exitCodeOf(thrown)).toBe(2);
    expect(asked()).toHaveLength(1);
  });

  it("says so where there is none of that name", async () => {
    const { daemon } = fakeDaemon({ "GET /strategies?name=a%26b": { strategies: [] } });
    const thrown = await thrownBy(runWords(["stop", "a&b"], { daemon }));
    expect(thrown).toMatchObject({ code: "CLI_STRATEGY_UNKNOWN", message: expect.stringContaining("strategies list") });
    expect(exitCodeOf(thrown)).toBe(1);
  });

  it.each([
    ["start", "POST", "/start"],
    ["stop", "POST", "/stop"],
    ["pause", "POST", "/pause"],
    ["resume", "POST", "/resume"],
    ["execute", "POST", "/execute"],
    ["rollback", "POST", "/rollback"],
    ["delete", "DELETE", ""],
  ])("asks the daemon to %s it, and answers as the daemon did", async (word, method, path) => {
    const answer = word === "delete" ? { strategy_id: STRATEGY_ID } : strategy;
    const { daemon, requests } = fakeDaemon({ ...BY_NAME, [`${method} ${ONE}${path}`]: answer });
    const { text, json } = await runWords([word, "mean", "--json"], { daemon });
    expect(requests.at(-1)?.what).toBe(`${method} ${ONE}${path}`);
    expect(requests.at(-1)?.headers.get("authorization")).toBe("Bearer t0ken");
    expect(json).toEqual(answer);
    if (word !== "delete") expect(text).toContain("mean version 3 is running, next run 2026-01-01 10:05:00 UTC");
  });

  it("rolls back to the version that is asked for", async () => {
    const { daemon, requests } = fakeDaemon({ ...BY_NAME, [`POST ${ONE}/rollback`]: strategy });
    await runWords(["rollback", "mean", "--to", "2"], { daemon });
    expect(requests.at(-1)?.body).toEqual({ version: 2 });
  });
});

/** As they are drawn. */
const DRAWN: Readonly<Record<string, readonly string[]>> = {
  runs: [
    "run                                   started (UTC)        outcome  version  took      fuel  orders  equity   journal  error",
    "5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f  2026-01-01 10:00:01  failed         3  8.25 ms  75000       2  10012.5  yes      STRATEGY_THREW: no price",
  ],
  orders: [
    "placed (UTC)         status     side  quantity  symbol    type   price  filled  average  fee  why                                  id",
    "2026-01-01 10:00:00  cancelled  buy   0.5       BTC/USDT  limit  60000  0.25    59990    15   TRADING_INSUFFICIENT_CASH: too dear  5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f",
  ],
  versions: [
    "version  deployed at (UTC)    by                                    code          config",
    '      3  2026-01-01 10:00:00  0d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f  cccccccccccc  {"a":1}',
  ],
  positions: [
    "symbol    quantity  cost   profit taken  fees  as of (UTC)",
    "BTC/USDT  0.5       30000  -1.5          30    2026-01-01 10:00:00",
    "  balances      100.25 USDT",
    "  equity        30100.25",
  ],
};

describe("a table", () => {
  const list = `GET /strategies?status=paused&owner_id=${OWNER_ID}&limit=20`;
  it("of strategies fits the terminal: ids stay, the rest makes room", async () => {
    const paused = { ...status, status: "paused", status_reason: "STRATEGY_TOO_MANY_FAILURES: 10 in a row" };
    const { daemon } = fakeDaemon({ [list]: { strategies: [paused] } });
    const words = ["list", "--status", "paused", "--owner", OWNER_ID];
    const wide = (await runWords(words, { daemon })).text;
    expect(wide).toMatchInlineSnapshot(`
      "name  status  version  every  venue  runs  failed  next (UTC)           id                                    owner     why
      mean  paused        3  5m     paper    12       2  2026-01-01 10:05:00  7b0f3c1e-8e0a-4f5c-9d6a-1f2e3d4c5b6a  operator  STRATEGY_TOO_MANY_FAILURES: 10 in a row
      "
    `);
    for (const columns of [120, 100, 80]) {
      const { text } = await runWords(words, { daemon, columns });
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
      expect(text).toContain(STRATEGY_ID);
      expect(text).toContain("paused");
    }
  });

  it.each([
    ["runs", `GET ${ONE}/runs?limit=20`, { runs: [run] }],
    ["orders", `GET ${ONE}/orders?limit=20`, { orders: [order] }],
    [
      "versions",
      `GET ${ONE}/versions?limit=20`,
      {
        versions: [
          {
            version: 3,
            code_id: "c".repeat(64),
            config: { a: 1 },
            deployed_at: "2026-01-01T10:00:00.000Z",
            deployed_by: OWNER_ID,
          },
        ],
      },
    ],
    [
      "positions",
      `GET ${ONE}/positions`,
      {
        positions: [
          {
            symbol: "BTC/USDT",
            quantity: "0.5",
            cost: "30000",
            realised_profit: "-1.5",
            paid_fees: "30",
            updated_at: "2026-01-01T10:00:00.000Z",
          },
        ],
        balances: [{ currency: "USDT", amount: "100.25", updated_at: "2026-01-01T10:00:00.000Z" }],
        equity: "30100.25",
      },
    ],
  ])("shows %s", async (word, path, body) => {
    const { daemon } = fakeDaemon({ [path]: body });
    const { text, json } = await runWords([word, STRATEGY_ID], { daemon });
    expect(text.trimEnd().split("\n")).toEqual(DRAWN[word]);
    expect(json).toEqual(body);
  });
});

it("says of a run that was ended from outside that it never had a journal", async () => {
  const whole = { ...run, outcome: "killed", image_hash: "", logs: [], notifications: [], journal: null };
  const { daemon } = fakeDaemon({ [`GET /strategies/runs/${RUN_ID}`]: whole });
  const { text } = await runWords(["show", RUN_ID], { daemon });
  expect(text).toMatch(/^ {2}journal +none: what was ended from outside cannot be replayed$/m);
});

it("says of a strategy without settings of its own where they are", async () => {
  const { daemon } = fakeDaemon({ [`GET ${ONE}`]: { ...strategy, config: {} } });
  expect((await runWords(["status", STRATEGY_ID], { daemon })).text).toMatch(/^ {2}config +as its file has it$/m);
});

it("shows a strategy and a run", async () => {
  const logs = [
    { level: "info", text: "hello" },
    { level: "warn", text: "\u001b[2Jcleared" },
  ];
  const whole = { ...run, image_hash: "", logs, notifications: ["bought"], journal: null };
  const { daemon } = fakeDaemon({ [`GET ${ONE}`]: strategy, [`GET /strategies/runs/${RUN_ID}`]: whole });
  expect((await runWords(["status", STRATEGY_ID], { daemon })).text).toMatchInlineSnapshot(`
    "mean   running
      id            7b0f3c1e-8e0a-4f5c-9d6a-1f2e3d4c5b6a
      owner         the operator
      version       3, changed 2026-01-01 10:00:00
      trades        on paper, candles of synthetic
      every         5m
      config        {"fast":5}
      next run      2026-01-01 10:05:00
      last run      2026-01-01 10:00:00, took 9 ms
      runs          12 (10 ok, 2 failed), 12.3 ms on average
      missed        1, because nothing ran then
      skipped       4, now because of no_new_candle
      fuel          1,234,567 in all
      last error    STRATEGY_THREW: no price
    "
  `);
  expect((await runWords(["show", RUN_ID], { daemon })).text).toMatchInlineSnapshot(`
    "run 5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f   failed
      strategy      7b0f3c1e-8e0a-4f5c-9d6a-1f2e3d4c5b6a, version 3
      planned       2026-01-01 10:00:00
      started       2026-01-01 10:00:01, took 8.25 ms
      error         STRATEGY_THREW: no price (line 5, column 13)
      orders        2
      equity        10012.5
      fuel          75,000, 0.05 % of what a run may burn
      log           hello
                    warn: \\u{1b}[2Jcleared
      notifications bought
      journal       gone: this run cannot be replayed
    "
  `);
});

describe("a refusal", () => {
  it.each([
    [problem(404, "STRATEGY_UNKNOWN", "There is no strategy with this id."), "STRATEGY_UNKNOWN", /no strategy/, 1],
    [problem(401, "HTTP_UNAUTHORIZED", "x"), "HTTP_UNAUTHORIZED", /set SHOAL_API_TOKEN/, 2],
    [problem(404, "HTTP_UNKNOWN_ROUTE", "x"), "HTTP_UNKNOWN_ROUTE", /knows no strategies/, 1],
    [problem(422, "HTTP_INVALID_FIELD", "limit: is wrong."), "HTTP_INVALID_FIELD", /limit: is wrong/, 2],
    [problem(503, "HTTP_NOT_OPEN", "The daemon is starting."), "HTTP_NOT_OPEN", /is starting/, 1],
    [Response.json({ no: 1 }, { status: 500 }), "CLI_NOT_A_DAEMON", /it answered 500/, 1],
    [new Response("<html>"), "CLI_NOT_A_DAEMON", /no shoal daemon/, 1],
    [Response.json({ strategy_id: 7 }), "CLI_OTHER_VERSION", /of the daemon's version/, 1],
  ])("is told in the daemon's words, or with what to do: %#", async (answer, code, message, exitCode) => {
    const { daemon } = fakeDaemon({ [`GET ${ONE}`]: answer });
    const thrown = await thrownBy(runWords(["status", STRATEGY_ID], { daemon }));
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(exitCodeOf(thrown)).toBe(exitCode);
  });
});

describe("deploy", () => {
  const deploy = (answers: Parameters<typeof fakeDaemon>[0], ...words: string[]) => {
    const fake = fakeDaemon(answers);
    return { ...fake, done: runWords(["deploy", file, "--name", "mean", ...words], { daemon: fake.daemon }) };
  };

  it("sends the source and what was given, and nothing else", async () => {
    const { requests, done } = deploy({ "POST /strategies/deploy": Response.json(strategy, { status: 201 }) });
    expect((await done).text).toContain("mean version 3 is running");
    expect(requests[0]?.body).toEqual({ name: "mean", language: "typescript", code: "line one\n\tline two\n" });
    expect(requests[0]?.headers.has("idempotency-key")).toBe(false);
    const words = `--every 5m --venue kraken --market binance --secret main --cash 100 --no-start --owner ${OWNER_ID} --idempotency-key k1 --config {"a":1}`;
    const all = deploy({ "POST /strategies/deploy": strategy }, ...words.split(" "));
    await all.done;
    expect(all.requests[0]?.headers.get("idempotency-key")).toBe("k1");
    expect(all.requests[0]?.body).toMatchObject({
      ...{ executionInterval: 300, venue: "kraken", market: "binance", secret: "main", account: { cash: "100" } },
      ...{ start: false, owner_id: OWNER_ID, config: { a: 1 } },
    });
  });

  it("shows each place of a source that is refused", async () => {
    const diagnostics = [{ code: "STRATEGY_TYPES", message: "not so\u001b[2J", line: 2, column: 7, severity: "error" }];
    const refusal = problem(422, "STRATEGY_CODE_INVALID", "The code cannot be used.", { diagnostics });
    const thrown = await thrownBy(deploy({ "POST /strategies/deploy": refusal }).done);
    expect(thrown).toMatchObject({ code: "STRATEGY_CODE_INVALID" });
    expect(String(thrown)).toContain(`${file}:2:7 STRATEGY_TYPES: not so\\u{1b}[2J\n  2 |  line two\n    |       ^`);
    expect(exitCodeOf(thrown)).toBe(1);
  });
});

describe("secrets", () => {
  const PUT = { "PUT /strategies/secrets": { name: "main" } };

  it.each([
    ["k3y\ns3cret\n", { api_key: "k3y", secret: "s3cret" }],
    ["k3y\r\n-----BEGIN\nx\n-----END\n", { api_key: "k3y", secret: "-----BEGIN\nx\n-----END" }],
    [' {"api_key":"k","secret":"s","password":"p"}', { api_key: "k", secret: "s", password: "p" }],
  ])("are read from standard input: %j", async (piped, value) => {
    const { daemon, requests } = fakeDaemon(PUT);
    const { text } = await runWords(["secrets", "set", "main", "--owner", OWNER_ID], {
      daemon,
      input: pipedInput(piped),
    });
    expect(requests[0]?.body).toEqual({ name: "main", owner_id: OWNER_ID, ...value });
    expect(text).not.toMatch(/k3y|s3cret/);
  });

  it.each(["", "s3cret", '{"api_key":"s3cret"}', '{"api_key":"s3cret","secret":"s3cret","more":1}', "{s3cret"])(
    "that are no secrets are refused, and nothing of them is said: %s",
    async (piped) => {
      const { daemon, requests } = fakeDaemon(PUT);
      const thrown = await thrownBy(runWords(["secrets", "set", "main"], { daemon, input: pipedInput(piped) }));
      expect(thrown).toMatchObject({ code: "CLI_SECRET_INVALID", message: expect.not.stringContaining("s3cret") });
      expect([exitCodeOf(thrown), requests]).toEqual([2, []]);
    },
  );

  it("are asked for on a terminal, which shows nothing of them", async () => {
    const { daemon, requests } = fakeDaemon(PUT);
    const { input, type, modes } = keyboard();
    const done = runWords(["secrets", "set", "main"], { daemon, input });
    const typed = type("k\u001b[A", "\u001b[D", "e\u007f", "3y\r", "s3c", "ret\n", "\r");
    await Promise.race([typed, done]);
    const { questions } = await done;
    expect(requests[0]?.body).toEqual({ name: "main", api_key: "k[A3y", secret: "s3cret" });
    expect(questions).toBe("API key: \nsecret: \npassword (Enter where the exchange has none): \n");
    expect(modes).toEqual([true, false]);
  });

  it("are left as they were at Ctrl-C", async () => {
    const { daemon, requests } = fakeDaemon(PUT);
    const { input, type, modes } = keyboard();
    const done = thrownBy(runWords(["secrets", "set", "main"], { daemon, input }));
    await Promise.race([type("k3y\r", "\u0003"), done]);
    expect(await done).toMatchObject({ code: "CLI_INTERRUPTED" });
    expect([requests, modes]).toEqual([[], [true, false]]);
  });

  it("are listed without values, and deleted", async () => {
    const listed = {
      secrets: [
        {
          name: "main",
          key_id: "2026a",
          created_at: "x",
          updated_at: "2026-01-01T10:00:00Z",
          refused_at: null,
          refused_reason: null,
        },
        {
          name: "old\u202e",
          key_id: "2025",
          created_at: "x",
          updated_at: "2026-01-01T10:00:00Z",
          refused_at: "2026-01-02T10:00:00Z",
          refused_reason: "Invalid key",
        },
      ],
    };
    const { daemon, asked } = fakeDaemon({
      "GET /strategies/secrets": listed,
      "DELETE /strategies/secrets?name=main": { name: "main" },
    });
    expect((await runWords(["secrets", "list"], { daemon })).text).toMatchInlineSnapshot(`
      "secret       written (UTC)        sealed with  refused
      main         2026-01-01 10:00:00  2026a        -
      old\\u{202e}  2026-01-01 10:00:00  2025         2026-01-02 10:00:00 Invalid key
      "
    `);
    await runWords(["secrets", "delete", "main"], { daemon });
    expect(asked()).toHaveLength(2);
  });
});
