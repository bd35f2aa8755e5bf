import type { DrainReport, Service, ServiceSnapshot } from "@shoal/bot-service/daemon";
import { type ChaosOutcome, isChaosSurvived } from "./chaos/chaos-report.ts";
import { addUp, percentile } from "./figures.ts";
import type { PeopleReport } from "./people/protocol.ts";

/** The output of `--json`. Joins, refusals and errors are those of the daemon and the people together. */
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
  /** Set only for a run with the stand-in model. */
  readonly llm_stub?: {
    readonly turns_by_model: number;
    readonly turns_by_rules: number;
    readonly turns_fixed: number;
    readonly cost_dollars: number;
    readonly matches_across_topics: number;
  };
  /** Set only for a run with faults. */
  readonly chaos?: ChaosOutcome;
}

/** Combines the figures of the two processes. `bots` is the most that ran at once. */
export function outcomeOf(
  people: PeopleReport,
  service: ServiceSnapshot,
  mostBots: number,
  drain: DrainReport,
  chaos?: ChaosOutcome,
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
    ...(chaos ? { chaos } : {}),
  };
}

/** Who spoke, and whether the rules of matching were kept. */
export function stubOutcome(
  { model, rules, safety, dollars }: ReturnType<Service["spoken"]>,
  { matchesAcrossTopics }: PeopleReport,
): NonNullable<DemoOutcome["llm_stub"]> {
  return {
    turns_by_model: model,
    turns_by_rules: rules,
    turns_fixed: safety,
    cost_dollars: dollars,
    matches_across_topics: matchesAcrossTopics,
  };
}

/** Returns whether there was a match of the people, if there are any, the drain was clean, and all faults were survived. */
export function isSuccess(outcome: DemoOutcome): boolean {
  const { drained, matches_person_person: pairs, matches_person_bot: withBot, chaos, people } = outcome;
  if (outcome.llm_stub && outcome.llm_stub.matches_across_topics > 0) return false;
  return drained && (people === 0 || pairs + withBot > 0) && (!chaos || isChaosSurvived(chaos, people));
}
