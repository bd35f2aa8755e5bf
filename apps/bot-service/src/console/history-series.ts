import type { Counts } from "./counts.ts";
import type { Unjudged } from "./snapshot.ts";
import { BREAKER_CODES } from "./thresholds.ts";

/** What series are read from. */
export interface Figures {
  readonly snapshot: Unjudged;
  readonly counts: Counts;
}

export interface Series {
  readonly unit: "count" | "per second" | "ms" | "bytes" | "ratio" | "state";
  /** The figure of now; null where there is none. Of a series per second: the total since the start. */
  readonly read: (figures: Figures) => number | null;
  /** What ten seconds are worth: the mean of them, or the most. Default: the mean. */
  readonly isMost?: boolean;
}

type Read = (snapshot: Unjudged) => number | null | undefined;

const of = (unit: Series["unit"], read: Read): Series => ({ unit, read: ({ snapshot }) => read(snapshot) ?? null });
const most = (unit: Series["unit"], read: Read): Series => ({ ...of(unit, read), isMost: true });
const count = (read: Read) => of("count", read);
const rate = (read: Read) => of("per second", read);
const counted = (read: (counts: Counts) => number): Series => ({
  unit: "per second",
  read: ({ counts }) => read(counts),
});
const sum = (values: Readonly<Record<string, number>>, ...names: readonly string[]) =>
  Object.entries(values).reduce(
    (total, [name, value]) => total + (names.length === 0 || names.includes(name) ? value : 0),
    0,
  );

const BUSY = ["reserved", "joining", "waiting", "talking", "handing", "taking", "leaving"];

/** Counts the bots that talk or may. */
export const countRunning = (states: Unjudged["bots"]["states"]) => sum(states, "idle", ...BUSY);

/** THE TABLE of what histories are kept of: a new one is one line here. Each costs 40 kB. */
export const SERIES = {
  people_present: count(({ people }) => people.present),
  people_waiting: most("count", ({ people }) => people.waiting),
  longest_wait_ms: most("ms", ({ people }) => people.longest_wait_ms ?? 0),
  people_waits_per_s: counted(({ waits }) => waits),
  people_long_waits_per_s: counted(({ longWaits }) => longWaits),
  bots_target: count(({ bots }) => bots.target),
  bots_running: count(({ bots }) => countRunning(bots.states)),
  bots_idle: count(({ bots }) => sum(bots.states, "idle")),
  bots_talking: count(({ bots }) => sum(bots.states, ...BUSY)),
  bots_quarantined: most("count", ({ bots }) => bots.quarantined),
  matches_live: count(({ matches }) => matches.live),
  matches_per_s: rate(({ matches }) => matches.person_bot + matches.person_person),
  messages_per_s: rate(({ messages }) => messages.sent + messages.received),
  messages_malformed_per_s: rate(({ messages }) => messages.malformed),
  replies_model_per_s: counted(({ byModel }) => byModel),
  replies_rules_per_s: counted(({ byRules }) => byRules),
  replies_safety_per_s: counted(({ bySafety }) => bySafety),
  sockets_open: count(({ pool }) => pool.sockets.open),
  slots_held: count(({ pool }) => pool.slots.held),
  slots_capacity: count(({ pool }) => pool.slots.capacity),
  channels_joined: count(({ pool }) => pool.channels.joined),
  channels_waiting: most("count", ({ pool }) => pool.channels.waiting + pool.channels.joining),
  joins_pending: most("count", ({ pool }) => pool.joins.pending),
  joins_per_s: rate(({ pool }) => pool.joins.total),
  joins_refused_per_s: rate(({ pool }) => pool.joins.refused),
  joins_refused_by_rate_per_s: counted(({ joinsRefusedByRate }) => joinsRefusedByRate),
  joins_refused_otherwise_per_s: counted(({ joinsRefused }) => joinsRefused),
  joins_used: count(({ pool }) => pool.budgets.joins.used),
  joins_allowed: count(({ pool }) => pool.budgets.joins.allowed),
  events_used: count(({ pool }) => pool.budgets.events.used),
  events_allowed: count(({ pool }) => pool.budgets.events.allowed),
  presence_used: count(({ pool }) => pool.budgets.presence.used),
  presence_allowed: count(({ pool }) => pool.budgets.presence.allowed),
  handshakes_per_s: counted(({ handshakes }) => handshakes),
  reconnects_per_s: rate(({ pool }) => pool.reconnects),
  sends_refused_per_s: counted(({ sendsRefused }) => sendsRefused),
  response_p99_ms: most("ms", ({ pool }) => pool.response_ms.p99),
  errors_per_s: rate(({ pool }) => sum(pool.errors_by_class)),
  errors_auth_per_s: counted(({ authErrors }) => authErrors),
  breaker: most("state", ({ pool }) => BREAKER_CODES[pool.breaker.state]),
  jobs_pending: count(({ work }) => work?.jobs.pending),
  jobs_running: count(({ work }) => work?.jobs.running),
  jobs_dead: count(({ work }) => work?.jobs.dead),
  jobs_claimed_per_s: counted(({ jobsClaimed }) => jobsClaimed),
  jobs_dead_per_s: counted(({ jobsDead }) => jobsDead),
  messages_pending: count(({ work }) => work?.messages.pending),
  dead_letters: count(({ work }) => work?.messages.dead),
  strategies_running: count(({ strategies }) => strategies?.running),
  strategies_due: count(({ strategies }) => strategies?.due),
  strategy_runs_per_s: counted(({ runs }) => runs),
  strategy_failures_per_s: counted(({ runsFailed }) => runsFailed),
  strategies_quarantined_per_s: counted(({ quarantined }) => quarantined),
  db_busy: count(({ database }) => database.busy),
  db_waiting: most("count", ({ database }) => database.waiting),
  statements_per_s: counted(({ statements }) => statements),
  db_waits_per_s: counted(({ connectionWaits }) => connectionWaits),
  db_scarce_waits_per_s: counted(({ scarceWaits }) => scarceWaits),
  db_long_waits_per_s: counted(({ longScarceWaits }) => longScarceWaits),
  resident_bytes: of("bytes", ({ process: own }) => own.resident_bytes),
  heap_used_bytes: of("bytes", ({ process: own }) => own.heap_used_bytes),
  cpu_ratio: of("ratio", ({ process: own }) => own.cpu_ratio),
  lag_ms: most("ms", ({ process: own }) => own.lag_ms),
  streams: count(({ process: own }) => own.streams),
} as const satisfies Readonly<Record<string, Series>>;

export type SeriesName = keyof typeof SERIES;
