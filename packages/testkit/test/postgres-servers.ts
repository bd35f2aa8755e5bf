import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { type PostgresBinaries, startEmbeddedPostgres } from "@shoal/local-supabase/postgres";

/** A server that a test run may use, and how to end it. */
export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Durability is not what these tests are about, and syncing dominates them on a slow disk. */
const THROWAWAY_SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

const DEBIAN_ROOT = "/usr/lib/postgresql";

/** The embedded Postgres in a temporary directory, removed by `stop`. */
export function startTestEmbedded(): Promise<RunningServer> {
  return startTemporary("embedded", undefined);
}

/** The server in `DATABASE_URL` as it is, else Debian's newest in a temporary directory, else undefined. */
export async function startTestServer(databaseUrl: string | undefined): Promise<RunningServer | undefined> {
  if (databaseUrl) return { url: databaseUrl, stop: async () => {} };
  const binaries = debianBinaries();
  return binaries && startTemporary("server", binaries);
}

function debianBinaries(): PostgresBinaries | undefined {
  if (!existsSync(DEBIAN_ROOT)) return undefined;
  const versions = readdirSync(DEBIAN_ROOT).sort((left, right) => Number(right) - Number(left));
  for (const version of versions) {
    const bin = join(DEBIAN_ROOT, version, "bin");
    const [initdb, postgres] = [join(bin, "initdb"), join(bin, "postgres")];
    if (existsSync(initdb) && existsSync(postgres)) return { initdb, postgres, initdbFlags: [] };
  }
  return undefined;
}

async function startTemporary(label: string, binaries: PostgresBinaries | undefined): Promise<RunningServer> {
  const dataDirectory = mkdtempSync(join(tmpdir(), `shoal-test-${label}-`));
  const remove = () => rmSync(dataDirectory, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres({
      dataDirectory,
      runtime: createSystemRuntime(),
      settings: THROWAWAY_SETTINGS,
      ...(binaries && { binaries }),
    });
    return { url: server.url, stop: () => server.stop().finally(remove) };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}
