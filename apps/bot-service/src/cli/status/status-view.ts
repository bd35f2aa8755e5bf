import { printable } from "@shoal/kernel";
import { bar, clockText, countsText, row } from "../drawing.ts";
import type { HealthBody } from "./health-body.ts";

const ERRORS_SHOWN = 5;
/** Stands for a figure that this daemon does not send. */
const ABSENT = "-";

const inNumber = (value: number) => value.toLocaleString("en-US");
const inMs = (value: number) => `${inNumber(Math.round(value * 10) / 10)} ms`;

/** Draws the state of a daemon, always in the same number of lines, so that a picture can be drawn over the last one. What others have said is in it. */
export function drawStatus(url: string, health: HealthBody): string[] {
  const {
    version,
    status,
    role = ABSENT,
    phase = ABSENT,
    uptimeMs,
    dependencies,
    loops = [],
    fleet,
    connections,
    pool,
  } = health;
  const up = uptimeMs === undefined ? ABSENT : clockText(uptimeMs);
  const { people, matches, joins, bots } = fleet;
  const { target, ...states } = bots;
  const { join, heartbeat } = connections.responseMs;
  const failing = loops.filter(({ state }) => state === "failing");
  return [
    `shoal ${version} at ${url}   ${status}   role ${role}   phase ${phase}   up ${up}`,
    "",
    row("dependencies", dependencies.map(({ name, state }) => `${name} ${state}`).join("   ")),
    row("", dependencies.flatMap(({ name, detail }) => (detail ? [`${name}: ${detail}`] : [])).join("; ")),
    row(
      "failing",
      failing.map(({ name, since, detail }) => `${name} since ${since}: ${detail}`).join("; ") || "no loop",
    ),
    row("breaker", breakerText(pool)),
    row("sockets", socketsText(pool)),
    row("channels", channelsText(pool)),
    ...budgetRows(pool),
    row(
      "",
      `${joins.refused} of ${inNumber(joins.total)} joins refused since start   ${pool?.joins.pending ?? ABSENT} in line`,
    ),
    row("bots", `target ${target ?? ABSENT}   ${namedCounts(states)}`),
    row("people", `${people.present} in the lobby   ${people.waiting} waiting`),
    row(
      "matches",
      `${matches.live} live   ${matches.personPerson} person-person   ${matches.personBot} person-bot since start`,
    ),
    row("match wait", waitText(health)),
    row("jobs", health.work ? namedCounts({ ...health.work.jobs }) : ABSENT),
    row("messages", health.work ? namedCounts({ ...health.work.messages }) : ABSENT),
    row("answers", `join ${timesText(join)}   heartbeat ${timesText(heartbeat)}`),
    row("reconnects", `${connections.reconnectAttempts} sockets   ${connections.rejoinAttempts} channels`),
    row("errors", countsText(fleet.errorsByClass)),
    row("", ""),
    ...lastErrors(connections.errors.recent, health.hasDetails === false ? "shown with SHOAL_API_TOKEN" : "none"),
  ].map(printable);
}

function breakerText(pool: HealthBody["pool"]): string {
  if (!pool?.breaker) return ABSENT;
  const { state, errorClass } = pool.breaker;
  return errorClass === null ? state : `${state}, because of ${errorClass}`;
}

function socketsText(pool: HealthBody["pool"]): string {
  if (!pool) return ABSENT;
  const { open, connecting, probing, max } = pool.sockets;
  return `${open} open   ${connecting} connecting   ${probing ?? ABSENT} probing   of ${inNumber(max)}`;
}

function channelsText(pool: HealthBody["pool"]): string {
  if (!pool) return ABSENT;
  const { joined, joining, waiting, failed } = pool.channels;
  return `${inNumber(joined)} joined   ${joining} joining   ${waiting} waiting   ${failed} failed since start`;
}

const BUDGETS = ["joins", "events", "presence"] as const;

function budgetRows(pool: HealthBody["pool"]): string[] {
  return BUDGETS.map((name) => {
    const budget = pool?.budgets?.[name];
    if (!budget) return row(name, ABSENT);
    const { used, allowed, ratio } = budget;
    const throttle = ratio < 1 ? `   throttled to ${Math.round(ratio * 100)} %` : "";
    return row(
      name,
      `${bar(used, allowed)} ${inNumber(Math.round(used))} of ${inNumber(Math.floor(allowed))} in the last minute${throttle}`,
    );
  });
}

function namedCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join("   ");
}

function waitText({ matchWaitMs }: HealthBody): string {
  if (!matchWaitMs) return ABSENT;
  const { count, p50, p95 } = matchWaitMs;
  return count === 0 ? "no match yet" : `p50 ${inMs(p50)}   p95 ${inMs(p95)}   of the last ${inNumber(count)}`;
}

type Times = HealthBody["connections"]["responseMs"]["join"];

const timesText = ({ count, p50, p95 }: Times) => (count === 0 ? "none yet" : `p50 ${inMs(p50)}, p95 ${inMs(p95)}`);

function lastErrors(recent: HealthBody["connections"]["errors"]["recent"], none: string): string[] {
  return Array.from({ length: ERRORS_SHOWN }, (_, index) => {
    const error = recent[index];
    if (!error) return row(index === 0 ? "last errors" : "", index === 0 ? none : "");
    const text = `${error.at.slice(11, 19)} ${error.errorClass}  ${error.connection}: ${error.reason}`;
    return row(index === 0 ? "last errors" : "", text);
  });
}
