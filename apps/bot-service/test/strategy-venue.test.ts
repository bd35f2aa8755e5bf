import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openVenue, type StoredOrder, type Venue } from "./dispatch-support.ts";
import { codeOf, deploy, execute, executorTests, makeExecutor } from "./executor-support.ts";
import { OWNER } from "./strategy-rows.ts";
import type { SharedDatabase } from "./strategy-support.ts";

const { test, sandbox } = executorTests();
let venue: Venue;
beforeEach(async () => {
  venue = await openVenue(test.database);
  venue.dispatcher().start();
});
afterEach(async () => {
  await venue.close();
  // Whatever the daemon keeps: rows of every table, and what came into and out of each run.
  const kept = [...venue.lines, ...(await wholeSchema(test)), ...(await journals(test))].join("\n");
  expect(kept).toContain("ctx.state");
  for (const hidden of [venue.exchange.apiKey, venue.exchange.secret, "signature="]) expect(kept).not.toContain(hidden);
});

async function wholeSchema({ database }: SharedDatabase): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'shoal'",
  );
  const rows = await Promise.all(
    tables.map(({ name }) => database.query<{ row: string }>(`select to_jsonb(t)::text as row from shoal.${name} t`)),
  );
  return rows.flat().map(({ row }) => row);
}

async function journals({ database }: SharedDatabase): Promise<string[]> {
  const rows = await database.query<{ journal: Uint8Array }>("select journal from shoal.strategy_runs");
  return rows.map(({ journal }) => zstdDecompressSync(journal).toString("utf8"));
}

const isOver = (orders: readonly StoredOrder[]) => orders.length > 0 && orders.every((each) => each.is_over);

/** A strategy at the exchange with 10,000 USDT, run by hand. Each run does the next of these. */
async function trader(...bodies: readonly string[]) {
  const steps = bodies.map((body, at) => `case ${at}: { ${body}; break; }`).join(" ");
  const code = codeOf(
    `const at = ctx.state.get("at") ?? 0; ctx.state.set("at", at + 1);
     ctx.log.info(String(ctx.orders.open().length));
     switch (at) { ${steps} }`,
    [{ symbol: "BTC/USDT", timeframe: "1m", count: 2 }],
  );
  const id = await deploy(test.database, { code, ownerId: OWNER, status: "stopped" });
  await test.database.query("update shoal.strategies set venue = 'binance', secret_name = 'main' where id = $1", [id]);
  const { executor, ran } = makeExecutor(test, { sandbox });
  executor.start();
  return {
    id,
    async run() {
      const outcome = ran(id);
      await execute(test.database, id);
      expect(await outcome).toMatchObject({ outcome: "ok" });
    },
    rows: <Row extends object>(text: string) => test.database.query<Row>(text, [id]),
  };
}

/** How many open orders each run has seen. */
async function openCounts(rows: Awaited<ReturnType<typeof trader>>["rows"]): Promise<(string | undefined)[]> {
  const runs = await rows<{ logs: { text: string }[] }>(
    "select logs from shoal.strategy_runs where strategy_id = $1 order by number",
  );
  return runs.map(({ logs: [line] }) => line?.text);
}

const BUY = `ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "market", quantity: "0.1" })`;
/** Of 9,000 USDT: two at a time are too much. */
const BID = `ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: "100", price: "90" })`;

describe("a strategy at an exchange", () => {
  it("has in its book what the exchange traded for it, to the last digit", async () => {
    const { run, rows } = await trader(BUY, "");
    await run();
    await venue.until(isOver);
    await run();
    expect(
      await rows("select trim_scale(quantity)::text as quantity from shoal.strategy_positions where strategy_id = $1"),
    ).toEqual([{ quantity: "0.0999" }]);
    const balances = await rows(
      "select currency, trim_scale(amount)::text as amount from shoal.strategy_balances where strategy_id = $1 order by currency",
    );
    expect(balances).toEqual([
      { currency: "BTC", amount: "0.0999" },
      { currency: "USDT", amount: "9990" },
    ]);
    const { balances: there } = venue.exchange.market;
    expect([there.get("BTC"), there.get("USDT")]).toEqual([100_009_990_000n, 99_999_000_000_000n]);
    expect(
      await rows("select booked_at is not null as is_booked from shoal.strategy_fills where strategy_id = $1"),
    ).toEqual([{ is_booked: true }]);
  });

  it("has its money back when the exchange rejects an order", async () => {
    const refused = {
      status: 400,
      body: '{"code":-2010,"msg":"Account has insufficient balance for requested action."}',
    };
    venue.exchange.misbehave("POST /api/v3/order", { works: "never", answer: refused });
    const { run, rows } = await trader(BID, BID, "");
    await run();
    expect((await venue.until(isOver)).map(({ status }) => status)).toEqual(["rejected"]);
    await run();
    await venue.until((orders) => orders.some(({ status }) => status === "open"));
    await run();
    expect(await openCounts(rows)).toEqual(["0", "0", "1"]);
    expect(venue.exchange.orders.length).toBe(1);
  });

  it("cancels its order by a later run", async () => {
    const { run, rows } = await trader(BID, "ctx.orders.cancel(ctx.orders.open()[0].id)", "");
    await run();
    await venue.until((orders) => orders.some(({ status }) => status === "open"));
    await run();
    expect((await venue.until(isOver)).map(({ status, reason }) => [status, reason?.split(":")[0]])).toEqual([
      ["cancelled", "TRADING_CANCELLED"],
    ]);
    await run();
    expect(await openCounts(rows)).toEqual(["0", "1", "0"]);
    expect(venue.exchange.orders.map(({ status }) => status)).toEqual(["CANCELED"]);
  });

  it("pauses when its keys are refused, and says why", async () => {
    venue.exchange.revokeKey();
    const { run, rows, id } = await trader(BUY);
    await test.database.query("update shoal.strategies set status = 'running' where id = $1", [id]);
    await run();
    expect((await venue.until(isOver)).map(({ status }) => status)).toEqual(["rejected"]);
    expect(
      await rows(
        "select status, status_reason, due_at from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id where s.id = $1",
      ),
    ).toMatchObject([
      { status: "paused", status_reason: expect.stringContaining("STRATEGY_KEY_REFUSED: "), due_at: null },
    ]);
    expect((await venue.secrets.list(OWNER))[0]?.refusedAt).toBeInstanceOf(Date);
  });
});
