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
