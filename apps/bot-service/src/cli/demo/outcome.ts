import type { DrainReport, ServiceSnapshot } from "../../service.types.ts";
import type { PeopleReport } from "./people/protocol.ts";

/** What `--json` prints. Joins, refusals and errors are those of the daemon and the people together. */
export interface DemoOutcome {
  readonly people: number;
  readonly people_matched: number;
  readonly bots: number;
  readonly matches_person_person: number;
  readonly matches_person_bot: number;
  readonly messages: number;
  readonly time_to_match_ms: { readonly p50: number | null; readonly p99: number | null };
  readonly joins: number;
  readonly joins_refused: number;
  readonly errors_by_class: Readonly<Record<string, number>>;
  readonly drained: boolean;
}

/** Puts the two processes' figures together. `bots` is the most that ran at once. */
export function outcomeOf(
  people: PeopleReport,
  service: ServiceSnapshot,
  mostBots: number,
  drain: DrainReport,
): DemoOutcome {
  return {
    people: people.people,
    people_matched: people.everMatched,
    bots: mostBots,
    matches_person_person: people.matchesPersonPerson,
    matches_person_bot: people.matchesPersonBot,
    messages: people.messagesSent + service.messages.sent,
    time_to_match_ms: { p50: percentile(people.timeToMatchMs, 0.5), p99: percentile(people.timeToMatchMs, 0.99) },
    joins: people.joins + service.joins.total,
    joins_refused: people.joinsRefused + service.joins.refused,
    errors_by_class: addUp(people.errorsByClass, service.errorsByClass),
    drained: drain.clean,
  };
}

/** The demo did what it promises. */
export function isSuccess(outcome: DemoOutcome): boolean {
  return outcome.drained && outcome.matches_person_person + outcome.matches_person_bot > 0;
}

/** Nearest rank, rounded to whole ms; null without samples. */
export function percentile(samples: readonly number[], ratio: number): number | null {
  const sorted = [...samples].sort((left, right) => left - right);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * ratio) - 1)];
  return value === undefined ? null : Math.round(value);
}

/** The sum by class, without the classes that did not occur. */
export function addUp(...records: Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of records.flatMap((record) => Object.entries(record))) {
    if (count > 0) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
