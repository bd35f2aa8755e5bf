import { findPgbouncer } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { measureIdle, SIZES } from "./idle/measure.ts";
import { play } from "./replicas/play.ts";
import { previousCommit } from "./replicas/previous-tree.ts";
import { type Report, type Row, reportOf, rows, tableOf } from "./replicas/report.ts";
import { type Scenario, TAKEOVER_MS } from "./replicas/scenario.ts";
import { SCENARIOS, SIXTY_PEOPLE, THREE_AT_ONCE } from "./replicas/scenarios.ts";

/** Of one replica and of three together, at rest. @source issue 15 */
const TARGET_CONNECTIONS = 4;
const TARGET_STATEMENTS = 90;
/** Those of a quick run, one by a signal and one by a drain. */
const QUICK = ["kill -9", "drain while the partner types"];
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
    const idle = asked ? undefined : await measureIdle(3, quick ? SIZES.quick : SIZES.whole);
    const table = tableRows(reports, idle);
    for (const line of tableOf(table)) say(line);
    const found = reports.flatMap((report) => report.found.map((what) => `${report.name}: ${what}`));
    const missed = table
      .filter(({ isMet }) => !isMet)
      .map(({ what, measured, target }) => `${what}: ${measured}, ${target}`);
    return { seed, table, scenarios: reports, targetsMissed: [...missed, ...found] };
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

function tableRows(reports: readonly Report[], idle: Awaited<ReturnType<typeof measureIdle>> | undefined): Row[] {
  const of = ({ name }: Scenario, row: (report: Report) => Row) =>
    reports.filter((report) => report.name === name).map(row);
  const [kill] = SCENARIOS;
  return [
    ...of(SIXTY_PEOPLE, (report) => rows.bots(report, SIXTY_PEOPLE.bots)),
    ...of(THREE_AT_ONCE, rows.joins),
    ...(kill ? of(kill, (report) => rows.back(report, TAKEOVER_MS)) : []),
    ...(idle
      ? [
          rows.atMost("connections of a replica at rest", idle.connections, TARGET_CONNECTIONS, ""),
          rows.atMost("statements a minute of three at rest", idle.perMinute, TARGET_STATEMENTS, ""),
        ]
      : []),
  ];
}

function say(what: string): void {
  process.stderr.write(`  replicas: ${what}\n`);
}
