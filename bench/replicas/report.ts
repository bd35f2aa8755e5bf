import { countsOf } from "./findings.ts";
import type { Played } from "./play.ts";
import type { Scenario } from "./scenario.ts";

/** What a scenario came to, in plain numbers and words. */
export interface Report {
  readonly name: string;
  readonly seed: number;
  readonly through: string;
  readonly settled: Played["story"]["settled"];
  readonly conversations: number;
  /** By the replica that had them, and the reason. */
  readonly ended: string;
  readonly longestSilenceMs: number;
  readonly slowestMeetingMs: number;
  readonly idTwiceMs: number;
  readonly nameTwiceMs: number;
  readonly mostBots: number;
  readonly joinsInMinute: number;
  readonly joinShare: number;
  readonly joinsRefused: number;
  readonly canaryTried: number;
  readonly canaryRefused: number;
  readonly found: readonly string[];
}

export function reportOf(
  { name, through = "direct" }: Scenario,
  seed: number,
  { story, broken, late }: Played,
): Report {
  const { settled, history, lobby, meetings, joins, canary, nameOf } = story;
  const { idTwiceMs, nameTwiceMs, mostBots } = lobby;
  return {
    ...{ name, seed, through, settled, conversations: meetings.filter(({ heardAtMs }) => heardAtMs !== null).length },
    ended: countsOf(history.ended, nameOf),
    longestSilenceMs: Math.round(Math.max(0, ...meetings.map(({ silenceMs }) => silenceMs))),
    ...{ slowestMeetingMs: story.slowestMeetingMs, idTwiceMs, nameTwiceMs, mostBots },
    ...{ joinsInMinute: joins.mostInWindow, joinShare: joins.share, joinsRefused: joins.refused },
    ...{ canaryTried: canary.tried, canaryRefused: canary.refused, found: [...broken, ...late] },
  };
}

/** One row of the table. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly isMet: boolean;
}

/** Returns the table as people read it, one line a row. */
export function tableOf(rows: readonly Row[]): string[] {
  const cells = [
    ["what", "measured", "target", ""],
    ...rows.map(({ what, measured, target, isMet }) => [what, measured, target, isMet ? "" : "MISSED"]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const atMost = (what: string, measured: number | null, most: number, unit = ""): Row => ({
  what,
  measured: measured === null ? "never" : `${measured} ${unit}`.trim(),
  target: `at most ${most} ${unit}`.trim(),
  isMet: measured !== null && measured <= most,
});

export const rows = {
  bots: (report: Report, wanted: number): Row => {
    const isMet = report.found.length === 0 && report.mostBots === wanted;
    return {
      what: "bots for 60 people, three replicas",
      measured: `${report.mostBots}`,
      target: `${wanted}, each name once`,
      isMet,
    };
  },
  joins: ({ joinsInMinute, joinShare, joinsRefused, canaryTried, canaryRefused, found }: Report): Row => ({
    what: "joins of three at once, within a minute",
    measured: `${joinsInMinute} of ${joinShare}; ${joinsRefused} joins and ${canaryRefused} of ${canaryTried} people refused`,
    target: `at most ${joinShare} (80 %), nobody refused`,
    isMet: found.length === 0,
  }),
  back: (report: Report, mostMs: number): Row =>
    atMost("all bots back after kill -9", report.settled.at(-1)?.wholeMs ?? null, mostMs, "ms"),
  deploy: ({ conversations, ended, found }: Report): Row => ({
    what: "conversations ended by a rolling deploy of three",
    measured: ended === "" ? `0 of ${conversations}` : `${ended} of ${conversations}`,
    target: "0 of 200",
    isMet: found.length === 0,
  }),
  atMost,
};
