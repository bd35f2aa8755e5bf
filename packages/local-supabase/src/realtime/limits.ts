import { FleetError, SECOND_MS } from "@shoal/kernel";

/** The limits of one project. Every number is whole and 0 or more; Infinity means no limit. */
export interface Limits {
  /** Sockets that have joined a channel at least once. */
  readonly concurrentSockets: number;
  readonly channelsPerSocket: number;
  /** Joins per second, averaged by `RateCounter`, as are the two below. */
  readonly joinsPerSecond: number;
  /** Broadcasts per second, each counted once when it is sent and once for each receiver. */
  readonly eventsPerSecond: number;
  /** Presence states, tracks and delivered diffs per second. */
  readonly presenceEventsPerSecond: number;
  /** Presence calls of one channel in one window of `presenceWindowMs`, which begins at its first call. */
  readonly presenceCalls: number;
  /** At least 1. */
  readonly presenceWindowMs: number;
  /** Largest payload of one message. */
  readonly payloadBytes: number;
  /** Largest frame; a larger one closes its socket with 1009. */
  readonly frameBytes: number;
}

/** The limits of a plan of Supabase, of a self-hosted server, or no limits but those on sizes. */
export type PlanName = "free" | "pro" | "team" | "self-hosted" | "unlimited";

/** A plan, or single limits that replace those of `plan` (default: self-hosted). */
export type LimitsOption = PlanName | ({ readonly plan?: PlanName } & Partial<Limits>);

const NONE = Number.POSITIVE_INFINITY;

const SELF_HOSTED: Limits = {
  concurrentSockets: 200,
  channelsPerSocket: 100,
  joinsPerSecond: 100,
  eventsPerSecond: 100,
  presenceEventsPerSecond: 1000,
  presenceCalls: 5,
  presenceWindowMs: 30 * SECOND_MS,
  payloadBytes: 3_000_000,
  frameBytes: 5_000_000,
};

/** @source REALTIME.md 2.1, from Supabase's page of limits and the defaults of the server 2.129.8 */
export const PLANS: Readonly<Record<PlanName, Limits>> = {
  free: { ...SELF_HOSTED, presenceEventsPerSecond: 20, payloadBytes: 256_000 },
  pro: {
    ...SELF_HOSTED,
    concurrentSockets: 500,
    joinsPerSecond: 500,
    eventsPerSecond: 500,
    presenceEventsPerSecond: 50,
  },
  team: { ...SELF_HOSTED, concurrentSockets: 10_000, joinsPerSecond: 2500, eventsPerSecond: 2500 },
  "self-hosted": SELF_HOSTED,
  unlimited: {
    ...SELF_HOSTED,
    concurrentSockets: NONE,
    channelsPerSocket: NONE,
    joinsPerSecond: NONE,
    eventsPerSecond: NONE,
    presenceEventsPerSecond: NONE,
    presenceCalls: NONE,
  },
};

/** Resolves an option to limits. @throws LOCAL_REALTIME_LIMITS names every problem at once */
export function resolveLimits(option: LimitsOption = "self-hosted"): Limits {
  const { plan = "self-hosted", ...overrides } = typeof option === "string" ? { plan: option } : option;
  const base = Object.hasOwn(PLANS, plan) ? PLANS[plan] : undefined;
  const limits: Limits = { ...(base ?? SELF_HOSTED), ...withoutUndefined(overrides) };
  const problems = [
    ...(base ? [] : [`plan is ${JSON.stringify(plan)}; known are ${Object.keys(PLANS).join(", ")}`]),
    ...Object.entries(limits).flatMap(([name, value]) => problemOf(name, value)),
  ];
  if (problems.length === 0) return limits;
  throw new FleetError("LOCAL_REALTIME_LIMITS", `the realtime limits cannot be used: ${problems.join("; ")}`, {
    details: { problems },
  });
}

function problemOf(name: string, value: unknown): readonly string[] {
  if (!Object.hasOwn(SELF_HOSTED, name)) {
    return [`${name} is no limit; known are ${Object.keys(SELF_HOSTED).join(", ")}`];
  }
  const least = name === "presenceWindowMs" ? 1 : 0;
  const isUsable = typeof value === "number" && value >= least && (Number.isInteger(value) || value === NONE);
  return isUsable ? [] : [`${name} is ${String(value)}; it is a whole number from ${least}, or Infinity`];
}

function withoutUndefined(overrides: Partial<Limits>): Partial<Limits> {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
}
