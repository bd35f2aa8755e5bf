import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError, type Runtime } from "@shoal/kernel";
import { z } from "zod";
import { generateJwtSecret, makeKeys } from "./keys.ts";
import { lockDirectory, makeDirectory } from "./postgres/adapters/directory-lock.ts";
import { freePort } from "./postgres/adapters/free-port.ts";
import { startEmbeddedPostgres } from "./postgres/start-embedded-postgres.ts";
import { parseJson } from "./realtime/frames.ts";
import type { LimitsOption } from "./realtime/limits.ts";
import type { AccessRule } from "./realtime/policies.ts";
import { startRealtimeServer } from "./realtime/server.ts";
import type { RealtimeFaults, RealtimeServer } from "./realtime/types.ts";

/** Options of the embedded project. */
export interface LocalSupabaseOptions {
  /** Holds keys and data; made if missing. For one process at a time. */
  readonly directory: string;
  readonly runtime: Runtime;
  /** 1 to 65535. Default: the port of the last start if it is free, else any free one. */
  readonly realtimePort?: number;
  /** A Postgres to use instead of the embedded one. `postgres_changes` needs `wal_level=logical` there. */
  readonly databaseUrl?: string;
  /** What Realtime admits. Default: self-hosted. */
  readonly limits?: LimitsOption;
  /** Permissions on private topics. Default: all for `service_role`, none for other roles. */
  readonly access?: AccessRule;
}

/** A running embedded project. */
export interface LocalSupabase {
  /** What a client calls the URL of the project. */
  readonly url: string;
  readonly anonKey: string;
  /** A secret, as are the two below. */
  readonly serviceRoleKey: string;
  readonly jwtSecret: string;
  readonly databaseUrl: string;
  readonly realtime: RealtimeServer;
  /** Faults that can be made to happen. */
  readonly faults: RealtimeFaults;
  /** Closes every socket, then stops the database. Leaves nothing running. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a Supabase project for development in this process: Postgres, and Realtime on a loopback port. The keys are made
 * at the first start and kept.
 *
 * @throws LOCAL_DATA_DIR_IN_USE another process works on the directory; `details.pid` names it
 * @throws LOCAL_DATA_DIR_UNUSABLE the directory cannot be made or written to
 * @throws LOCAL_REALTIME_LIMITS a limit is out of range
 * @throws LOCAL_KEYS_INVALID the kept keys are damaged
 * @throws LOCAL_POSTGRES_MISSING, LOCAL_POSTGRES_START_FAILED as `startEmbeddedPostgres`
 */
export async function startLocalSupabase(options: LocalSupabaseOptions): Promise<LocalSupabase> {
  const { runtime } = options;
  const directory = makeDirectory(options.directory);
  const undo = new AsyncDisposableStack();
  try {
    const lock = lockDirectory(directory);
    undo.defer(() => lock.release());
    const project = readProject(directory) ?? (await newProject(runtime));
    const databaseUrl = options.databaseUrl ?? (await startPostgres(directory, runtime, undo));
    const realtime = await startRealtimeServer({
      runtime,
      jwtSecret: project.jwt_secret,
      port: options.realtimePort ?? (await freePort(project.realtime_port)),
      databaseUrl,
      limits: options.limits,
      access: options.access,
    });
    undo.defer(() => realtime.close());
    writeProject(directory, { ...project, realtime_port: realtime.port });
    let stopping: Promise<void> | undefined;
    return {
      url: realtime.url,
      anonKey: project.anon_key,
      serviceRoleKey: project.service_role_key,
      jwtSecret: project.jwt_secret,
      databaseUrl,
      realtime,
      faults: realtime.faults,
      stop: () => (stopping ??= undo.disposeAsync()),
    };
  } catch (thrown) {
    await undo.disposeAsync();
    throw thrown;
  }
}

async function startPostgres(directory: string, runtime: Runtime, undo: AsyncDisposableStack): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(directory, "postgres"), runtime });
  undo.defer(() => postgres.stop());
  return postgres.url;
}

async function newProject(runtime: Runtime): Promise<ProjectFile> {
  const jwtSecret = generateJwtSecret();
  const keys = await makeKeys({ jwtSecret, now: () => runtime.clock.now() });
  return { jwt_secret: jwtSecret, anon_key: keys.anon, service_role_key: keys.serviceRole };
}

const projectFile = z.object({
  jwt_secret: z.string().min(32),
  anon_key: z.string().min(1),
  service_role_key: z.string().min(1),
  realtime_port: z.int().min(1).max(65_535).optional(),
});

/** What an embedded project keeps between starts, so that clients find it again: keys and port. */
type ProjectFile = z.infer<typeof projectFile>;

const nameOf = (directory: string) => join(directory, "keys.json");

/**
 * Reads the kept project; undefined at the first start.
 *
 * @throws LOCAL_KEYS_INVALID the file is damaged
 */
function readProject(directory: string): ProjectFile | undefined {
  const name = nameOf(directory);
  if (!existsSync(name)) return undefined;
  const parsed = projectFile.safeParse(parseJson(readFileSync(name, "utf8")));
  if (parsed.success) return parsed.data;
  throw new FleetError(
    "LOCAL_KEYS_INVALID",
    `${name} does not hold the keys of an embedded project. Restore it, or delete it to have new keys made, which clients then need.`,
    { details: { file: name } },
  );
}

/** Keeps the project in a file that only the user of this process can read. A start that is cut short leaves the old file. */
function writeProject(directory: string, project: ProjectFile): void {
  const name = nameOf(directory);
  const draft = `${name}.new`;
  writeFileSync(draft, `${JSON.stringify(project, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, name);
}
