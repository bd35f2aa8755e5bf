export { createRealtimePool } from "./create-pool.ts";
export { PoolError } from "./errors.ts";
export type { JoinAllowance } from "./join-allowance.ts";
export { PLAN_LIMITS, type PoolOptions } from "./options.ts";
export { MAX_TOPIC_BYTES } from "./pool.ts";
export {
  applyTurn,
  type JoinLedger,
  joinLedger,
  type LedgerAnswer,
  type LedgerFleet,
  type LedgerTurn,
  type ServerNews,
} from "./shared/join-ledger.ts";
export { createSharedAllowance } from "./shared/shared-allowance.ts";
export type { SharedAllowance, SharedAllowanceEvents } from "./shared/shared-allowance.types.ts";
export type {
  AcquireOptions,
  ChannelFigures,
  ChannelStatus,
  ErrorClass,
  FailureCause,
  Payload,
  PoolEvents,
  PooledChannel,
  PooledChannelEvents,
  PoolStats,
  PresenceState,
  RealtimePool,
  RowChange,
  SocketFigures,
} from "./types.ts";
