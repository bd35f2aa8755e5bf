import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProcessFigures } from "../adapters/process-figures.ts";
import { createMetrics } from "./create-metrics.ts";
import { observeHealth } from "./health.ts";
import { allOf, errorCodes, oneOf, reasonWords, workNames } from "./labels.ts";

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

  it("has a series at 0 for every known value of a label before the first event", async () => {
    const metrics = makeMetrics();
    const kind = oneOf(["person_bot", "person_person"]);
    metrics.counter({ name: "shoal_made_total", help: "Made.", labels: { kind } });
    metrics.histogram({ name: "shoal_wait_seconds", help: "Wait.", labels: { kind }, buckets: [1] });
    metrics.gauge({
      name: "shoal_left",
      help: "Left.",
      labels: { kind, side: allOf<"a" | "b">({ a: true, b: true }) },
    });
    expect(await value(metrics, 'shoal_made_total{kind="person_bot"}')).toBe(0);
    expect(await value(metrics, 'shoal_wait_seconds_count{kind="person_person"}')).toBe(0);
    expect(await value(metrics, 'shoal_left{kind="person_bot",side="b"}')).toBe(0);
  });

  it("asks every part once per scrape; one that fails is counted and spoils nothing", async () => {
    const metrics = makeMetrics();
    metrics.beforeScrape(() => {
      throw new Error("pool is gone");
    });
    const target = metrics.gauge({ name: "shoal_target", help: "Target." });
    let asked = 0;
    const stop = metrics.beforeScrape(() => {
      asked += 1;
      target.set({}, 5);
    });
    expect(await value(metrics, "shoal_target")).toBe(5);
    expect(asked).toBe(1);
    stop();
    expect(await value(metrics, "shoal_metrics_collect_errors_total")).toBe(2);
    expect(asked).toBe(1);
  });

  it("keeps two sets of metrics apart", async () => {
    const [one, other] = [makeMetrics(), makeMetrics()];
    const [crashes] = [one, other].map(({ counter }) => counter({ name: "shoal_crashes_total", help: "Crashes." }));
    crashes?.inc({});
    expect(await value(one, "shoal_crashes_total")).toBe(1);
    expect(await value(other, "shoal_crashes_total")).toBe(0);
  });

  it("refuses a second metric of one name", () => {
    const { counter } = makeMetrics();
    counter({ name: "shoal_crashes_total", help: "Crashes." });
    expect(() => counter({ name: "shoal_crashes_total", help: "Others." })).toThrow("shoal_crashes_total");
  });
});

describe("instruments", () => {
  it("ignore what is not a number and never count down", async () => {
    const metrics = makeMetrics();
    const reconnects = metrics.counter({ name: "shoal_reconnects_total", help: "Reconnects." });
    const lateness = metrics.histogram({ name: "shoal_lateness_seconds", help: "Lateness.", buckets: [1] });
    for (const by of [Number.NaN, -1, Number.POSITIVE_INFINITY, 0]) reconnects.inc({}, by);
    for (const seconds of [Number.NaN, -1, 0.2]) lateness.observe({}, seconds);
    expect(await value(metrics, "shoal_reconnects_total")).toBe(0);
    expect(await value(metrics, "shoal_lateness_seconds_count")).toBe(2);
    expect(await value(metrics, "shoal_lateness_seconds_sum")).toBe(0.2);
  });

  it("let no id and no number of callers grow the series without bound", async () => {
    const metrics = makeMetrics();
    const labels = { code: errorCodes(), reason: reasonWords(), kind: oneOf(["message"]), type: workNames() };
    const counters = Object.entries(labels).map(([name, label]) =>
      metrics.counter({ name: `shoal_${name}_total`, help: "Counted.", labels: { label } }),
    );
    const depth = metrics.gauge({ name: "shoal_depth", help: "Depth.", labels: { queue: workNames() } });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uuid(), fc.webPath()), (wild) => {
        metrics.service.httpDuration.observe({ route: wild, status: wild }, 0.1);
        for (const counter of counters) counter.inc({ label: wild });
        depth.set({ queue: wild }, 1);
      }),
      { numRuns: 3000 },
    );
    const { body } = await metrics.render();
    // 65 routes of 6 status classes, each with its buckets, are by far the most.
    expect(body.split("\n").length).toBeLessThan(65 * 6 * 16 + 1000);
    expect(body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
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
