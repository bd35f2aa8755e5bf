import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "./repository-files.ts";

/**
 * Returns the environment for tools that start `bun` by name. A Bun run by npx is on no PATH and has a name that npm chose,
 * so a link to the running Bun goes first, and every tool uses the same version.
 */
export function toolEnvironment(): Record<string, string | undefined> {
  const folder = join(repositoryRoot, "node_modules/.shoal-bin");
  mkdirSync(folder, { recursive: true });
  const link = join(folder, "bun");
  rmSync(link, { force: true });
  symlinkSync(process.execPath, link);
  return {
    ...process.env,
    PATH: [folder, join(repositoryRoot, "node_modules/.bin"), process.env.PATH ?? ""].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
  };
}
