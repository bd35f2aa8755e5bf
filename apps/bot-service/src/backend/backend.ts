import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Runtime } from "@shoal/kernel";
import type { RealtimeServer } from "@shoal/local-supabase";
import { makePrivateDirectory } from "@shoal/local-supabase/directory";
import { type Config, EMBEDDED_MARK } from "../config.ts";
import type { ServiceEnvironment } from "../service.types.ts";

/** The Supabase and the Postgres that a daemon works with. */
export interface Backend {
  readonly supabaseUrl: string;
  readonly serviceRoleKey: string;
  /** Null for a project whose public key the daemon was not given. */
  readonly anonKey: string | null;
  readonly databaseUrl: string;
  readonly apiToken: string;
  /** The secret that tokens of people are signed with, where it is one; null where only the project knows it. */
  readonly jwtSecret: string | null;
  /** The embedded Realtime server; null where a project's is used. */
  readonly realtime: RealtimeServer | null;
  /** Says in one line for people what is used. */
  readonly description: string;
  /** Stops the servers that `openBackend` started. Idempotent. */
  stop(): Promise<void>;
}

const nothingToStop = async () => {};

/**
 * Opens the project of `SUPABASE_URL`, or the embedded backend; the Postgres of `DATABASE_URL`, or the embedded one.
 * @throws LOCAL_DATA_DIR_IN_USE, LOCAL_POSTGRES_START_FAILED and the other codes of local-supabase
 */
export async function openBackend(config: Config, runtime: Runtime): Promise<Backend> {
  if (config.backend.kind === "embedded") return openEmbedded(config, runtime);
  const { url, serviceRoleKey } = config.backend;
  const postgres =
    config.databaseUrl === null
      ? await openEmbeddedPostgres(config, runtime)
      : { url: config.databaseUrl, stop: nothingToStop };
  const where =
    config.databaseUrl === null ? `the embedded Postgres in ${config.directory}` : "the Postgres of DATABASE_URL";
  return {
    supabaseUrl: url,
    serviceRoleKey,
    anonKey: config.anonKey,
    databaseUrl: postgres.url,
    // parseConfig has refused a project without a token.
    apiToken: config.apiToken ?? "",
    jwtSecret: config.jwtSecret,
    realtime: null,
    description: `serving ${url}, state in ${where}`,
    stop: postgres.stop,
  };
}

async function openEmbedded(config: Config, runtime: Runtime): Promise<Backend> {
  // Loaded only here: the production image does not carry the embedded backend.
  const { startLocalSupabase } = await import("@shoal/local-supabase");
  const { directory, databaseUrl, supabasePlan } = config;
  const local = await startLocalSupabase({
    directory,
    runtime,
    limits: supabasePlan === "auto" ? "self-hosted" : supabasePlan,
    ...(databaseUrl === null ? {} : { databaseUrl }),
  });
  const apiToken = await tokenOf(config).catch(async (thrown) => {
    await local.stop();
    throw thrown;
  });
  return {
    supabaseUrl: local.url,
    serviceRoleKey: local.serviceRoleKey,
    anonKey: local.anonKey,
    databaseUrl: local.databaseUrl,
    apiToken,
    jwtSecret: local.jwtSecret,
    realtime: local.realtime,
    description: `no SUPABASE_URL: using the embedded backend, ${
      databaseUrl === null ? `data in ${directory}` : `state in the Postgres of DATABASE_URL, keys in ${directory}`
    }`,
    stop: () => local.stop(),
  };
}

async function openEmbeddedPostgres(config: Config, runtime: Runtime) {
  const { startEmbeddedPostgres } = await import("@shoal/local-supabase");
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(config.directory, "postgres"), runtime });
  return { url: postgres.url, stop: () => postgres.stop() };
}

const tokenPath = (directory: string) => join(directory, "api-token");

/** Whether an embedded backend has been started on this directory before, so that its user knows the API token. */
export function hasKeptToken(directory: string): boolean {
  return existsSync(tokenPath(directory));
}

const tokenOf = async ({ apiToken, directory }: Config) => apiToken ?? (await keptToken(directory));

/** Reads the API token of this directory, which is made at the first start and then kept. */
async function keptToken(directory: string): Promise<string> {
  const path = tokenPath(directory);
  const kept = await readFile(path, "utf8").catch(() => "");
  // A crash or a full disk may have left a file without a token.
  if (kept.trim() !== "") return kept.trim();
  const token = randomBytes(24).toString("base64url");
  makePrivateDirectory(directory);
  await writeFile(`${path}.new`, `${token}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return token;
}

/** The variables that other programs need to use the daemon of that process and its backend. */
export function environmentOf(backend: Backend, url: string, pid: number): ServiceEnvironment {
  return {
    ...(backend.realtime && { [EMBEDDED_MARK]: `${pid} ${backend.supabaseUrl}` }),
    SUPABASE_URL: backend.supabaseUrl,
    SUPABASE_ANON_KEY: backend.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: backend.serviceRoleKey,
    DATABASE_URL: backend.databaseUrl,
    SHOAL_URL: url,
    SHOAL_API_TOKEN: backend.apiToken,
  };
}
