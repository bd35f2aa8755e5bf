import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProcessFigures } from "../adapters/process-figures.ts";
import { createMetrics } from "./create-metrics.ts";
import { observeFleet } from "./observe-fleet.ts";
import { observeHealth } from "./observe-health.ts";

const figures: ProcessFigures = {
  cpuSeconds: 1.5,
  residentBytes: 4096,
  heapUsedBytes: 1024,
  openFds: 9,
  startedAtSeconds: 1_767_225_600,
};

const makeMetrics = () => createMetrics({ version: "1.2.3", readProcess: () => figures });

/** The value of one series, `undefined` when there is none. */
async function value(metrics: ReturnType<typeof createMetrics>, series: string): Promise<number | undefined> {
  const { body } = await metrics.render();
  const line = body.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

describe("render", () => {
  it("answers in the Prometheus text format", async () => {
    const { contentType, body } = await makeMetrics().render();
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(body).toMatch(/^(?:(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^}]*\})? [\d.e+-]+|)\n)+$/);
  });

  it("tells version and runtime, and what the operating system says of the process", async () => {
    const metrics = makeMetrics();
    const { body } = await metrics.render();
    expect(body).toMatch(/shoal_build_info\{version="1\.2\.3",runtime="(?:bun|node) [^"]+"\} 1\n/);
    expect(await value(metrics, "process_cpu_seconds_total")).toBe(1.5);
    expect(await value(metrics, "process_resident_memory_bytes")).toBe(4096);
    expect(await value(metrics, "process_open_fds")).toBe(9);
    expect(await value(metrics, "process_start_time_seconds")).toBe(1_767_225_600);
    expect(await value(metrics, "shoal_heap_used_bytes")).toBe(1024);
  });

  it("reads plausible figures of the real process", async () => {
    const metrics = createMetrics();
    expect(await value(metrics, "process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
    expect(await value(metrics, "process_cpu_seconds_total")).toBeGreaterThan(0);
    const started = (await value(metrics, "process_start_time_seconds")) ?? 0;
    expect(Math.abs(Date.now() / 1000 - started)).toBeLessThan(86_400);
  });

  it("has a series at 0 for every error class before the first error", async () => {
    const metrics = makeMetrics();
    expect(await value(metrics, 'shoal_joins_refused_total{class="rate"}')).toBe(0);
    expect(await value(metrics, 'shoal_matches_made_total{kind="person_bot"}')).toBe(0);
    expect(await value(metrics, 'shoal_match_wait_seconds_count{kind="person_person"}')).toBe(0);
  });

  it("asks every part once per scrape; one that fails is counted and spoils nothing", async () => {
    const metrics = makeMetrics();
    metrics.beforeScrape(() => {
      throw new Error("pool is gone");
    });
    let asked = 0;
    const stop = metrics.beforeScrape(() => {
      asked += 1;
      metrics.fleet.botsTarget.set({}, 5);
    });
    expect(await value(metrics, "shoal_bots_target")).toBe(5);
    expect(asked).toBe(1);
    stop();
    expect(await value(metrics, "shoal_metrics_collect_errors_total")).toBe(2);
    expect(asked).toBe(1);
  });

  it("keeps two sets of metrics apart", async () => {
    const [one, other] = [makeMetrics(), makeMetrics()];
    one.fleet.botCrashes.inc({});
    expect(await value(one, "shoal_bot_crashes_total")).toBe(1);
    expect(await value(other, "shoal_bot_crashes_total")).toBe(0);
  });
});

describe("instruments", () => {
  it("ignore what is not a number and never count down", async () => {
    const metrics = makeMetrics();
    for (const by of [Number.NaN, -1, Number.POSITIVE_INFINITY, 0]) metrics.pool.reconnects.inc({}, by);
    for (const seconds of [Number.NaN, -1, 0.2]) metrics.fleet.replyLateness.observe({}, seconds);
    expect(await value(metrics, "shoal_socket_reconnects_total")).toBe(0);
    expect(await value(metrics, "shoal_reply_lateness_seconds_count")).toBe(2);
    expect(await value(metrics, "shoal_reply_lateness_seconds_sum")).toBe(0.2);
  });

  it("let no id and no number of callers grow the series without bound", async () => {
    const metrics = makeMetrics();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uuid(), fc.webPath()), (wild) => {
        metrics.service.httpDuration.observe({ route: wild, status: wild }, 0.1);
        metrics.service.databaseErrors.inc({ code: wild });
        metrics.match.ticketsClosed.inc({ reason: wild });
        metrics.pool.joinsRefused.inc({ class: wild });
        metrics.fleet.messagesMalformed.inc({ kind: wild });
        metrics.jobs.failed.inc({ type: wild });
        metrics.jobs.duration.observe({ type: wild }, 0.1);
        metrics.queues.depth.set({ queue: wild }, 1);
        metrics.schedules.fired.inc({ schedule: wild });
        metrics.control.settled.inc({ command: wild, outcome: wild });
      }),
      { numRuns: 3000 },
    );
    const { body } = await metrics.render();
    // 65 routes of 6 status classes, each with its buckets, are by far the most.
    expect(body.split("\n").length).toBeLessThan(65 * 6 * 16 + 1000);
    expect(body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});

describe("observeFleet", () => {
  it("sets bots by state, people and live matches at each scrape, until stopped", async () => {
    const metrics = makeMetrics();
    let talking = 2;
    const stop = observeFleet(metrics, () => ({
      people: { present: 9, waiting: 3 },
      bots: { target: 5, starting: 1, idle: 1, talking, stopping: 0, quarantined: 1 },
      matches: { live: 4 },
    }));
    expect(await value(metrics, 'shoal_bots{state="talking"}')).toBe(2);
    expect(await value(metrics, 'shoal_bots{state="quarantined"}')).toBe(1);
    expect(await value(metrics, "shoal_bots_target")).toBe(5);
    expect(await value(metrics, "shoal_people_present")).toBe(9);
    expect(await value(metrics, "shoal_people_waiting")).toBe(3);
    expect(await value(metrics, "shoal_matches_live")).toBe(4);
    talking = 3;
    expect(await value(metrics, 'shoal_bots{state="talking"}')).toBe(3);
    stop();
    talking = 4;
    expect(await value(metrics, 'shoal_bots{state="talking"}')).toBe(3);
  });
});

describe("observeHealth", () => {
  it("shows readiness and the one state each dependency is in", async () => {
    const metrics = makeMetrics();
    const database = {
      name: "database",
      required: true,
      state: "degraded",
      since: "2026-01-01T00:00:00.000Z",
    } as const;
    const since = database.since;
    const loops = (["ok", "failing"] as const).map(
      (state) => ({ name: `loop-${state}`, state, since, lastSuccessAt: null, failureCount: 0 }) as const,
    );
    observeHealth(metrics, { readiness: () => ({ ok: true, status: "ready", dependencies: [database], loops }) });
    expect(await value(metrics, 'shoal_loop_failing{loop="loop-ok"}')).toBe(0);
    expect(await value(metrics, 'shoal_loop_failing{loop="loop-failing"}')).toBe(1);
    expect(await value(metrics, "shoal_ready")).toBe(1);
    expect(await value(metrics, 'shoal_dependency_state{dependency="database",state="degraded"}')).toBe(1);
    expect(await value(metrics, 'shoal_dependency_state{dependency="database",state="ok"}')).toBe(0);
  });
});

describe("catalogue", () => {
  const catalogue = makeMetrics().catalogue();

  it.each(catalogue)("gives $name a name in base units and a help sentence", ({ name, type, help }) => {
    expect(name).toMatch(/^(?:shoal|process)_[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(name).not.toMatch(/_(?:ms|milliseconds|kb|megabytes|percent)(?:_|$)/);
    expect(help).toMatch(/^[A-Z1].*\.$/);
  });

  it("is the table of the README, word for word", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, table = ""] = readme.match(/<!-- metrics -->\n([\s\S]*?)<!-- \/metrics -->/) ?? [];
    const cellsOf = (row: string) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
    const [head, , ...rows] = table.trim().split("\n").map(cellsOf);
    expect(head).toEqual(["name", "type", "labels", "meaning"]);
    expect(rows).toEqual(
      catalogue.map(({ name, type, labels, help }) => [`\`${name}\``, type, labels.join(", "), help]),
    );
  });
});
