import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import type { EmbeddedPostgres, PostgresBinaries } from "@shoal/local-supabase/postgres";
import type { Backend } from "./test-servers.ts";

const DEBIAN_ROOT = "/usr/lib/postgresql";

/** What to start. */
export interface OwnPostgresOptions {
  /** `embedded` by default; `server`: Debian's newest. */
  readonly backend?: Backend;
  /** Server settings that win over the usual, durable ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server of one's own, which may be killed and filled: it starts again when it ends, and is removed with its scope. */
export async function ownPostgres(options: OwnPostgresOptions = {}): Promise<EmbeddedPostgres & AsyncDisposable> {
  const backend = options.backend ?? "embedded";
  const binaries = backend === "server" ? debianPostgres() : undefined;
  if (backend === "server" && !binaries) throw new Error("no Postgres of Debian's here: use ownBackends() to list");
  const dataDirectory = mkdtempSync(join(tmpdir(), `shoal-test-${backend}-`));
  const remove = () => rmSync(dataDirectory, { recursive: true, force: true });
  try {
    // Only here: it needs Bun, and the testkit's other parts are used on Node as well.
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

/** The backends that `ownPostgres` can start here: for `describe.each`. */
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
