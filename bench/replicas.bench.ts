import type { Benchmark } from "./benchmark.ts";
import { play } from "./replicas/play.ts";
import { SCENARIOS } from "./replicas/scenarios.ts";

export default {
  name: "replicas",
  summary: "x",
  async run() {
    const only = process.env["BENCH_SCENARIO"];
    const results: object[] = [];
    for (const scenario of SCENARIOS.filter(({ name }) => !only || name.includes(only))) {
      const seed = 1;
      const say = (line: string) => process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${line}\n`);
      const { story, found, logs } = await play({ scenario, seed, say, pgbouncer: "/usr/sbin/pgbouncer" });
      const { meetings, ...rest } = story;
      results.push({ name: scenario.name, seed, found, logs, ...rest });
      say(JSON.stringify({ found, logs, ...rest, meetings: meetings.length }));
    }
    return { results };
  },
} satisfies Benchmark;
