import type { Clock, EpochMs } from "@shoal/kernel";
import { assignmentOf, type BotState } from "./bot.state.ts";
import type { Bot } from "./bot.ts";
import { botIdOf, castOf } from "./bot-id.ts";
import type { BotKind } from "./bot-kind.ts";
import type { BotRegistry } from "./bot-registry.ts";
import type { DeployedBots } from "./deployed-bots.ts";
import { freeAtMs, type Place, QUARANTINE, quarantinedNumbers, type Roster } from "./roster.ts";

/** What an operator sees of one bot of this process. */
export interface BotView {
  readonly botId: string;
  readonly name: string;
  readonly kind: string;
  /** Among the bots of the fleet; null for a deployed one. */
  readonly number: number | null;
  readonly isDeployed: boolean;
  /** `queued`: deployed, and waits for a place; `crashed`, `quarantined`: no bot runs for it until `untilMs`. */
  readonly state: BotState["kind"] | "queued" | "quarantined";
  /** Null where that is not known. */
  readonly sinceMs: EpochMs | null;
  /** When it starts again after its crashes. */
  readonly untilMs: EpochMs | null;
  readonly isPaused: boolean;
  readonly matchId: string | null;
  readonly roomId: string | null;
  readonly partnerId: string | null;
  readonly isInRoom: boolean;
  readonly isPartnerPresent: boolean;
  /** Within the time in which they are counted for a quarantine. */
  readonly crashes: number;
}

interface Sources {
  readonly all: ReturnType<BotRegistry["all"]>;
  readonly numberOf: (bot: Bot) => number | null;
  readonly roster: Roster;
  readonly deployed: ReturnType<DeployedBots["list"]>;
  readonly replicaId: string;
  readonly kinds: readonly BotKind[];
  readonly clock: Clock;
}

const IN_NO_MATCH = { matchId: null, roomId: null, partnerId: null, isInRoom: false, isPartnerPresent: false };

/** Returns what is seen of the bots that run, and of those that wait in line or after their crashes. */
export function botViews(sources: Sources): readonly BotView[] {
  const { all, deployed, roster, clock } = sources;
  const states = new Map(deployed.map(({ botId, state }) => [botId, state]));
  const running = all.map(({ bot, isPaused }) => {
    const number = sources.numberOf(bot);
    const state = states.get(bot.botId);
    const place = number !== null ? roster.get(number) : state && "place" in state ? state.place : undefined;
    return viewOf(bot, { number, isDeployed: state !== undefined, isPaused, crashes: crashesOf(place, clock) });
  });
  return [...running, ...deployed.flatMap((each) => waitingView(each, clock)), ...quarantinedViews(sources)];
}

function viewOf(bot: Bot, rest: Pick<BotView, "number" | "isDeployed" | "isPaused" | "crashes">): BotView {
  const assignment = bot.state.kind === "taking" ? bot.state.offer : assignmentOf(bot.state);
  // In one literal: one is made of each of ten thousand bots for each page.
  return {
    botId: bot.botId,
    name: bot.name,
    kind: bot.kindName,
    number: rest.number,
    isDeployed: rest.isDeployed,
    state: bot.state.kind,
    sinceMs: bot.sinceMs,
    untilMs: null,
    isPaused: rest.isPaused,
    matchId: assignment?.matchId ?? null,
    roomId: assignment?.roomId ?? null,
    partnerId: assignment?.partner.id ?? null,
    isInRoom: bot.isInRoom,
    isPartnerPresent: bot.presentPartnerId !== null,
    crashes: rest.crashes,
  };
}

function crashesOf(place: Place | undefined, clock: Clock): number {
  if (place?.status.kind === "quarantined") return QUARANTINE.crashes;
  const fromMs = clock.monotonicMs() - QUARANTINE.windowMs;
  return place?.crashesAtMs.filter((atMs) => atMs > fromMs).length ?? 0;
}

/** A deployed bot for which none runs: it waits for a place, or until the pause after its crash is over. */
function waitingView({ botId, state, isInLine }: Sources["deployed"][number], clock: Clock): BotView[] {
  if (!(state.kind === "waiting" || (state.kind === "running" && isInLine))) return [];
  const { bot, place } = state;
  const isWaiting = state.kind === "waiting";
  const status = place.status.kind === "quarantined" ? "quarantined" : "crashed";
  return [
    {
      ...{ botId, name: bot.name, kind: bot.kind, number: null, isDeployed: true, ...IN_NO_MATCH },
      ...{ state: isWaiting ? status : "queued", sinceMs: null, isPaused: bot.isPaused },
      ...{ untilMs: isWaiting ? epochOf(freeAtMs(place), clock) : null, crashes: crashesOf(place, clock) },
    },
  ];
}

/** The fleet's own bots that crashed too often; one that waits shortly after a crash has its place, and no view until it starts. */
function quarantinedViews({ roster, replicaId, kinds, clock }: Sources): BotView[] {
  return [...quarantinedNumbers(roster, clock.monotonicMs())].flatMap((number) => {
    const cast = castOf(number, kinds);
    if (!cast) return [];
    return {
      ...{ botId: botIdOf(replicaId, number), name: cast.name, kind: cast.kind.kind, number, isDeployed: false },
      ...{ ...IN_NO_MATCH, state: "quarantined" as const, sinceMs: null, isPaused: false },
      ...{ untilMs: epochOf(freeAtMs(roster.get(number)), clock), crashes: QUARANTINE.crashes },
    };
  });
}

/** Times of the roster are monotonic. */
const epochOf = (atMs: number, clock: Clock): EpochMs => clock.now() + (atMs - clock.monotonicMs());
