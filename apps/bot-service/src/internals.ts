/** Exports parts of the daemon for benchmarks, which compose them as `service.ts` does, and for tests of what deploys it. */
export { createTradeFold } from "./analytics/fold.ts";
export { type AnalyticsPart, createAnalyticsPart } from "./analytics/part.ts";
export { ANALYTICS_QUERIES, type AnalyticsQueryName } from "./analytics/queries.ts";
export { type AnalyticsReader, createAnalyticsReader } from "./analytics/reader.ts";
export { variables } from "./config/variables.ts";
export { parseConfig } from "./config.ts";
export { type Control, createControl } from "./control/control.ts";
export { BotRegistry } from "./fleet/bot-registry.ts";
export { BotManager } from "./fleet/manager.ts";
export { buildFleetConfig } from "./fleet-config.ts";
export { createHttpApp } from "./http/app.ts";
export { createLimitedLines } from "./limited-lines.ts";
export { takeJoinsTurn } from "./replicas/budget/statements.ts";
export { createMembers } from "./replicas/members.ts";
export { runBacktest } from "./strategies/backtest/backtest.ts";
export { createBacktestBook } from "./strategies/backtest/book.ts";
export { planSteps } from "./strategies/backtest/plan.ts";
export { createStrategiesPart } from "./strategies/part.ts";
