import { MINUTE_MS, type Runtime, SECOND_MS } from "@shoal/kernel";
import { badOptions } from "./errors.ts";
import type { JoinAllowance } from "./join-allowance.ts";

/**
 * When the first join of each client is sent.
 *
 * - `quota`: at once, as far as the join budget reaches.
 * - `stagger`: one client after the other, a random `minMs` to `maxMs` apart. @source SPEC A, staggered start
 */
export type StartMode =
  | { readonly mode: "quota" }
  | { readonly mode: "stagger"; readonly minMs: number; readonly maxMs: number };

/** Whether a server first met now is taken to have been up for a minute (`warm`) or to have just started (`cold`). */
export type ServerAge = "warm" | "cold";

/** Everything tunable. Times in ms. */
export interface PoolOptions {
  /**
   * Whether topics are private unless their channel says otherwise: those that are joined, notices, and the pool's own (canary, probe).
   * A project without public access needs it. Default false.
   */
  readonly private: boolean;
  /** Channels one socket carries, 1 to 100. Default 10; 90 is sensible at scale. @source REALTIME.md 2.1: the server allows 100 */
  readonly channelsPerSocket: number;
  /** Sockets at most, 1 or more. Default 100. */
  readonly maxSockets: number;
  /** Channels that may wait for a slot beyond the capacity, 0 or more. Default 1,000. */
  readonly maxWaiting: number;
  /** The plan's limit of joins per second. Default 100. @source REALTIME.md 2.1 (Free) */
  readonly joinsPerSecond: number;
  /** The part of each limit per second this pool may spend, 0.01 to 1; the rest is for people. Default 0.8. */
  readonly joinShare: number;
  /** The time over which the server averages what it limits per second. Default 60,000. @source REALTIME.md 2.2: 12 ticks of 5 s */
  readonly windowMs: number;
  /** The plan's limit of events per second: messages sent and messages delivered. Default 100. @source REALTIME.md 2.1 (Free) */
  readonly eventsPerSecond: number;
  /** The plan's limit of presence events per second. Default 20. @source REALTIME.md 2.1 (Free) */
  readonly presenceEventsPerSecond: number;
  /** How long a message or notice waits for its turn when the events budget is spent, then POOL_SEND_THROTTLED. Default 5,000. */
  readonly sendWaitMs: number;
  /** How a server of unknown age is treated. Default `warm`; a restart we see is always `cold`. @source REALTIME.md 8 */
  readonly unknownServerAge: ServerAge;
  /** Default: stagger, 5,000 to 8,000. */
  readonly start: StartMode;
  /** Default 25,000. The server drops a socket silent for 60 s. @source REALTIME.md 1 */
  readonly heartbeatMs: number;
  /**
   * An unanswered heartbeat ends its socket after this much silence, or when the next one is due, if that is earlier.
   * Default 15,000; a join that is refused keeps the server silent for 5,000, which does not count.
   */
  readonly staleAfterMs: number;
  /**
   * How often one channel of the pool's own sends itself a broadcast, to see that messages do come through: 0, the
   * default, for never, or 1,000 and more. Two lost in a row close its socket. It takes a slot, a join and two events
   * each time.
   */
  readonly canaryMs: number;
  /** Handshake limit. Default 10,000. */
  readonly connectTimeoutMs: number;
  /** Handshakes in flight at once. Default 20: 1,000 channels at 90 per socket need 12. */
  readonly maxHandshakes: number;
  /** Default 10,000. */
  readonly joinTimeoutMs: number;
  /** Receipts and presence replies. Default 10,000. */
  readonly replyTimeoutMs: number;
  /** Waits between joins: base, ceiling and proportional jitter. Defaults 2,000, 30,000 and 0.3. @source SPEC A, backoff row */
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly retryJitterRatio: number;
  /** Waits between probes of a server that is away: base and ceiling. Defaults 500 and 1,500. */
  readonly probeBaseMs: number;
  readonly probeMaxMs: number;
  /** How long a channel must stay joined before its failures are forgotten. Default 60,000. @source REALTIME.md 7.5 */
  readonly stableAfterMs: number;
  /** A socket without slots closes after this. Default 5,000. */
  readonly idleSocketMs: number;
  /** Limit of `close()` and of a single leave; a channel with a presence entry waits for its turn for four fifths of it. Default 5,000. */
  readonly drainLimitMs: number;
  /** Presence calls per channel and window. Defaults 5 and 30,000. @source REALTIME.md 2.1 */
  readonly presenceCalls: number;
  readonly presenceWindowMs: number;
  /** HTTP broadcasts in flight at once, and retries of each. Defaults 10 and 3. */
  readonly maxNotices: number;
  readonly noticeRetries: number;
}

export const DEFAULT_OPTIONS = {
  private: false,
  channelsPerSocket: 10,
  maxSockets: 100,
  maxWaiting: 1000,
  joinsPerSecond: 100,
  joinShare: 0.8,
  eventsPerSecond: 100,
  presenceEventsPerSecond: 20,
  sendWaitMs: 5 * SECOND_MS,
  windowMs: MINUTE_MS,
  unknownServerAge: "warm",
  start: { mode: "stagger", minMs: 5 * SECOND_MS, maxMs: 8 * SECOND_MS },
  heartbeatMs: 25 * SECOND_MS,
  staleAfterMs: 15 * SECOND_MS,
  canaryMs: 0,
  connectTimeoutMs: 10 * SECOND_MS,
  maxHandshakes: 20,
  joinTimeoutMs: 10 * SECOND_MS,
  replyTimeoutMs: 10 * SECOND_MS,
  retryBaseMs: 2 * SECOND_MS,
  retryMaxMs: 30 * SECOND_MS,
  retryJitterRatio: 0.3,
  probeBaseMs: 500,
  probeMaxMs: 1500,
  stableAfterMs: MINUTE_MS,
  idleSocketMs: 5 * SECOND_MS,
  drainLimitMs: 5 * SECOND_MS,
  presenceCalls: 5,
  presenceWindowMs: 30 * SECOND_MS,
  maxNotices: 10,
  noticeRetries: 3,
} as const satisfies PoolOptions;

/**
 * What each plan allows per second, for `options`: `{ ...PLAN_LIMITS.pro }`. `self-hosted` are the defaults of a server
 * of one's own. @source https://supabase.com/docs/guides/realtime/limits, REALTIME.md 2.1
 */
export const PLAN_LIMITS = {
  free: { joinsPerSecond: 100, eventsPerSecond: 100, presenceEventsPerSecond: 20 },
  pro: { joinsPerSecond: 500, eventsPerSecond: 500, presenceEventsPerSecond: 50 },
  team: { joinsPerSecond: 2500, eventsPerSecond: 2500, presenceEventsPerSecond: 1000 },
  "self-hosted": { joinsPerSecond: 100, eventsPerSecond: 100, presenceEventsPerSecond: 1000 },
} as const;

/** What `createRealtimePool` takes. */
export interface RealtimePoolConfig {
  /** The Supabase base URL, http or https; `/realtime/v1` is appended. */
  readonly url: string;
  /** Anon, publishable, service_role or secret key. Never logged. */
  readonly apiKey: string;
  /**
   * The token channels join with. Asked for once for the whole pool, again at 80 % of its life or a minute before its
   * end (the `exp` of a JWT, by this machine's clock), and at once when the server refuses it; joined channels are given
   * the new one. A call may take 10 s. Null: the key alone. Default: the key alone, for ever.
   */
  readonly accessToken?: () => Promise<string | null>;
  /**
   * Where leave to join is taken from, for replicas that share one project's limit. Default: `joinsPerSecond` and `joinShare`,
   * counted in this process alone.
   */
  readonly joinAllowance?: JoinAllowance;
  /** Clock, chance, ids and log. Default: the system's, with a silent log. */
  readonly runtime?: Runtime;
  readonly options?: Partial<PoolOptions>;
}

type Range = readonly [name: NumericOption, min: number, max: number];
type NumericOption = {
  [Name in keyof PoolOptions]: PoolOptions[Name] extends number ? Name : never;
}[keyof PoolOptions];

/** Timers hold at most 2^31 - 1 ms; no option may ask for more. */
export const MAX_MS = 2 ** 31 - 1;

const MIN_CANARY_MS = SECOND_MS;

const WHOLE: readonly Range[] = [
  ["channelsPerSocket", 1, 100],
  ["maxSockets", 1, 100_000],
  ["maxWaiting", 0, 1_000_000],
  ["maxHandshakes", 1, 1000],
  ["presenceCalls", 1, 1000],
  ["maxNotices", 1, 1000],
  ["noticeRetries", 0, 100],
];

const REAL: readonly Range[] = [
  ["joinsPerSecond", 0.1, 1_000_000],
  ["joinShare", 0.01, 1],
  ["eventsPerSecond", 0.1, 1_000_000],
  ["presenceEventsPerSecond", 0.1, 1_000_000],
  ["sendWaitMs", 0, MAX_MS],
  ["windowMs", 5000, MAX_MS],
  ["heartbeatMs", 100, 55_000],
  ["staleAfterMs", 100, MAX_MS],
  ["canaryMs", 0, MAX_MS],
  ["connectTimeoutMs", 1, MAX_MS],
  ["joinTimeoutMs", 1, MAX_MS],
  ["replyTimeoutMs", 1, MAX_MS],
  ["retryBaseMs", 0, MAX_MS],
  ["retryMaxMs", 0, MAX_MS],
  ["retryJitterRatio", 0, 1],
  ["probeBaseMs", 1, MAX_MS],
  ["probeMaxMs", 1, MAX_MS],
  ["stableAfterMs", 0, MAX_MS],
  ["idleSocketMs", 0, MAX_MS],
  ["drainLimitMs", 0, MAX_MS],
  ["presenceWindowMs", 1, MAX_MS],
];

/** Defaults filled in and checked. @throws POOL_BAD_OPTIONS naming every problem at once */
export function resolveOptions(config: Pick<RealtimePoolConfig, "url" | "apiKey" | "options">): PoolOptions {
  const options: PoolOptions = { ...DEFAULT_OPTIONS, ...config.options };
  const problems = [
    ...urlProblems(config.url),
    ...(config.apiKey.trim() === "" ? ["apiKey is empty; give the project's anon, service_role or secret key"] : []),
    ...WHOLE.flatMap((range) => rangeProblems(options, range, true)),
    ...REAL.flatMap((range) => rangeProblems(options, range, false)),
    ...(options.canaryMs > 0 && options.canaryMs < MIN_CANARY_MS
      ? [`canaryMs is ${options.canaryMs}, expected 0, or ${MIN_CANARY_MS} and more`]
      : []),
    ...startProblems(options.start),
  ];
  if (problems.length > 0) throw badOptions(problems);
  return Object.freeze(options);
}

function urlProblems(url: string): string[] {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return [];
  return ["url must be an http or https address such as https://project.supabase.co"];
}

function rangeProblems(options: PoolOptions, [name, min, max]: Range, isWhole: boolean): string[] {
  const value = options[name];
  const isFine = value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return isFine ? [] : [`${name} is ${value}, expected ${isWhole ? "a whole number " : ""}from ${min} to ${max}`];
}

function startProblems(start: StartMode): string[] {
  if (start.mode === "quota") return [];
  const isFine = start.minMs >= 0 && start.maxMs >= start.minMs && start.maxMs <= MAX_MS;
  return isFine ? [] : [`start is ${start.minMs} to ${start.maxMs} ms, expected 0 <= minMs <= maxMs`];
}
