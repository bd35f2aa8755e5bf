import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, spawnServer } from "@shoal/local-supabase/postgres";
import { until } from "./test-service.ts";

const FOLDER = join(import.meta.dirname, "../../../deploy/prometheus");

/** One series with its value now. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RunningRule {
  readonly name: string;
  readonly query: string;
  readonly type: "recording" | "alerting";
  readonly health: string;
  readonly lastError?: string;
}

export interface TestPrometheus extends AsyncDisposable {
  /** Runs a query. @throws with Prometheus' message if the query is wrong */
  query(query: string): Promise<Sample[]>;
  /** Counts the series that a selector finds. */
  seriesCount(selector: string): Promise<number>;
  rules(): Promise<RunningRule[]>;
}

/** The committed configuration, for another target and with shorter intervals. */
function configuration(target: string): string {
  return readFileSync(join(FOLDER, "prometheus.yml"), "utf8")
    .replaceAll("15s", "1s")
    .replace("rules/*.yml", join(FOLDER, "rules/*.yml"))
    .replace("shoal:8787", target);
}

/** Starts a real Prometheus with the committed rules that scrapes `target` (host:port) every second. */
export async function startTestPrometheus(program: string, target: string): Promise<TestPrometheus> {
  const directory = mkdtempSync(join(tmpdir(), "shoal-prometheus-"));
  const port = await freePort();
  writeFileSync(join(directory, "prometheus.yml"), configuration(target));
  const flags = [
    `--config.file=${join(directory, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const log = join(directory, "prometheus.log");
  const server = spawnServer({ kind: "self" }, [program, ...flags], log);
  const dispose = async () => {
    server.stop();
    await server.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const ask = async <Data>(path: string, fields: Record<string, string> = {}): Promise<Data> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(fields)}`);
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string };
    if (status !== "success") throw new Error(`${JSON.stringify(fields)}: ${error}`);
    return data;
  };
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(async () => server.hasExited() || (await isReady()));
  if (server.hasExited()) {
    const said = readFileSync(log, "utf8");
    await dispose();
    throw new Error(`Prometheus ended: ${said}`);
  }
  return {
    async query(query) {
      const { result } = await ask<{ result: { metric: Sample["metric"]; value: [number, string] }[] }>("query", {
        query,
      });
      return result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }));
    },
    seriesCount: async (selector) => (await ask<unknown[]>("series", { "match[]": selector })).length,
    rules: async () =>
      (await ask<{ groups: { rules: RunningRule[] }[] }>("rules")).groups.flatMap(({ rules }) => rules),
    [Symbol.asyncDispose]: dispose,
  };
}
