/** `bun deploy/observability/main.ts`: writes the rule files of Prometheus and the dashboards of Grafana anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFiles } from "./generated-files.ts";

for (const [path, content] of generatedFiles()) {
  writeFileSync(join(import.meta.dirname, "..", path), content);
  process.stdout.write(`deploy/${path}\n`);
}
