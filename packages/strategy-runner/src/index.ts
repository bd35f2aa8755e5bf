export { createStrategyRunner, type StrategyRunnerOptions } from "./adapters/create-strategy-runner.ts";
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
export { StrategyRunnerError, type StrategyRunnerErrorCode } from "./errors.ts";
export type { RunLimits, StrategyRunner, StrategyRunnerHealth } from "./strategy-runner.ts";
export type { JailReport, Wall, WallName } from "./supervisor/jail.types.ts";
