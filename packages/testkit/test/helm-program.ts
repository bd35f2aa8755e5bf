import { existsSync } from "node:fs";
import { join } from "node:path";

const HELM = join(import.meta.dirname, "../../../deploy/kubernetes/tools/node_modules/.bin/helm");

/** Finds the Helm of the chart's tools, which is a program for Linux on x86-64, or undefined. */
export function findHelm(): string | undefined {
  return process.platform === "linux" && process.arch === "x64" && existsSync(HELM) ? HELM : undefined;
}
