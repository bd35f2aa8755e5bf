import { join } from "node:path";
import { errorFields, isFleetError, type Runtime, retry } from "@shoal/kernel";
import { createDatabase, statement } from "@shoal/store";
import { AuthService } from "./auth/auth-service.ts";
import type { SigningKey } from "./auth/signing-key.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { lockDirectory, makeDirectory } from "./postgres/adapters/directory-lock.ts";
import { freePort } from "./postgres/adapters/free-port.ts";
import { BOOTSTRAP_SQL } from "./postgres/bootstrap-sql.ts";
import { startEmbeddedPostgres } from "./postgres/start-embedded-postgres.ts";
import { newProject, type ProjectFile, readProject, withSigningKey, writeProject } from "./project-file.ts";
import type { LimitsOption } from "./realtime/limits.ts";
import { startRealtimeServer } from "./realtime/server.ts";
import { Tokens } from "./realtime/tokens.ts";
import type { RealtimeFaults, RealtimeServer } from "./realtime/types.ts";
import { RestService } from "./rest/rest-service.ts";

/** Options of the embedded project. */
export interface LocalSupabaseOptions {
  /** Holds keys and data; made if missing. For one process at a time. */
  readonly directory: string;
  readonly runtime: Runtime;
  /** 1 to 65535. Default: the port of the last start if it is free, else any free one. */
  readonly realtimePort?: number;
  /**
   * A Postgres to use instead of the embedded one. `postgres_changes` needs `wal_level=logical` there. The roles and schemas of a
   * Supabase project are made there where it has no table `auth.users`.
   */
  readonly databaseUrl?: string;
  /** What Realtime admits. Default: self-hosted. */
  readonly limits?: LimitsOption;
  /** How long an access token of a signed-in person is good, in seconds. Default 3,600. */
  readonly accessTokenSeconds?: number;
}

/** Connections of `/auth/v1` and `/rest/v1`, together. */
const API_CONNECTIONS = 4;
/** Longer than the limit of a statement, which Postgres ends. */
const API_QUERY_LIMIT_MS = 12_000;

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

/** Free ports that are tried. */
const MAX_PORTS = 5;

const isPortTaken = (thrown: unknown): boolean => isFleetError(thrown) && thrown.code === "LOCAL_REALTIME_PORT";

/**
 * Starts a Supabase project for development in this process: Postgres, and on one loopback port Realtime, `/auth/v1` and
 * `/rest/v1`. The keys are made at the first start and kept.
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
    const kept = readProject(directory) ?? (await newProject(runtime));
    const { project, signingKey } = await withSigningKey(directory, kept);
    const databaseUrl = options.databaseUrl ?? (await startPostgres(directory, runtime, undo));
    if (options.databaseUrl) await prepareDatabase(databaseUrl, runtime);
    const start = (port: number) =>
      startRealtimeServer({
        runtime,
        jwtSecret: project.jwt_secret,
        userTokenKey: signingKey,
        otherServices: openGateway({ ...options, project, signingKey, databaseUrl, port }, undo),
        port,
        databaseUrl,
        limits: options.limits,
      });
    // A port that was free a moment ago may be taken by now.
    const realtime = await retry(async () => start(options.realtimePort ?? (await freePort(project.realtime_port))), {
      runtime,
      backoff: () => 0,
      when: (thrown, attempt) => options.realtimePort === undefined && isPortTaken(thrown) && attempt < MAX_PORTS,
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

/** Opens `/auth/v1` and `/rest/v1` on connections of their own. */
function openGateway(
  parts: {
    readonly project: ProjectFile;
    readonly signingKey: SigningKey;
    readonly databaseUrl: string;
    readonly port: number;
    readonly runtime: Runtime;
    readonly accessTokenSeconds?: number;
  },
  undo: AsyncDisposableStack,
): Gateway {
  const { project, signingKey, databaseUrl, port, runtime, accessTokenSeconds } = parts;
  const database = createDatabase({
    url: databaseUrl,
    runtime,
    maxConnections: API_CONNECTIONS,
    queryLimitMs: API_QUERY_LIMIT_MS,
  });
  undo.defer(() => database.close());
  const tokens = new Tokens(project.jwt_secret, () => runtime.clock.now(), signingKey);
  const issuer = `http://127.0.0.1:${port}/auth/v1`;
  const jwtSecret = project.jwt_secret;
  const auth = new AuthService({ runtime, database, tokens, signingKey, jwtSecret, issuer, accessTokenSeconds });
  return createGateway({ auth, rest: new RestService({ runtime, database, tokens }), tokens });
}

/** Makes what a Supabase project has in a bare Postgres that was given. Realtime works without it. */
async function prepareDatabase(url: string, runtime: Runtime): Promise<void> {
  const database = createDatabase({ url, runtime, maxConnections: 1, queryLimitMs: API_QUERY_LIMIT_MS });
  try {
    const [found] = await database.query<{ is_prepared: boolean }>(
      statement("local_is_prepared", "select to_regclass('auth.users') is not null as is_prepared"),
    );
    if (!found?.is_prepared) await database.script(BOOTSTRAP_SQL);
  } catch (thrown) {
    runtime.log.warn(
      errorFields(thrown),
      "could not make the roles and schemas of a Supabase project in the given Postgres: nobody can sign in at the embedded backend; let its user make roles and schemas, then start again",
    );
  } finally {
    await database.close();
  }
}
