import { SECOND_MS } from "@shoal/kernel";
import { findPgbouncer } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { type Grants, measureGrants, WINDOW } from "./grants/measure.ts";
import { measureIdle, SIZES } from "./idle/measure.ts";
import { play } from "./replicas/play.ts";
import { previousCommit } from "./replicas/previous-tree.ts";
import { type Report, type Row, reportOf, rows, tableOf } from "./replicas/report.ts";
import { type Scenario, TAKEOVER_MS } from "./replicas/scenario.ts";
import {
  DRAIN_WHILE_TYPING,
  KILL,
  ROLLING_DEPLOY,
  SCENARIOS,
  SIXTY_PEOPLE,
  THREE_AT_ONCE,
} from "./replicas/scenarios.ts";

/** Of one replica and of three together, at rest. @source issue 15 */
const TARGET_CONNECTIONS = 4;
const TARGET_STATEMENTS = 90;
const TARGET_GRANT_MS = 25;
const GRANTED_REPLICAS = 20;
const GRANTED_FOR_MS = 20 * SECOND_MS;
/** Those of a quick run, one by a signal and one by a drain. */
const QUICK = [KILL.name, DRAIN_WHILE_TYPING.name];
const MAX_SEED = 1_000_000;

export default {
  name: "replicas",
  summary: "one fleet of several daemons that are killed, frozen, cut off and replaced while people talk",
  async run({ quick }) {
    const seed = Number(process.env["BENCH_SEED"] ?? Math.floor(Math.random() * MAX_SEED));
    say(`seed ${seed}; the same again: BENCH_SEED=${seed} bun run bench replicas`);
    const asked = process.env["BENCH_SCENARIOS"]?.split(",");
    const isAsked = ({ name }: Scenario) =>
      asked ? asked.some((part) => name.includes(part)) : !quick || QUICK.includes(name);
    const reports: Report[] = [];
    for (const scenario of [SIXTY_PEOPLE, THREE_AT_ONCE, ...SCENARIOS].filter(isAsked)) {
      if (skips(scenario)) continue;
      reports.push(await tell(scenario, seed));
    }
    const idle = asked || quick ? undefined : await measureIdle(3, SIZES.whole);
    const grants = asked || quick ? undefined : await measureGrants(GRANTED_REPLICAS, GRANTED_FOR_MS);
    const table = [...scenarioRows(reports), ...(idle ? idleRows(idle) : []), ...(grants ? grantRows(grants) : [])];
    for (const line of tableOf(table)) say(line);
    const found = reports.flatMap((report) => report.found.map((what) => `${report.name}: ${what}`));
    const missed = table
      .filter(({ isMet }) => !isMet)
      .map(({ what, measured, target }) => `${what}: ${measured}, ${target}`);
    return { seed, table, scenarios: reports, idle, grants, targetsMissed: [...missed, ...found] };
  },
} satisfies Benchmark;

async function tell(scenario: Scenario, seed: number): Promise<Report> {
  const played = await play({ scenario, seed, say, pgbouncer: findPgbouncer() });
  const report = reportOf(scenario, seed, played);
  say(JSON.stringify(report));
  if (played.logs) say(`${scenario.name}: logs of the daemons are in ${played.logs}`);
  return report;
}

function skips({ name, previous, through = "direct" }: Scenario): boolean {
  const why =
    previous && !previousCommit()
      ? "this clone has no commit before the present one"
      : through !== "direct" && !findPgbouncer()
        ? "there is no PgBouncer"
        : undefined;
  if (why) say(`SKIPPED: ${name}, for ${why}`);
  return why !== undefined;
}

function scenarioRows(reports: readonly Report[]): Row[] {
  const of = ({ name }: Scenario, row: (report: Report) => Row) =>
    reports.filter((report) => report.name === name).map(row);
  return [
    ...of(SIXTY_PEOPLE, (report) => rows.bots(report, SIXTY_PEOPLE.bots)),
    ...of(THREE_AT_ONCE, rows.joins),
    ...of(KILL, (report) => rows.back(report, TAKEOVER_MS)),
    ...of(ROLLING_DEPLOY, rows.deploy),
  ];
}

function idleRows({ connections, perMinute }: Awaited<ReturnType<typeof measureIdle>>): Row[] {
  return [
    rows.atMost("connections of a replica at rest", connections, TARGET_CONNECTIONS),
    rows.atMost("statements a minute of three at rest", perMinute, TARGET_STATEMENTS),
  ];
}

function grantRows({ granted, p50Ms }: Grants): Row[] {
  const isExact = granted === WINDOW;
  const what = `joins granted to ${GRANTED_REPLICAS} replicas that ask for more than there are`;
  return [
    { what, measured: `${granted} of ${WINDOW}`, target: "all, and none besides", isMet: isExact },
    rows.atMost("a grant, p50", p50Ms, TARGET_GRANT_MS, "ms"),
  ];
}

function say(what: string): void {
  process.stderr.write(`  replicas: ${what}\n`);
}
