import type { EndedMatch, History } from "./database.ts";
import type { LobbyFigures } from "./lobby-watch.ts";
import { ANSWER_MS, type Meeting } from "./person.ts";
import { isInReach, type ReplicaName, type Scenario, SETTLE_MS, TAKEOVER_MS } from "./scenario.ts";

/** An id may be shown twice for so long, from the new entry to the end of the old one. @source issue 15 */
const TWICE_MS = 2000;
/** Further bots of the fleet are named as earlier ones. */
const NAME_COUNT = 15;

/** How long a fleet took after something had happened to it. Null: it did not come to that in the given time. */
export interface Settled {
  readonly after: string;
  /** Whether replicas had to take over from one that was killed or frozen. */
  readonly isTakeover: boolean;
  /** Until there were as many bots as are to run, of the fleet and deployed. */
  readonly wholeMs: number | null;
  /** Until the replicas held as many as each other, within one. */
  readonly evenMs: number | null;
  /** Until everybody was in conversation. */
  readonly talkingMs: number | null;
  /** Bots of the fleet and deployed ones by replica, at the end. */
  readonly spread: string;
}

/** All that was seen of a scenario. */
export interface Story {
  readonly settled: readonly Settled[];
  readonly history: History;
  /** Work that was given. */
  readonly workCount: number;
  readonly lobby: LobbyFigures;
  /** People who met nobody at the beginning. */
  readonly unmet: readonly string[];
  /** The longest that somebody who came waited for a partner. */
  readonly slowestMeetingMs: number;
  readonly meetings: readonly Meeting[];
  /** Looks at the database that found somebody with seats in two matches. */
  readonly seatsTwice: number;
  readonly joins: JoinFigures;
  readonly canary: { readonly tried: number; readonly refused: number };
  readonly nameOf: (replicaId: string) => ReplicaName | undefined;
  /** Drains that did not end with exit code 0. */
  readonly dirtyDrains: readonly string[];
}

export interface JoinFigures {
  /** Most joins that the daemons sent within a window of 60 s, all together. */
  readonly mostInWindow: number;
  /** How many of them their share allows. */
  readonly share: number;
  readonly refused: number;
}

/** Returns which promises were broken, in words; none of them depends on the speed of the machine. Pure. */
export function broken(scenario: Scenario, story: Story): string[] {
  return [
    ...unsettledOf(story),
    ...lostOf(story),
    ...doublesOf(scenario, story),
    ...endedOf(scenario, story),
    ...joinsOf(story),
    ...story.dirtyDrains,
  ];
}

/** Returns what took too long, in words. Pure. */
export function late(scenario: Scenario, story: Story): string[] {
  return [
    ...story.settled.flatMap((settled) => slowOf(scenario, settled)),
    ...silenceOf(scenario, story),
    ...twiceOf(scenario, story),
  ];
}

function unsettledOf({ settled }: Story): string[] {
  return settled.flatMap(({ after, wholeMs, evenMs, talkingMs, spread }) => [
    ...(wholeMs === null ? [`after ${after} there were never as many bots as are to run: ${spread}`] : []),
    ...(evenMs === null ? [`after ${after} the bots were never spread evenly: ${spread}`] : []),
    ...(talkingMs === null ? [`after ${after} not everybody came into a conversation`] : []),
  ]);
}

function slowOf({ settleMs = SETTLE_MS }: Scenario, settled: Settled): string[] {
  const slow = (what: string, ms: number | null, limitMs: number) =>
    ms !== null && ms > limitMs ? [`after ${settled.after} ${what} only after ${ms} ms (${limitMs})`] : [];
  return [
    ...slow("all bots were there", settled.wholeMs, settled.isTakeover ? TAKEOVER_MS : settleMs),
    ...slow("the bots were spread evenly", settled.evenMs, settleMs),
    ...slow("everybody talked", settled.talkingMs, settleMs),
  ];
}

function lostOf({ history, workCount, unmet }: Story): string[] {
  const { jobsOpen, samples, commandsOpen } = history;
  return [
    ...(jobsOpen > 0 ? [`${jobsOpen} of ${workCount} jobs are not done`] : []),
    ...(samples !== workCount ? [`${samples} of ${workCount} messages were kept`] : []),
    ...(commandsOpen > 0 ? [`${commandsOpen} commands have no outcome`] : []),
    ...(unmet.length > 0 ? [`${unmet.length} people met nobody when they came: ${unmet.slice(0, 5).join(", ")}`] : []),
  ];
}

/** A conversation that goes on is answered, whoever carries it; unless its bot is away from Realtime. */
function silenceOf({ steps }: Scenario, { meetings }: Story): string[] {
  if (steps.some((step) => step.do === "cut" && step.from === "realtime")) return [];
  const silent = meetings.filter(({ silenceMs, endedBy }) => silenceMs > ANSWER_MS && endedBy === "own");
  const longestMs = Math.round(Math.max(...silent.map(({ silenceMs }) => silenceMs)));
  if (silent.length === 0) return [];
  return [
    `${silent.length} conversations went on while a message had no answer for up to ${longestMs} ms (${ANSWER_MS})`,
  ];
}

function doublesOf(scenario: Scenario, { history, lobby, seatsTwice }: Story): string[] {
  const { mostBots } = lobby;
  // Entries of a daemon that lives out of reach stay until the server misses its heartbeat.
  const isTooMany = isInReach(scenario) && mostBots > scenario.bots;
  return [
    ...(history.doubleMatches > 0 ? [`${history.doubleMatches} people were in two live matches at a time`] : []),
    ...(seatsTwice > 0 ? [`${seatsTwice} looks found somebody with seats in two matches`] : []),
    ...(isTooMany ? [`${mostBots} bots of the fleet were shown at a time (${scenario.bots})`] : []),
  ];
}

function twiceOf(scenario: Scenario, { lobby }: Story): string[] {
  const { idTwiceMs, idTwice, nameTwiceMs, nameTwice } = lobby;
  const hasOwnNames = isInReach(scenario) && scenario.bots <= NAME_COUNT;
  return [
    ...(idTwiceMs > TWICE_MS ? [`the bot id ${idTwice} was shown twice for ${idTwiceMs} ms (${TWICE_MS})`] : []),
    ...(hasOwnNames && nameTwiceMs > TWICE_MS
      ? [`two bots had the name ${nameTwice} for ${nameTwiceMs} ms (${TWICE_MS})`]
      : []),
  ];
}

function endedOf({ mayLose = [] }: Scenario, { history, nameOf }: Story): string[] {
  const lost = history.ended.filter(({ replicaId }) => {
    const name = replicaId === null ? undefined : nameOf(replicaId);
    return replicaId !== null && !(name && mayLose.includes(name));
  });
  return lost.length > 0 ? [`${lost.length} conversations ended (${countsOf(lost, nameOf)})`] : [];
}

export function countsOf(ended: readonly EndedMatch[], nameOf: Story["nameOf"]): string {
  const groups = Object.groupBy(ended, ({ replicaId, reason }) => {
    const name = replicaId === null ? "of two people" : (nameOf(replicaId) ?? replicaId);
    return `${name}: ${reason}`;
  });
  return Object.entries(groups)
    .map(([what, all]) => `${what} ${all?.length}`)
    .join(", ");
}

function joinsOf({ joins, canary }: Story): string[] {
  return [
    ...(joins.mostInWindow > joins.share ? [`${joins.mostInWindow} joins within a minute (${joins.share})`] : []),
    ...(joins.refused > 0 ? [`${joins.refused} joins were refused`] : []),
    ...(canary.refused > 0 ? [`${canary.refused} of ${canary.tried} people who only looked in were refused`] : []),
  ];
}
