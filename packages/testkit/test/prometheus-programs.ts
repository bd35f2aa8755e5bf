import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PrometheusPrograms } from "../src/test-servers.ts";

const FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** Finds both programs of Debian's package `prometheus`, or undefined. */
export function findPrometheus(): PrometheusPrograms | undefined {
  for (const folder of FOLDERS) {
    const [prometheus, promtool] = [join(folder, "prometheus"), join(folder, "promtool")];
    if (existsSync(prometheus) && existsSync(promtool)) return { prometheus, promtool };
  }
  return undefined;
}
