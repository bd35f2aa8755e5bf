import { HOUR_MS, MINUTE_MS } from "@shoal/kernel";
import type { RuleExplanation, TicketExplanation } from "./rules/explain-rules.ts";
import type { TicketView } from "./types.ts";

/** What is known of one person who waits. */
export interface Wait {
  readonly waitedMs: number;
  /** Whether another person waits. */
  readonly hasCompany: boolean;
  /** Idle bots of this replica that this person may get. */
  readonly idleBots: number;
  /** What rules make of the others who wait, where there are any rules. */
  readonly rules?: TicketExplanation | undefined;
}

/** What a replica knows of itself and of the others, for all who wait. */
export interface WaitSurroundings {
  /** Wait after which a person may get a bot, in ms. */
  readonly botAfterMs: number;
  /** `off`: it never pairs (SHOAL_ROLE=worker). `drains`: it makes no more matches. */
  readonly pairing: "on" | "off" | "drains";
  /** Code of the error with which its latest cycle failed; null: it worked. */
  readonly failureCode: string | null;
  /** People come by the lobby, and this replica does not see it although that is its turn. */
  readonly isLobbyBlind: boolean;
  /** Its bots by state. `idle`: of any person. */
  readonly bots: {
    readonly starting: number;
    readonly idle: number;
    readonly talking: number;
  };
  /** Why no channel joins at present; null: they do. `spent`: those of the current window are. The others are states of the pool's breaker. */
  readonly joinsHeld: "held" | "away" | "refused" | "spent" | null;
  /** Other live replicas that pair people, and those of them that have bots. */
  readonly otherReplicas: number;
  readonly otherReplicasWithBots: number;
}

/** Why somebody is not matched yet. */
export type WaitCode =
  | "next-cycle"
  | "waits-for-person"
  | "rules-exclude-all"
  | "lobby-blind"
  | "no-idle-bot"
  | "bot-of-own-id"
  | "bots-joining"
  | "joins-held"
  | "other-replica"
  | "drains"
  | "pairing-fails"
  | "nobody-pairs";

export interface WaitReason {
  readonly code: WaitCode;
  /** The same for people, with its figures. */
  readonly words: string;
  /** What the words say, for programs. */
  readonly details: Readonly<Record<string, number | string>>;
}

/**
 * Says why a person is not matched yet, as this replica sees it: the first of what holds. Pure. The words are those of the API and of the
 * console alike; no other place has any.
 */
export function explainWait(wait: Wait, around: WaitSurroundings): WaitReason {
  return whyNobodyPairs(around) ?? whyInLine(wait, around) ?? whyNoBot(around);
}

/** What people are told by `TicketView.rule`. */
export function ruleOf(wait: Wait, botAfterMs: number): NonNullable<TicketView["rule"]> {
  const { waitedMs, hasCompany, idleBots, rules } = wait;
  if (hasCompany && !(rules && excludesAll(rules))) return "next-cycle";
  if (waitedMs >= botAfterMs) return idleBots > 0 ? "next-cycle" : "no-idle-bot";
  return idleBots > 0 ? "waiting-for-bot-time" : "alone";
}

function whyNobodyPairs({ pairing, failureCode, otherReplicas }: WaitSurroundings): WaitReason | undefined {
  const others = `${otherReplicas} other ${plural(otherReplicas, "replica does", "replicas do")}`;
  if (pairing !== "on" && otherReplicas === 0) {
    const words = "No replica pairs people now: start one with SHOAL_ROLE=all or fleet.";
    return { code: "nobody-pairs", words, details: {} };
  }
  if (pairing === "off") {
    const words = `This replica pairs nobody (SHOAL_ROLE=worker); ${others}.`;
    return { code: "other-replica", words, details: { replicas: otherReplicas } };
  }
  if (pairing === "drains") {
    const words = `This replica drains and makes no more matches; ${others}.`;
    return { code: "drains", words, details: { replicas: otherReplicas } };
  }
  if (failureCode === null) return undefined;
  const words = `Pairing fails with ${failureCode} and is tried again; the log has why.`;
  return { code: "pairing-fails", words, details: { error_code: failureCode } };
}

function whyInLine(wait: Wait, { botAfterMs, isLobbyBlind, bots }: WaitSurroundings): WaitReason | undefined {
  const rule = ruleOf(wait, botAfterMs);
  if (rule === "next-cycle") {
    return { code: "next-cycle", words: "Nothing holds this person back: the next cycle decides.", details: {} };
  }
  if (wait.hasCompany && wait.rules) return whyNobodyFits(wait.rules);
  if (rule === "no-idle-bot") {
    if (bots.idle === 0) return undefined;
    const words =
      "An idle bot has the id of this person, or of somebody else who waits, and the two could not be told apart: deploy it under another id.";
    return { code: "bot-of-own-id", words, details: { idle_bots: bots.idle } };
  }
  const botInMs = Math.max(0, Math.ceil(botAfterMs - wait.waitedMs));
  if (isLobbyBlind) {
    const words = `Nobody else is in line, and this replica does not see the lobby: who comes there has no ticket yet. A bot may come in ${lasting(botInMs)}.`;
    return { code: "lobby-blind", words, details: { bot_in_ms: botInMs } };
  }
  const words = `Nobody else waits. A bot may come in ${lasting(botInMs)}, after a wait of ${lasting(botAfterMs)}.`;
  return { code: "waits-for-person", words, details: { bot_after_ms: botAfterMs, bot_in_ms: botInMs } };
}

/** Whether nobody fits, not even the last partner, who is taken when nobody else is left. */
function excludesAll({ others, compatible, rules }: TicketExplanation): boolean {
  const isLastLeft = rules.some(({ rule, onlyThis }) => rule === "last-partner" && onlyThis > 0);
  return others > 0 && compatible === 0 && !isLastLeft;
}

/** Names the rule that excludes most, the nearest miss, and what comes by waiting. */
function whyNobodyFits({ others, rules, bucket, botInMs }: TicketExplanation): WaitReason {
  const [first] = rules.toSorted((a, b) => b.excludes - a.excludes);
  const [miss] = rules.filter(({ nearest }) => nearest !== null).toSorted((a, b) => soonness(a) - soonness(b));
  const words = [
    `None of ${count(others, "other", "others")} in line fits.`,
    first && `Most are excluded by ${ruleWords(first)}: ${first.excludes}.`,
    miss && missWords(miss),
    `A bot may come ${botInMs > 0 ? `in ${lasting(botInMs)}` : "as soon as one is idle"}.`,
  ];
  const details: Record<string, number | string> = {
    others,
    bucket: bucket.name,
    bucket_waiting: bucket.waiting,
    bucket_longest_wait_ms: Math.round(bucket.longestWaitMs),
    bot_in_ms: botInMs,
  };
  for (const { rule, excludes } of rules) if (excludes > 0) details[rule] = excludes;
  if (first) details["rule"] = first.rule;
  if (miss?.nearest) {
    details["nearest_rule"] = miss.rule;
    details["nearest_distance"] = miss.nearest.distance;
    details["nearest_needed"] = miss.nearest.needed;
  }
  if (miss && miss.widensInMs !== null) details["widens_in_ms"] = miss.widensInMs;
  return { code: "rules-exclude-all", words: words.filter(Boolean).join(" "), details };
}

const soonness = ({ widensInMs }: RuleExplanation) => widensInMs ?? Infinity;

function ruleWords({ rule }: RuleExplanation): string {
  const name = rule.slice(rule.indexOf(":") + 1);
  if (rule === "blocks") return "a block, by them or by this person";
  if (rule === "last-partner") return "having been the last partner";
  return rule.startsWith("equal:") ? `"${name}", which must be the same` : `"${name}", which must be close`;
}

function missWords({ rule, nearest, widensInMs }: RuleExplanation): string {
  const name = rule.slice(rule.indexOf(":") + 1);
  const distance = `The nearest miss is ${figure(nearest?.distance)} away in "${name}", ${figure(nearest?.needed)} more than both accept now`;
  return widensInMs === null
    ? `${distance}, and no wait makes up for that.`
    : `${distance}; by waiting somebody fits in ${lasting(widensInMs)}.`;
}

const figure = (value = 0) => Math.round(value * 10) / 10;

/** A bot may come, and this replica has none that is idle. */
function whyNoBot({ bots, joinsHeld, otherReplicasWithBots }: WaitSurroundings): WaitReason {
  const { starting, talking } = bots;
  if (starting > 0 && joinsHeld !== null) {
    const words = `${count(starting, "bot waits", "bots wait")} to join, and no channel joins now: ${HELD[joinsHeld]}.`;
    return { code: "joins-held", words, details: { bots: starting, joins: joinsHeld } };
  }
  if (starting > 0) {
    const words = `No bot is idle; ${count(starting, "bot is", "bots are")} joining.`;
    return { code: "bots-joining", words, details: { bots: starting } };
  }
  if (talking > 0) {
    const words = `All bots talk: ${talking} of this replica. More may run by BOT_TARGET_PERCENTAGE and BOT_MAX_COUNT.`;
    return { code: "no-idle-bot", words, details: { bots: talking } };
  }
  if (otherReplicasWithBots > 0) {
    const words = `This replica runs no bot; ${count(otherReplicasWithBots, "other replica", "other replicas")} with bots may have an idle one.`;
    return { code: "other-replica", words, details: { replicas: otherReplicasWithBots } };
  }
  return {
    code: "no-idle-bot",
    words: "No bot runs: BOT_MAX_COUNT is 0, or those that there are keep crashing, which the log says.",
    details: { bots: 0 },
  };
}

const HELD: Readonly<Record<NonNullable<WaitSurroundings["joinsHeld"]>, string>> = {
  held: "Realtime said that a limit was reached, and the pool holds all joins back",
  away: "Realtime cannot be reached",
  refused: "Realtime refuses this daemon, see docs/classification.md of the pool",
  spent: "the joins allowed in this minute are spent",
};

const plural = (of: number, one: string, many: string) => (of === 1 ? one : many);
const count = (of: number, one: string, many: string) => `${of} ${plural(of, one, many)}`;
/** In the largest unit of which there are two or more. */
function lasting(ms: number): string {
  if (ms >= 2 * HOUR_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return ms >= 2 * MINUTE_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${Math.round(ms / 100) / 10} s`;
}
