import type { EndedMatch, History } from "./database.ts";
import type { LobbyFigures } from "./lobby-watch.ts";
import { ANSWER_MS, type Meeting } from "./person.ts";
import { type ReplicaName, type Scenario, SETTLE_MS } from "./scenario.ts";

/** An id may be shown twice for so long, from the new entry to the end of the old one. @source issue 15 */
export const ID_TWICE_MS = 2000;

/** How long a fleet took after something had happened to it. Null: it did not come to that in the given time. */
export interface Settled {
  readonly after: string;
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

/** Returns what is wrong with a story, in words. Empty: every promise was kept. Pure. */
export function findings(scenario: Scenario, story: Story): string[] {
  return [
    ...story.settled.flatMap((settled) => lateOf(scenario, settled)),
    ...lostOf(story),
    ...doublesOf(scenario, story),
    ...endedOf(scenario, story),
    ...joinsOf(story),
    ...story.dirtyDrains,
  ];
}

function lateOf({ settleMs = SETTLE_MS, wholeMs = settleMs }: Scenario, settled: Settled): string[] {
  const late = (what: string, ms: number | null, limitMs: number) =>
    ms === null || ms > limitMs ? [`after ${settled.after}: ${what} ${ms === null ? "never" : `after ${ms} ms`} (${limitMs}); ${settled.spread}`] : [];
  return [
    ...late("all bots were there", settled.wholeMs, wholeMs),
    ...late("spread evenly", settled.evenMs, settleMs),
    ...late("everybody talked", settled.talkingMs, settleMs),
  ];
}

function lostOf({ history, workCount, meetings }: Story): string[] {
  const { jobsOpen, samples, commandsOpen } = history;
  const silent = meetings.filter(({ silenceMs, endedBy }) => silenceMs > ANSWER_MS && endedBy === "own");
  return [
    ...(jobsOpen > 0 ? [`${jobsOpen} of ${workCount} jobs are not done`] : []),
    ...(samples !== workCount ? [`${samples} of ${workCount} messages were kept`] : []),
    ...(commandsOpen > 0 ? [`${commandsOpen} commands have no outcome`] : []),
    ...(silent.length > 0
      ? [`${silent.length} conversations went on and a message had no answer for ${longest(silent)} ms (${ANSWER_MS})`]
      : []),
  ];
}

const longest = (meetings: readonly Meeting[]) => Math.round(Math.max(...meetings.map(({ silenceMs }) => silenceMs)));

function doublesOf({ bots }: Scenario, { history, lobby, seatsTwice }: Story): string[] {
  const { idTwiceMs, idTwice, mostBots } = lobby;
  return [
    ...(history.doubleMatches > 0 ? [`${history.doubleMatches} people were in two live matches at a time`] : []),
    ...(seatsTwice > 0 ? [`${seatsTwice} looks found somebody with seats in two matches`] : []),
    ...(idTwiceMs > ID_TWICE_MS ? [`the bot id ${idTwice} was shown twice for ${idTwiceMs} ms (${ID_TWICE_MS})`] : []),
    ...(mostBots > 2 * bots ? [`${mostBots} bots of the fleet were shown at a time, where ${bots} are to run`] : []),
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
