import { join } from "node:path";
import type { Runtime } from "@shoal/kernel";
import { type ProjectFile, readProject, writeProject } from "./adapters/project-files.ts";
import { generateJwtSecret, makeKeys } from "./keys.ts";
import { lockDirectory } from "./postgres/adapters/directory-lock.ts";
import { freePort } from "./postgres/adapters/free-port.ts";
import { makeDirectory } from "./postgres/adapters/make-directory.ts";
import { startEmbeddedPostgres } from "./postgres/index.ts";
import {
  type AccessRule,
  type LimitsOption,
  type RealtimeFaults,
  type RealtimeServer,
  startRealtimeServer,
} from "./realtime/index.ts";

/** Where the embedded project lives. */
export interface LocalSupabaseOptions {
  /** Keys and data live below it; made if missing. One process at a time. */
  readonly directory: string;
  readonly runtime: Runtime;
  /** 1 to 65535. By default the one of the last start if it is free, else any free one. */
  readonly realtimePort?: number;
  /** A Postgres to use instead of the embedded one. `postgres_changes` needs `wal_level=logical` there. */
  readonly databaseUrl?: string;
  /** What Realtime admits. Default self-hosted. */
  readonly limits?: LimitsOption;
  /** Who may do what on private topics. Default: `service_role` everything, everybody else nothing. */
  readonly access?: AccessRule;
}

/** A running embedded project. */
export interface LocalSupabase {
  /** What a client calls the project's URL. */
  readonly url: string;
  readonly anonKey: string;
  /** A secret, as are the two below. */
  readonly serviceRoleKey: string;
  readonly jwtSecret: string;
  readonly databaseUrl: string;
  readonly realtime: RealtimeServer;
  /** What can be made to go wrong with it. */
  readonly faults: RealtimeFaults;
  /** Closes every socket, then stops the database. Idempotent; nothing is left running. */
  stop(): Promise<void>;
}

/**
 * Starts a Supabase project for development in this process: Postgres, and Realtime on a loopback port. The keys are made
 * at the first start and stay.
 *
 * @throws LOCAL_DATA_DIR_IN_USE another process works on the directory; `details.pid` names it
 * @throws LOCAL_DATA_DIR_UNUSABLE the directory cannot be made or written to
 * @throws LOCAL_REALTIME_LIMITS the limits are no numbers
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
