import { type Clock, type EventSource, errorFields, type Rng, SECOND_MS, sleep } from "@shoal/kernel";
import type { RealtimeServer } from "@shoal/local-supabase";
import type { PoolEvents } from "@shoal/realtime-pool";
import type { PeopleReport } from "../people/protocol.ts";
import { createBreaker } from "./break-server.ts";
import type { ChaosResult, ChaosView, FaultRecord } from "./chaos.types.ts";
import type { ChaosKind, ChaosStep } from "./schedule.ts";
import { watchDamage } from "./watch.ts";

const POLL_MS = 50;
/** Limit of a recovery, in ms, longer than any backoff of the people or the pool: a channel that is not back then stays away. */
const RECOVERY_LIMIT_MS = 60 * SECOND_MS;
/** Time to serve everybody after the last fault, in ms: enough to finish a conversation just begun and to find a new partner. */
const SERVE_LIMIT_MS = 90 * SECOND_MS;
const REFUSING: ReadonlySet<ChaosKind> = new Set(["refuseJoins", "exceedJoins"]);

export interface ChaosParts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly server: Pick<RealtimeServer, "faults" | "events">;
  readonly pool: EventSource<PoolEvents>;
  readonly people: {
    readonly report: Pick<PeopleReport, "people" | "offline" | "failures" | "servedSinceMark" | "marks">;
    mark(): void;
  };
  readonly plan: readonly ChaosStep[];
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/** Runs the plan: one fault after the other, each only when all channels and people are back from the last. */
export function startChaos(parts: ChaosParts) {
  const { clock, plan, people, signal } = parts;
  const records: FaultRecord[] = [];
  let current: ChaosView["current"] = null;
  const breaker = createBreaker(parts.server, parts.rng);
  const watch = watchDamage({
    clock,
    pool: parts.pool,
    server: parts.server.events,
    people: () => people.report,
  });

  /** Waits until all are back and `isDone`, for `limitMs` at most, and returns whether they were. */
  const until = async (isDone: () => boolean, limitMs: number): Promise<boolean> => {
    const endMs = clock.monotonicMs() + limitMs;
    for (;;) {
      const isWell = watch.update();
      if (isWell && isDone()) return true;
      if (clock.monotonicMs() >= endMs) return false;
      await sleep(clock, POLL_MS, signal);
    }
  };

  const runStep = async ({ kind, holdMs, pauseMs }: ChaosStep): Promise<void> => {
    current = kind;
    watch.begin(REFUSING.has(kind));
    const end = breaker.start(kind, holdMs);
    const heldUntilMs = clock.monotonicMs() + holdMs;
    try {
      await until(() => clock.monotonicMs() >= heldUntilMs, holdMs);
    } finally {
      await end();
    }
    const endedMs = clock.monotonicMs();
    current = "recovering";
    const isPauseOver = () => clock.monotonicMs() >= endedMs + pauseMs;
    const isRecovered = await until(isPauseOver, pauseMs + RECOVERY_LIMIT_MS);
    const { channelsBackAtMs, peopleBackAtMs, ...counts } = watch.damage;
    const since = (atMs: number | null, lostCount: number) =>
      atMs === null ? (lostCount > 0 ? null : 0) : Math.max(0, Math.round(atMs - endedMs));
    records.push({
      kind,
      ...counts,
      isRecovered,
      channelsBackMs: since(channelsBackAtMs, counts.channelsLost),
      peopleBackMs: since(peopleBackAtMs, counts.peopleLost),
    });
  };

  const serveAll = async (): Promise<void> => {
    current = "serving";
    const marks = people.report.marks + 1;
    people.mark();
    const isServed = () => {
      const { report } = people;
      return report.marks >= marks && report.servedSinceMark >= report.people;
    };
    await until(isServed, SERVE_LIMIT_MS);
  };

  const run = async (): Promise<ChaosResult> => {
    let isComplete = false;
    let failure: string | null = null;
    try {
      for (const step of plan) await runStep(step);
      await serveAll();
      isComplete = true;
    } catch (thrown) {
      // The server could not be broken or mended. Reported at the end, because the demo has to be drained first.
      const { error_code: code, error_message: message } = errorFields(thrown);
      if (!signal.aborted) failure = `${message} (${code})`;
    } finally {
      breaker.close();
      watch.close();
      current = null;
    }
    const { joinsRefusedBecauseOfUs, channelsDead } = watch;
    return {
      records,
      peopleServed: isComplete ? people.report.servedSinceMark : 0,
      joinsRefusedBecauseOfUs,
      channelsDead,
      isComplete,
      failure,
    };
  };

  return {
    finished: run(),
    view: (): ChaosView => ({ current, number: records.length + 1, of: plan.length, records }),
  };
}
