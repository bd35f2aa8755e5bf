import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startThrowawayServer } from "@shoal/testkit";

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
    .replace(/dns_sd_configs:.*$/s, `static_configs:\n      - targets: ["${target}"]\n`);
}

/** Starts a real Prometheus with the committed rules that scrapes `target` (host:port) every second. */
export async function startTestPrometheus(program: string, target: string): Promise<TestPrometheus> {
  const { port, stop } = await startThrowawayServer({
    name: "prometheus",
    prepare(directory, port) {
      const configFile = join(directory, "prometheus.yml");
      writeFileSync(configFile, configuration(target));
      const data = join(directory, "data");
      const address = `127.0.0.1:${port}`;
      return [program, `--config.file=${configFile}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`];
    },
    isUp: (port) =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  const ask = async <Data>(path: string, fields: Record<string, string> = {}): Promise<Data> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(fields)}`);
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string };
    if (status !== "success") throw new Error(`${JSON.stringify(fields)}: ${error}`);
    return data;
  };
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
    [Symbol.asyncDispose]: stop,
  };
}
