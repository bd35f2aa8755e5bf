import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "./repository-files.ts";

/**
 * The environment for tools that start `bun` by name. Whoever runs us by npx has a Bun that is on no PATH, under a
 * name of npm's choosing: a link to the very Bun that runs now goes first, so that every tool meets the same version.
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
