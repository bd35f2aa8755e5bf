import { join } from "node:path";
import { readEnvironmentFile } from "../../backend/environment-file.ts";
import { type Config, type Environment, parseConfig } from "../../config.ts";
import { poolOptions } from "../../pool/options.ts";

/** The project that is examined. */
export interface Target {
  readonly source: "SUPABASE_URL" | "the running daemon";
  readonly supabaseUrl: string;
  /** Null if it is not given. */
  readonly serviceRoleKey: string | null;
  readonly anonKey: string | null;
  readonly databaseUrl: string | null;
  readonly apiToken: string | null;
  /** What the daemon would be started with in this environment. */
  readonly config: Config;
  /** Folder of the migrations. */
  readonly migrations: string;
}

/** Limits assumed of the project, and the share of them that the daemon may use. */
export interface Usage {
  readonly joinsPerSecond: number;
  readonly sockets: number;
  readonly channels: number;
}

const MIGRATIONS = join(import.meta.dirname, "../../../../../supabase/migrations");
/** Stands for a missing secret, which is a finding and not a wrong command line: the rest can be examined all the same. */
const PLACEHOLDER = "not-given-not-given";

/**
 * Returns the project of `SUPABASE_URL`, or the one that the daemon running on `SHOAL_DIRECTORY` serves.
 * @throws CONFIG_INVALID a variable cannot be used
 * @throws CLI_NOT_RUNNING neither is found
 */
export function findTarget(env: Environment, isAlive: (pid: number) => boolean): Target {
  const given = (name: string) => env[name]?.trim() || null;
  const supabaseUrl = given("SUPABASE_URL");
  if (supabaseUrl === null) return runningTarget(parseConfig(env).config, isAlive);
  const serviceRoleKey = given("SUPABASE_SERVICE_ROLE_KEY");
  const apiToken = given("SHOAL_API_TOKEN");
  const { config } = parseConfig({
    ...env,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey ?? PLACEHOLDER,
    SHOAL_API_TOKEN: apiToken ?? PLACEHOLDER,
  });
  return {
    source: "SUPABASE_URL",
    supabaseUrl,
    serviceRoleKey,
    anonKey: given("SUPABASE_ANON_KEY"),
    databaseUrl: config.databaseUrl,
    apiToken,
    config,
    migrations: MIGRATIONS,
  };
}

function runningTarget(config: Config, isAlive: (pid: number) => boolean): Target {
  const running = readEnvironmentFile(config.directory, isAlive);
  return {
    source: "the running daemon",
    supabaseUrl: running.SUPABASE_URL,
    serviceRoleKey: running.SUPABASE_SERVICE_ROLE_KEY,
    anonKey: running.SUPABASE_ANON_KEY,
    databaseUrl: running.DATABASE_URL,
    apiToken: running.SHOAL_API_TOKEN,
    config,
    migrations: MIGRATIONS,
  };
}

/** Returns the most that the daemon is configured to use. */
export function usageOf(config: Config): Usage {
  const { joinsPerSecond = 0, maxSockets = 0, channelsPerSocket = 0 } = poolOptions(config);
  return { joinsPerSecond, sockets: maxSockets, channels: maxSockets * channelsPerSocket };
}

/** Returns all secrets of the target, to remove them from texts: the keys, the token, the model's key and the database's password. */
export function secretsOf({
  serviceRoleKey,
  anonKey,
  apiToken,
  databaseUrl,
  supabaseUrl,
  config,
}: Target): (string | null)[] {
  const passwords = [databaseUrl, supabaseUrl].flatMap((url) => {
    const { password = "" } = url !== null && URL.canParse(url) ? new URL(url) : {};
    return [password, decode(password)];
  });
  return [serviceRoleKey, anonKey, apiToken, config.llmApiKey, ...passwords];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
