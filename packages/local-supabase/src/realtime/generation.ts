import { type Emitter, FleetError, toError } from "@shoal/kernel";
import { Admission } from "./admission.ts";
import { noChangeFeed } from "./changes/change-feed.ts";
import { PostgresChangeFeed } from "./changes/postgres-change-feed.ts";
import type { Core, Counters } from "./core.ts";
import type { ActiveFaults } from "./faults/active-faults.ts";
import { handleHttp, MAX_BODY_BYTES } from "./http-broadcast.ts";
import { serviceRoleOnly } from "./policies.ts";
import type { Project } from "./project.ts";
import { type SocketData, SocketTable } from "./socket-table.ts";
import { Tokens } from "./tokens.ts";
import { Topics } from "./topics.ts";
import type { RealtimeEvents, RealtimeServerOptions } from "./types.ts";
import { checkUpgrade } from "./upgrade.ts";

const PROJECT_PREFIX = "/realtime/v1";
/** Behind Supabase's gateway, and as the self-hosted server itself has it. */
const SOCKET_PATHS: readonly string[] = [`${PROJECT_PREFIX}/websocket`, "/socket/websocket"];

/** What outlives a restart. */
export interface Lasting {
  readonly options: RealtimeServerOptions;
  readonly events: Emitter<RealtimeEvents>;
  readonly counters: Counters;
  readonly faults: ActiveFaults;
  readonly project: Project;
}

/** The server from one start to its end: what a restart begins anew. */
export interface Generation {
  readonly core: Core;
  readonly sockets: SocketTable;
  readonly port: number;
  /** Closes every socket with `code` and stops listening and reading the database. Nothing is left behind. */
  end(code: number): Promise<void>;
}

/** Listens on `port`; 0 takes a free one. Throws `LOCAL_REALTIME_PORT`. */
export function startGeneration(lasting: Lasting, port: number): Generation {
  const { core, sockets } = assemble(lasting);
  const stopping = new AbortController();
  const listener = listen(core, sockets, stopping.signal, { ...lasting.options, port });
  return {
    core,
    sockets,
    port: listener.port ?? port,
    async end(code) {
      sockets.closeAll(code);
      stopping.abort();
      await Promise.all([listener.stop(true), core.changes.close()]);
    },
  };
}

function assemble({ options, events, counters, faults, project }: Lasting): { core: Core; sockets: SocketTable } {
  const { runtime, databaseUrl } = options;
  const { clock } = runtime;
  const core: Core = {
    runtime,
    tokens: new Tokens(options.jwtSecret, () => clock.now()),
    project,
    admission: new Admission({
      monotonicMs: () => clock.monotonicMs(),
      limits: () => project.limits,
      isExceeded: (what) => faults.isExceeded(what),
    }),
    access: options.access ?? serviceRoleOnly,
    topics: new Topics((count, kind) => {
      counters.deliveries += count;
      if (kind === "presence") core.admission.countPresenceDiffs(count);
    }),
    changes: databaseUrl ? new PostgresChangeFeed({ runtime, databaseUrl, core: () => core }) : noChangeFeed,
    events,
    counters,
    faults,
    expectExpiry: (expiresAtMs) => sockets.expectExpiry(expiresAtMs),
  };
  const sockets = new SocketTable(core);
  return { core, sockets };
}

function listen(core: Core, sockets: SocketTable, stopping: AbortSignal, options: RealtimeServerOptions) {
  const { port = 0, host = "127.0.0.1" } = options;
  try {
    return Bun.serve<SocketData>({
      port,
      hostname: host,
      maxRequestBodySize: MAX_BODY_BYTES,
      // A refused upgrade waits for its penalty, longer than Bun lets an idle request live in the worst case.
      idleTimeout: 0,
      websocket: sockets.handler(),
      async fetch(request, server) {
        const { pathname } = new URL(request.url);
        const isProjectPath = pathname.startsWith(`${PROJECT_PREFIX}/`);
        if (!SOCKET_PATHS.includes(pathname)) {
          return handleHttp(core, request, isProjectPath ? pathname.slice(PROJECT_PREFIX.length) : pathname);
        }
        const handshake = await checkUpgrade(core, request, stopping);
        if (handshake instanceof Response) return handshake;
        const isUpgraded = server.upgrade(request, { data: { handshake } });
        return isUpgraded ? undefined : new Response(null, { status: 426 });
      },
      error(error) {
        core.runtime.log.error({ error_message: toError(error).message }, "realtime request failed");
        return new Response(null, { status: 500 });
      },
    });
  } catch (error) {
    throw new FleetError("LOCAL_REALTIME_PORT", `cannot listen on ${host}:${port}; choose another port, or 0`, {
      details: { host, port },
      cause: error,
    });
  }
}
