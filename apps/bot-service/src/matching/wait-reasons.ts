import type { Unsubscribe } from "@shoal/kernel";
import {
  BOT_MARGIN_MS,
  botDueMs,
  explainWait,
  type LineEntry,
  type Matchmaker,
  type RuleExplanation,
  type TicketExplanation,
  type WaitCode,
  type WaitReason,
  type WaitSurroundings,
} from "@shoal/matchmaker";
import type { PoolStats, RealtimePool } from "@shoal/realtime-pool";
import type { Config } from "../config.ts";
import type { BotRegistry } from "../fleet/bot-registry.ts";
import type { FleetConfig } from "../fleet-config.ts";
import type { Members } from "../replicas/members.ts";

export interface WaitReasonsOptions {
  readonly config: Pick<Config, "role" | "channelAccess" | "matchBotAfterMs">;
  readonly matchmaker: Pick<Matchmaker, "events" | "idleCount" | "explainRules">;
  readonly registry: Pick<BotRegistry, "count" | "idleBots">;
  readonly pool: Pick<RealtimePool, "getStats">;
  readonly fleet: Pick<FleetConfig, "match">;
  readonly members: Pick<Members, "fleet" | "replicaId">;
  readonly isLobbyWatched: () => boolean;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
}

/** Whom a reason is about. `rules`: what is known of them already. */
export interface Waiting extends Pick<LineEntry, "ticketId" | "userId" | "waitedMs" | "hasCompany"> {
  readonly rules?: TicketExplanation | null;
}

/** Why somebody is not matched yet, with what each rule does to that person; null: this daemon does not pair, or has not read the ticket. */
export interface Why extends WaitReason {
  readonly rules: readonly RuleExplanation[] | null;
}

export type Explain = (waiting: Waiting) => Why;

/** Reasons that are about the person. All others are about the daemon, and the operator's to read. */
const OF_PEOPLE: ReadonlySet<WaitCode> = new Set(["next-cycle", "waits-for-person", "rules-exclude-all"]);

/** Returns what people are told of themselves. */
export function forPerson(why: Why): Why {
  if (OF_PEOPLE.has(why.code)) return why;
  return { ...why, words: "Nobody is free who could come now. It goes on by itself.", details: {} };
}

/** Says why people in line are not matched yet, by what this daemon knows at that moment. */
export function createWaitReasons(options: WaitReasonsOptions) {
  const { config, fleet, matchmaker, registry, pool, members, isLobbyWatched, signal } = options;
  let failureCode: string | null = null;
  const dueMs = botDueMs(config.matchBotAfterMs, fleet.match.slaMs, BOT_MARGIN_MS);
  const surroundings = (): WaitSurroundings => {
    const others = members.fleet.filter(({ replicaId }) => replicaId !== members.replicaId);
    return {
      botAfterMs: dueMs,
      pairing: config.role === "worker" ? "off" : signal.aborted ? "drains" : "on",
      failureCode,
      // Where channels are private, people come by RPC, and the lobby is only looked at.
      isLobbyBlind: config.channelAccess === "public" && !isLobbyWatched(),
      bots: {
        starting: registry.count("starting"),
        idle: registry.idleBots().length,
        talking: registry.count("reserved", "joining", "waiting", "talking", "handing", "leaving"),
      },
      joinsHeld: joinsHeldBy(pool.getStats()),
      otherReplicas: others.length,
      otherReplicasWithBots: others.filter(({ places, deployed }) => places.length + deployed > 0).length,
    };
  };
  return {
    /** Wait after which a person may get a bot, in ms. */
    botDueMs: dueMs,
    /** Makes what explains the people of one page. */
    explainer: (): Explain => {
      const around = surroundings();
      return ({ ticketId, userId, waitedMs, hasCompany, ...known }) => {
        const rules = known.rules ?? matchmaker.explainRules(ticketId);
        const wait = { waitedMs, hasCompany, idleBots: matchmaker.idleCount(userId), rules };
        return { ...explainWait(wait, around), rules: rules?.rules ?? null };
      };
    },
    observe: (): Unsubscribe[] => [
      matchmaker.events.on("cycle:finished", () => {
        failureCode = null;
      }),
      matchmaker.events.on("cycle:failed", ({ code }) => {
        failureCode = code;
      }),
    ],
  };
}

function joinsHeldBy({ breaker, budgets }: PoolStats): WaitSurroundings["joinsHeld"] {
  const { state } = breaker;
  if (state === "held" || state === "away" || state === "refused") return state;
  return budgets.joins.used >= budgets.joins.allowed ? "spent" : null;
}
