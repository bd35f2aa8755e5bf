import type { ConsoleSnapshot } from "@shoal/bot-service/bodies";
import { SECOND_MS } from "@shoal/kernel";
import { formatDuration, inWords, plural } from "./format.ts";
import type { Tone } from "./parts/badge.tsx";

/** Something that hurts people, or will. */
export interface Reason {
  readonly key: string;
  readonly tone: Extract<Tone, "bad" | "warn" | "info">;
  readonly text: string;
  readonly detail: string | null;
  readonly since: string | null;
  /** Name of the page that says what to do. */
  readonly runbook: string | null;
}

/** Is anybody hurt? */
export interface Verdict {
  readonly tone: Tone;
  /** For the header: one or two words. */
  readonly word: string;
  readonly text: string;
  readonly reasons: readonly Reason[];
}

/** Figures older than this say nothing about now: one comes each second. */
export const STALE_MS = 5 * SECOND_MS;

/** Says whether anybody is hurt, by the latest figures and their age. Old figures are never good news. */
export function verdictOf(snapshot: ConsoleSnapshot | null, ageMs: number): Verdict {
  if (!snapshot) return { tone: "off", word: "Waiting", text: "Waiting for the first figures.", reasons: [] };
  const reasons = reasonsOf(snapshot);
  if (ageMs >= STALE_MS) {
    const text = `Nobody knows: the daemon has said nothing for ${formatDuration(ageMs)}.`;
    return { tone: "warn", word: "Unknown", text, reasons };
  }
  const [bad, warn] = (["bad", "warn"] as const).map((tone) => reasons.filter((reason) => reason.tone === tone).length);
  if (bad) return { tone: "bad", word: "Hurt", text: `People are hurt: ${plural(bad, "cause")}.`, reasons };
  if (snapshot.phase === "starting")
    return { tone: "info", word: "Starting", text: "The daemon is starting.", reasons };
  if (snapshot.phase === "draining") {
    return {
      tone: "info",
      word: "Draining",
      text: "The daemon drains: it ends what it does, and takes nothing new.",
      reasons,
    };
  }
  if (warn) {
    return {
      tone: "warn",
      word: "Look",
      text: `Nobody is hurt now; ${plural(warn, "thing")} may soon hurt somebody.`,
      reasons,
    };
  }
  return { tone: "good", word: "All well", text: "Nobody is hurt.", reasons };
}

/** Alerts that fire, and what the figures show before an alert has lasted long enough to. The worst first. */
function reasonsOf(snapshot: ConsoleSnapshot): readonly Reason[] {
  const alerts = snapshot.firing.map(
    ({ alert, severity, summary, detail, since }): Reason => ({
      ...{ key: alert, text: summary, detail, since, runbook: alert },
      tone: severity === "critical" ? "bad" : "warn",
    }),
  );
  const known = new Set(alerts.map(({ key }) => key));
  const early = [...dependencyReasons(snapshot), ...loopReasons(snapshot), ...realtimeReasons(snapshot)];
  const all = [...alerts, ...early.filter(({ runbook }) => runbook === null || !known.has(runbook))];
  return all.toSorted((one, other) => RANK[one.tone] - RANK[other.tone]);
}

const RANK = { bad: 0, warn: 1, info: 2 } as const;

/** A room that is being joined degrades Realtime for a moment, each time that two begin to talk. */
const USUAL_MS = 10 * SECOND_MS;

function dependencyReasons({ at, readiness, phase }: ConsoleSnapshot): readonly Reason[] {
  const isPassing = (since: string) => Date.parse(at) - Date.parse(since) < USUAL_MS;
  return readiness.dependencies
    .filter(({ state, since }) => state === "down" || (state === "degraded" && !isPassing(since)))
    .map(({ name, required, state, detail, error_code, since }) => ({
      key: `dependency:${name}`,
      tone: state === "down" && required && phase === "open" ? "bad" : "warn",
      text: `${inWords(name)} is ${state}.`,
      detail: detail ?? error_code,
      since,
      runbook: RUNBOOK_OF_DEPENDENCY[name] ?? null,
    }));
}

const RUNBOOK_OF_DEPENDENCY: Readonly<Record<string, string | undefined>> = {
  database: "ShoalDatabaseAway",
  redis: "ShoalRedisDown",
};

/** So many loops that fail are named one by one; more of them have one cause, which would stand among them unseen. */
const LOOPS_NAMED = 2;

function loopReasons({ readiness: { loops } }: ConsoleSnapshot): readonly Reason[] {
  const failing = loops.filter(({ state }) => state === "failing");
  if (failing.length > LOOPS_NAMED) {
    const [since = null] = failing.map((loop) => loop.since).toSorted();
    return [
      {
        ...{ key: "loops", tone: "warn", since, runbook: "ShoalLoopFailing" },
        text: `${failing.length} of ${plural(loops.length, "loop")} fail.`,
        detail: failing.map(({ name }) => name).join(", "),
      },
    ];
  }
  return failing.map(({ name, detail, error_code, since, failure_count }) => ({
    ...{ key: `loop:${name}`, tone: "warn", since, runbook: "ShoalLoopFailing" },
    text: `The loop "${name}" fails, ${plural(failure_count, "time")} in a row.`,
    detail: detail ?? error_code,
  }));
}

/** What Realtime's state means for people. */
const BREAKER_TEXT = {
  held: { tone: "warn", text: "Realtime's limit of joins was reached: joins wait.", runbook: "ShoalPeopleLockedOut" },
  away: { tone: "bad", text: "Realtime does not answer: nobody can talk.", runbook: "ShoalBreakerAway" },
  refused: { tone: "bad", text: "Realtime refuses the key or the project.", runbook: "ShoalBreakerRefused" },
} as const;

function realtimeReasons({ pool: { breaker } }: ConsoleSnapshot): readonly Reason[] {
  if (breaker.state === "up" || breaker.state === "unknown") return [];
  const detail = breaker.cause ?? breaker.error_class;
  return [{ key: "breaker", ...BREAKER_TEXT[breaker.state], detail, since: breaker.since }];
}
