import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testServers } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filledIn, type GrafanaDashboard, queriesOf, type Selector, selectorsOf } from "./promql.ts";
import { type RunningRule, startTestPrometheus, type TestPrometheus } from "./test-prometheus.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

const DASHBOARDS = join(import.meta.dirname, "../../../deploy/grafana/dashboards");
const RUNBOOKS = join(import.meta.dirname, "../../../docs/runbooks");
/** Metrics of Prometheus itself. */
const ITS_OWN = ["up", "ALERTS"];

const dashboards = readdirSync(DASHBOARDS).map((name) => {
  const content = JSON.parse(readFileSync(join(DASHBOARDS, name), "utf8")) as GrafanaDashboard;
  return { name, queries: queriesOf(content) };
});

/** Queries in runbooks, one on each line. */
const runbookQueries = readdirSync(RUNBOOKS)
  .map((name) => readFileSync(join(RUNBOOKS, name), "utf8"))
  .flatMap((page) => [...page.matchAll(/^```promql\n(.+?)\n```$/gms)].flatMap(([, block = ""]) => block.split("\n")));

describe("selectorsOf", () => {
  it.each([
    ["up", ["up"]],
    ["sum by (state) (rate(a_total[5m])) / 0.5", ["a_total"]],
    ['max(a{x="1", y=~"b|c"} * 2 or b:c:d) > 1e3', ['a{x="1", y=~"b|c"}', "b:c:d"]],
    ["a and on (job, instance) group_left (z) b unless ignoring(le) c offset 5m", ["a", "b", "c"]],
    ["histogram_quantile(0.99, sum by (le) (rate(a_bucket{}[1m:5s])))", ["a_bucket{}"]],
    ["count(a) or vector(0)", ["a"]],
  ])("finds in %s the series %j", (query, expected) => {
    expect(selectorsOf(query).map(({ metric, matchers }) => `${metric}${matchers}`)).toEqual(expected);
  });
});

const { prometheus: programs } = testServers();

describe.runIf(programs)("a real Prometheus beside the daemon", () => {
  const cleanUp = new AsyncDisposableStack();
  let service: TestService;
  let prometheus: TestPrometheus;
  let rules: RunningRule[];
  /** Names of all series that the daemon's `/metrics` declares. */
  let exported: Set<string>;
  /** Those with a value there. */
  let filled: Set<string>;

  const finite = async (query: string) =>
    (await prometheus.query(query)).some(({ value }) => Number.isFinite(value) && value > 0);

  beforeAll(async () => {
    service = cleanUp.use(await startTestService());
    const { host } = new URL(service.environment.SHOAL_URL);
    prometheus = cleanUp.use(await startTestPrometheus(programs?.prometheus ?? "", host));
    await until(() => finite('up{job="shoal"}'));
    expect((await service.api("GET", "/api/analytics/dashboard")).status).toBe(200);
    // A counter shows an increase only if it was scraped before.
    const person = cleanUp.use(await service.person("ada"));
    const greeting = person.events.next("message");
    await person.enterRoom(await person.meet());
    await greeting;
    await until(() => finite("shoal:match_wait_seconds:p95_10m"));
    await until(async () => (await prometheus.rules()).every(({ health }) => health !== "unknown"));
    rules = await prometheus.rules();
    const metrics = await (await service.get("/metrics")).text();
    exported = new Set(
      [...metrics.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = "", type]) =>
        type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => `${name}${suffix}`) : [name],
      ),
    );
    filled = new Set([...metrics.matchAll(/^(\w+)[{ ]/gm)].map(([, name = ""]) => name));
  }, 120_000);
  afterAll(() => cleanUp.disposeAsync(), 120_000);

  const recorded = () => rules.filter(({ type }) => type === "recording").map(({ name }) => name);

  /** Finds names that no exporter has, and matchers that fit nothing although the metric has values. */
  async function unknownSelectors(queries: readonly string[]): Promise<string[]> {
    const known = new Set([...exported, ...recorded(), ...ITS_OWN]);
    const asked = new Map<string, Selector>();
    for (const selector of queries.flatMap(selectorsOf)) {
      asked.set(`${selector.metric}${selector.matchers}`, selector);
    }
    const unknown: string[] = [];
    for (const [text, { metric, matchers }] of asked) {
      const isFilled = filled.has(metric) || recorded().includes(metric);
      if (!known.has(metric)) unknown.push(text);
      else if (matchers !== "" && isFilled && (await prometheus.seriesCount(text)) === 0) unknown.push(text);
    }
    return unknown;
  }

  it.each(dashboards)("answers every query of $name, from metrics that the daemon exports", async ({ queries }) => {
    expect(queries.length).toBeGreaterThan(15);
    expect(await unknownSelectors(queries)).toEqual([]);
    for (const query of queries) await prometheus.query(query);
  });

  it("answers every query of the runbooks, from metrics that the daemon exports", async () => {
    expect(runbookQueries.length).toBeGreaterThan(30);
    expect(await unknownSelectors(runbookQueries)).toEqual([]);
    for (const query of runbookQueries) await prometheus.query(query);
  });

  it("applies every rule, from metrics that the daemon exports", async () => {
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    expect(await unknownSelectors(rules.map(({ query }) => filledIn(query)))).toEqual([]);
  });

  it("has a value for everything the rules record", async () => {
    const empty = async () => {
      const counts = await Promise.all(recorded().map(async (name) => [name, await prometheus.query(name)] as const));
      return counts.filter(([, samples]) => samples.length === 0).map(([name]) => name);
    };
    await until(async () => (await empty()).length === 0);
  });

  it("sees a person being served, in histograms too, and nothing to alarm anybody", async () => {
    await until(() => finite("max(shoal_matches_live)"));
    await until(() => finite("shoal:event_loop_lag_seconds:p99_5m"));
    await until(() => finite("histogram_quantile(0.5, sum by (le) (rate(shoal_join_duration_seconds_bucket[1m])))"));
    await until(() => finite('shoal_breaker_state{state="up"}'));
    await until(() => finite("min(shoal_budget_allowed)"));
    expect(await finite("shoal_metrics_collect_errors_total")).toBe(false);
    expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
  });
});
