import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import type { EmbeddedPostgres, PostgresBinaries } from "@shoal/local-supabase/postgres";
import type { Backend } from "./test-servers.ts";

const DEBIAN_ROOT = "/usr/lib/postgresql";
/** The file system in memory that Linux has. Containers often make it tiny. */
const MEMORY_ROOT = "/dev/shm";
const MEMORY_ROOM_BYTES = 4 * 1024 ** 3;

/** Options of a server for one test. */
export interface OwnPostgresOptions {
  /** Default: `embedded`. `server` is the newest one that Debian installed. */
  readonly backend?: Backend;
  /** Server settings that replace the usual, durable ones. With `fsync: "off"` its files are in memory, where that has room. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a server for one test, which the test may kill or fill up: it starts again when it ends. Stopped and removed at the
 * end of its scope; the server, not its directory, also ends with a process that is killed.
 */
export async function ownPostgres(options: OwnPostgresOptions = {}): Promise<EmbeddedPostgres & AsyncDisposable> {
  const backend = options.backend ?? "embedded";
  const binaries = backend === "server" ? debianPostgres() : undefined;
  if (backend === "server" && !binaries)
    throw new Error("Debian has installed no Postgres here: call ownBackends() for the backends that can start");
  const root = options.settings?.["fsync"] === "off" ? throwawayRoot() : tmpdir();
  const dataDirectory = mkdtempSync(join(root, `shoal-test-${backend}-`));
  const remove = () => rmSync(dataDirectory, { recursive: true, force: true });
  try {
    // Imported late, because it needs Bun, and the other parts of testkit are used on Node as well.
    const { startEmbeddedPostgres } = await import("@shoal/local-supabase/postgres");
    const server = await startEmbeddedPostgres({
      dataDirectory,
      runtime: createSystemRuntime(),
      ...(options.settings && { settings: options.settings }),
      ...(binaries && { binaries }),
    });
    const stop = () => server.stop().finally(remove);
    return {
      url: server.url,
      port: server.port,
      get pid() {
        return server.pid;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}

/**
 * Returns the directory for the files of Postgres servers that need not outlive the machine: in memory where that has room. A
 * database is some 300 files, and to make and remove them costs ext4 without a journal more than all else that a test does.
 */
export function throwawayRoot(): string {
  try {
    accessSync(MEMORY_ROOT, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY_ROOT);
    return bavail * bsize >= MEMORY_ROOM_BYTES ? MEMORY_ROOT : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Returns the backends that `ownPostgres` can start here, for `describe.each`. */
export function ownBackends(): Backend[] {
  return debianPostgres() ? ["embedded", "server"] : ["embedded"];
}

function debianPostgres(): PostgresBinaries | undefined {
  if (!existsSync(DEBIAN_ROOT)) return undefined;
  const versions = readdirSync(DEBIAN_ROOT).sort((left, right) => Number(right) - Number(left));
  for (const version of versions) {
    const bin = join(DEBIAN_ROOT, version, "bin");
    const [initdb, postgres] = [join(bin, "initdb"), join(bin, "postgres")];
    if (existsSync(initdb) && existsSync(postgres)) return { initdb, postgres, initdbFlags: [] };
  }
  return undefined;
}
