import { join } from "node:path";
import type { Manifest } from "./check-manifest.ts";

const CHART = join(import.meta.dirname, "..");
/** It ends within a second: to collect garbage before it has that much of it would take a part of its time. It keeps nothing. */
const ENVIRONMENT = {
  ...{ GOGC: "off", HELM_CACHE_HOME: "/nonexistent", HELM_CONFIG_HOME: "/nonexistent" },
  KUBECACHEDIR: "/dev/null/nothing",
};

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Helm on the chart. */
export async function runHelm(helm: string, command: string, ...args: readonly string[]): Promise<Ran> {
  const release = command === "lint" ? [] : ["shoal"];
  const child = Bun.spawn([helm, command, ...release, CHART, "--namespace", "bots", ...args], {
    env: ENVIRONMENT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, stdout, stderr };
}

/** Returns the option by which Helm takes a file of `test/values`. */
export const valuesOf = (name: string) => ["--values", join(import.meta.dirname, "values", `${name}.yaml`)];

/** Returns what the chart makes of a file of `test/values`. */
export async function render(helm: string, name: string, ...args: readonly string[]): Promise<Manifest[]> {
  const { exitCode, stdout, stderr } = await runHelm(helm, "template", ...valuesOf(name), ...args);
  if (exitCode !== 0) throw new Error(stderr);
  const documents = stdout.split(/^---$/m).map((text) => Bun.YAML.parse(text) as Manifest | null);
  return documents.filter((document) => document !== null);
}

/** Returns the one manifest of a kind, as what the caller reads of it. */
export function only<Shape>(manifests: readonly Manifest[], kind: string, name = "shoal"): Shape {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0] as unknown as Shape;
}
