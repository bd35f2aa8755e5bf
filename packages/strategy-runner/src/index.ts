export { createCompiler } from "./adapters/compiler.ts";
export { createStrategyRunner, type StrategyRunnerOptions } from "./adapters/create-strategy-runner.ts";
export { type CheckOptions, type CheckResult, checkStrategy } from "./check/check-strategy.ts";
export type { Compiler, Language } from "./check/compiler.types.ts";
export type { Diagnostic } from "./check/diagnostics.ts";
export type {
  Engine,
  EngineOptions,
  Handle,
  HostFunction,
  PlainValue,
  PromiseState,
  RunStart,
} from "./engine/engine.types.ts";
export { type FailureKind, type Frame, GuestFailure, GuestThrow } from "./engine/guest-failure.ts";
export type { SeenCall, StoppedAt } from "./guest/wire.ts";
export { journalFromText, journalToText } from "./journal/journal.ts";
export type { CandlesReference, Journal } from "./journal/journal.types.ts";
export { recordedCandles } from "./journal/recorded-candles.ts";
export { type ReplayDifference, type ReplayOptions, type ReplayReport, replay } from "./journal/replay.ts";
export { type RerunOptions, type RerunReport, rerun } from "./journal/rerun.ts";
export { DEFAULT_FUEL, LIMITS } from "./limits.ts";
export type { RunOutcome } from "./outcome.types.ts";
export type { Sandbox } from "./parent/sandbox.types.ts";
export type {
  CandlesNeed,
  CheckedCode,
  HostCall,
  JsonObject,
  JsonValue,
  LogLine,
  OrderIntent,
  OrderType,
  OrderView,
  PortfolioView,
  PositionView,
  RunError,
  RunRequest,
  RunResult,
  Side,
} from "./run.types.ts";
export { StrategyError, type StrategyErrorCode } from "./strategy-error.ts";
export type { RunLimits, StrategyRunner, StrategyRunnerHealth } from "./strategy-runner.ts";
export type { JailReport, Wall, WallName } from "./supervisor/jail.types.ts";
