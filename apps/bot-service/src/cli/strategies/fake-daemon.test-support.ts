import { onTestFinished } from "vitest";
import type { OrderBody, RunBody, StatusBody, StrategyBody } from "../../strategies/desk/bodies.ts";
import type { FoundDaemon } from "../daemon.ts";

export const STRATEGY_ID = "7b0f3c1e-8e0a-4f5c-9d6a-1f2e3d4c5b6a";
export const OTHER_ID = "1d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f";
export const OWNER_ID = "0d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f";
export const RUN_ID = "5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f";
const AT = "2026-01-01T10:00:00.000Z";

/** As the daemon answers it. */
export const status: StatusBody = {
  ...{ strategy_id: STRATEGY_ID, name: "mean", owner_id: null, version: 3, status: "running", status_reason: null },
  ...{ is_executing: false, executionInterval: 300, cron: null, zone: "UTC", venue: "paper", market: "synthetic" },
  ...{ secret: null, created_at: AT, updated_at: AT },
  stats: {
    ...{ total_executions: 12, successful_executions: 10, failed_executions: 2, avg_execution_time: 12.345 },
    ...{ last_execution_at: AT, last_execution_duration: 9, next_execution_at: "2026-01-01T10:05:00.000Z" },
    ...{ last_error: "STRATEGY_THREW: no price", consecutive_failures: 0, missed_executions: 1 },
    ...{ skipped_executions: 4, skipped_reason: "no_new_candle", fuel: 1_234_567 },
  },
};

export const strategy: StrategyBody = {
  ...status,
  code_id: "a".repeat(64),
  config: { fast: 5 },
  account: {},
  filter: {},
};

export const run: RunBody = {
  ...{ id: RUN_ID, strategy_id: STRATEGY_ID, epoch: 17, version: 3, code_id: "a".repeat(64), build_id: "b" },
  ...{ planned_at: AT, started_at: "2026-01-01T10:00:01.500Z", duration_ms: 8.25, outcome: "failed" },
  ...{ error: { code: "STRATEGY_THREW", message: "no price", line: 5, column: 13 }, fuel: 75_000 },
  ...{ order_count: 2, equity: "10012.5", has_journal: true },
};

export const order: OrderBody = {
  ...{ id: RUN_ID, strategy_id: STRATEGY_ID, run_id: RUN_ID, number: 1, venue: "paper", symbol: "BTC/USDT" },
  ...{ side: "buy", type: "limit", quantity: "0.5", price: "60000", status: "cancelled" },
  ...{ reason: "TRADING_INSUFFICIENT_CASH: too dear", exchange_id: null, filled: "0.25", average: "59990" },
  ...{ fee: "15", placed_at: AT, updated_at: AT },
};

interface Request {
  /** `POST /strategies/deploy?x=y`. */
  readonly what: string;
  readonly headers: Headers;
  readonly body: unknown;
}

type Answers = Readonly<Record<string, unknown>>;

/** A server in place of the daemon for the test that runs: answers by method and path with a body, or with a `Response`. */
export function fakeDaemon(answers: Answers | ((request: Request) => unknown)) {
  const requests: Request[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      const what = `${request.method} ${pathname}${search}`;
      const asked = { what, headers: request.headers, body: text === "" ? undefined : JSON.parse(text) };
      requests.push(asked);
      const answer = typeof answers === "function" ? answers(asked) : answers[what];
      if (answer instanceof Response) return answer;
      return answer === undefined
        ? problem(404, "HTTP_UNKNOWN_ROUTE", "There is nothing at this address.")
        : Response.json(answer);
    },
  });
  onTestFinished(() => server.stop(true));
  const daemon: FoundDaemon = { url: `http://127.0.0.1:${server.port}`, token: "t0ken" };
  return { daemon: () => daemon, requests, asked: () => requests.map(({ what }) => what), server };
}

/** A refusal as the daemon words it. */
export function problem(status: number, code: string, detail: string, more: object = {}): Response {
  return Response.json({ type: "about:blank", status, code, title: "x", detail, ...more }, { status });
}
