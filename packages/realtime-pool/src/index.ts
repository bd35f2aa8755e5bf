export { createRealtimePool } from "./create-pool.ts";
export { PoolError, type PoolErrorCode } from "./errors.ts";
export type { ServerAge } from "./options.ts";
export { DEFAULT_OPTIONS, type PoolOptions, type RealtimePoolConfig, type StartMode } from "./options.ts";
export { PLAN_LIMITS } from "./plans.ts";
export type * from "./types.ts";
