export { abortable } from "./abortable.ts";
export { type Alarm, createAlarm } from "./alarm.ts";
export { type Backoff, backoffDelayMs, fullJitter, proportionalJitter } from "./backoff.ts";
export { boundedBytes } from "./bounded-bytes.ts";
export { type BoundedMemory, createBoundedMemory } from "./bounded-memory.ts";
export { type Clock, type EpochMs, every, sleep, type Timed, type Timer, withTimeout } from "./clock.ts";
export { type ErrorDetails, errorFields, FleetError, isFleetError, toError } from "./errors.ts";
export { createEmitter, type Emitter, type EventSource, type Unsubscribe } from "./events.ts";
export { parseExactJson } from "./exact-json.ts";
export type { Ids } from "./ids.ts";
export { isInstant } from "./instant.ts";
export { InvariantError, invariant, unreachable } from "./invariant.ts";
export {
  type BoundedJson,
  isDeeperThan,
  isNestedDeeper,
  MAX_JSON_LEVELS,
  parseBoundedJson,
} from "./json.ts";
export { endOfJsonValue } from "./json-scan.ts";
export { type Log, type LogFields, silentLog } from "./log.ts";
export { createLoop, type Loop, type LoopOptions } from "./loop.ts";
export { type LoopReport, type ReportLoop, unreported } from "./loop-report.ts";
export { logOutage, type Outage, type OutageLines } from "./outage.ts";
export { type Attempt, type Failure, type RetryOptions, retry } from "./retry.ts";
export { retryAfterMs } from "./retry-after.ts";
export { integer, pick, type Rng, uniform } from "./rng.ts";
export type { Runtime } from "./runtime.ts";
export { createSampleRing, type DurationSummary, percentile, type SampleRing, summarize } from "./samples.ts";
export { seededRng } from "./seeded-rng.ts";
export { createSlices, type Slices, type SlicesOptions } from "./slices.ts";
export { createSystemClock } from "./system-clock.ts";
export { createSystemRuntime } from "./system-runtime.ts";
export { isStorableJson, isStorableText, isUuid, printable, printableJson, toStorableText } from "./text.ts";
export { type TimeLimit, withTimeLimit } from "./time-limit.ts";
export { isTimeZone, writtenTimeZone } from "./time-zone.ts";
export { refill, type TokenBucket, take, tokenBucket } from "./token-bucket.ts";
export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./units.ts";
