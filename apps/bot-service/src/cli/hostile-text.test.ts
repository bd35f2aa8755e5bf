import type { AuditRecord, DeadLetterView, JobView } from "@shoal/job-queue";
import { describe, expect, it, vi } from "vitest";
import { drawReport, jsonReport } from "./doctor/report.ts";
import { runToExitCode } from "./exit-code.ts";
import { drawAudit, drawDeadLetters, drawDepths, drawJob, drawJobs, drawPass } from "./jobs/jobs-view.ts";
import { readHealth } from "./status/health-body.ts";
import { drawStatus } from "./status/status-view.ts";
import {
  drawHoldings,
  drawOrders,
  drawOutcome,
  drawRuns,
  drawStrategies,
  drawStrategy,
  drawWholeRun,
} from "./strategies/desk-view.ts";
import * as one from "./strategies/fake-daemon.test-support.ts";
import { drawShadow } from "./strategies/shadow-view.ts";

/** Sets a title, clears the screen, goes back in the line, turns the reading order round, hides. */
const HOSTILE = "a\u001b]0;owned\u0007\u009b2J\rb\u202egpj\u2066\u200b";
const AT = "2026-01-01T10:00:00.000Z";

const job: JobView = {
  ...{
    id: "1",
    type: HOSTILE,
    status: "dead",
    payload: { [HOSTILE]: HOSTILE },
    runAt: AT,
    attempts: 1,
    maxAttempts: 5,
  },
  ...{ priority: 0, uniqueKey: HOSTILE, lastError: HOSTILE, workerId: HOSTILE },
  ...{ startedAt: null, finishedAt: null, createdAt: AT, updatedAt: AT },
};
const letter: DeadLetterView = {
  ...{ id: "1", queue: HOSTILE, messageId: "1", dlqMessageId: "1", readCount: 1, code: HOSTILE, message: HOSTILE },
  ...{ diedAt: AT, redrivenAt: null },
};
const record: AuditRecord = {
  ...{
    id: "1",
    at: AT,
    actor: HOSTILE,
    action: HOSTILE,
    outcome: HOSTILE,
    jobId: null,
    jobType: HOSTILE,
    queue: HOSTILE,
  },
  ...{ workerId: HOSTILE, attempt: 1, epoch: 1, code: HOSTILE, message: HOSTILE, durationMs: 1 },
};
const counts = { pending: 0, running: 0, completed: 0, dead: 0, oldestPendingMs: null, processedLastHour: 0 };
const depth = { queue: HOSTILE, length: 0, visible: 0, oldestMs: null, dlqLength: 0 };
const pass = { queue: HOSTILE, claimed: 0, completed: 0, failed: 0, dead: 0, lost: 0 };
const times = { count: 0, p50: 0, p95: 0 };
const health = readHealth({
  ...{ status: HOSTILE, version: HOSTILE, phase: HOSTILE },
  dependencies: [{ name: HOSTILE, state: HOSTILE, detail: HOSTILE }],
  loops: [{ name: HOSTILE, state: "failing", since: HOSTILE, detail: HOSTILE }],
  fleet: {
    ...{ people: { present: 0, waiting: 0 }, bots: { [HOSTILE]: 1 }, joins: { total: 0, refused: 0 } },
    ...{ matches: { personPerson: 0, personBot: 0, live: 0 }, errorsByClass: { [HOSTILE]: 1 } },
  },
  connections: {
    ...{ reconnectAttempts: 0, rejoinAttempts: 0, responseMs: { join: times, heartbeat: times } },
    errors: { recent: [{ at: AT, connection: HOSTILE, errorClass: HOSTILE, reason: HOSTILE }] },
  },
});
const strategy = {
  ...{ ...one.strategy, name: HOSTILE, status_reason: HOSTILE, cron: HOSTILE, executionInterval: null, zone: HOSTILE },
  ...{ venue: HOSTILE, market: HOSTILE, secret: HOSTILE, config: { [HOSTILE]: HOSTILE } },
  stats: { ...one.strategy.stats, last_error: HOSTILE, skipped_reason: HOSTILE },
};
const failure = { code: HOSTILE, message: HOSTILE };
const wholeRun = {
  ...{ ...one.run, error: failure, notifications: [HOSTILE], image_hash: HOSTILE, journal: null },
  logs: [{ level: "warn" as const, text: HOSTILE }],
};
const order = { ...one.order, reason: HOSTILE, symbol: HOSTILE };
const holdings = {
  positions: [{ symbol: HOSTILE, quantity: HOSTILE, cost: "1", realised_profit: "1", paid_fees: "1", updated_at: AT }],
  ...{ balances: [{ currency: HOSTILE, amount: HOSTILE, updated_at: AT }], equity: HOSTILE },
};
const shadow = {
  ...{ strategy, config: { [HOSTILE]: HOSTILE }, sinceMs: 0, forgottenCount: 0 },
  runs: [
    {
      run: wholeRun,
      shadow: {
        ...{ kind: "compared" as const, onlyNew: [], changed: [], equalCount: 0, unansweredCount: 0, short: [] },
        error: { code: "STRATEGY_THREW" as const, message: HOSTILE },
        onlyOld: [{ kind: "cancel" as const, orderId: HOSTILE }],
      },
    },
  ],
};
const report = {
  subject: HOSTILE,
  results: [
    { name: "http", status: "fail", found: HOSTILE, todo: HOSTILE },
    { name: "tcp", status: "skipped", found: HOSTILE },
  ],
} as const;

describe("what others have said", () => {
  it.each([
    ["jobs", () => drawJobs([job])],
    ["one job", () => drawJob(job)],
    ["dead letters", () => drawDeadLetters([letter])],
    ["the audit", () => drawAudit([record])],
    ["depths", () => drawDepths(counts, [depth])],
    ["a pass", () => drawPass({ jobs: null, queues: [pass] })],
    ["the status", () => drawStatus("http://x", health ?? expect.fail()).join("\n")],
    ["strategies", () => drawStrategies([strategy], {})],
    ["a strategy", () => drawStrategy(strategy)],
    ["what became of a strategy", () => drawOutcome(strategy)],
    ["runs of a strategy", () => drawRuns([wholeRun], {})],
    ["a run of a strategy", () => drawWholeRun(wholeRun)],
    ["orders of a strategy", () => drawOrders([order], {})],
    ["what a strategy holds", () => drawHoldings(holdings, {})],
    ["what a deploy would have done", () => drawShadow(HOSTILE, shadow)],
    ["the report of doctor", () => drawReport(report)],
    ["the JSON of doctor", () => jsonReport(report)],
  ])("reaches the terminal escaped, in %s", (_where, draw) => {
    const text = draw();
    expect(text).toContain("owned");
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });

  it("reaches the terminal escaped, in an error", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await runToExitCode("shoal", () => Promise.reject(new Error(`two\nlines ${HOSTILE}`)));
    const text = write.mock.calls.map(([chunk]) => chunk).join("");
    write.mockRestore();
    expect(text.split("\n")).toHaveLength(3);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });
});
