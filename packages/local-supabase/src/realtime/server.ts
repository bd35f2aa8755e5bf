import { createEmitter, FleetError, toError } from "@shoal/kernel";
import { createAdmission } from "./admission.ts";
import { noChangeFeed } from "./changes/change-feed.ts";
import { PostgresChangeFeed } from "./changes/postgres-change-feed.ts";
import { type Core, newCounters } from "./core.ts";
import { handleHttp, MAX_BODY_BYTES } from "./http-broadcast.ts";
import { serviceRoleOnly } from "./policies.ts";
import { type SocketData, SocketTable } from "./socket-table.ts";
import { Tokens } from "./tokens.ts";
import { Topics } from "./topics.ts";
import type { RealtimeEvents, RealtimeServer, RealtimeServerOptions } from "./types.ts";
import { checkUpgrade } from "./upgrade.ts";

const RESTART_CLOSURE = 1012;
const PROJECT_PREFIX = "/realtime/v1";
/** Behind Supabase's gateway, and as the self-hosted server itself has it. */
const SOCKET_PATHS: readonly string[] = [`${PROJECT_PREFIX}/websocket`, "/socket/websocket"];

/**
 * Starts the Realtime protocol on a loopback port: on the wire what Supabase's own server is, for one project whose
 * keys `jwtSecret` signs. What it leaves out: limits other than presence calls per client, replay, and broadcasts made
 * inside the database.
 *
 * Errors: `LOCAL_REALTIME_PORT` when the port cannot be had (choose another, or 0 for a free one; not retryable).
 *
 * @source recorded frames of supabase/realtime 2.129.8
 */
export async function startRealtimeServer(options: RealtimeServerOptions): Promise<RealtimeServer> {
  const { core, sockets } = assemble(options);
  const stopping = new AbortController();
  const listener = listen(core, sockets, stopping.signal, options);
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    stopping.abort();
    sockets.closeAll(RESTART_CLOSURE);
    await core.changes.close();
    await listener.stop(true);
  };
  const port = listener.port ?? 0;
  return {
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    port,
    events: core.events,
    stats: () => ({
      ...core.counters,
      sockets: sockets.size,
      channels: sockets.channelCount,
      topics: core.topics.size,
      presenceEntries: core.topics.presenceEntries,
    }),
    closeSockets: (code) => sockets.closeAll(code),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function assemble(options: RealtimeServerOptions): { core: Core; sockets: SocketTable } {
  const { databaseUrl } = options;
  const { clock } = options.runtime;
  const counters = newCounters();
  const core: Core = {
    runtime: options.runtime,
    tokens: new Tokens(options.jwtSecret, () => clock.now()),
    admission: createAdmission(() => clock.monotonicMs()),
    authorizer: serviceRoleOnly,
    topics: new Topics((count) => {
      counters.deliveries += count;
    }),
    changes: databaseUrl
      ? new PostgresChangeFeed({ runtime: options.runtime, databaseUrl, core: () => core })
      : noChangeFeed,
    events: createEmitter<RealtimeEvents>(),
    counters,
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
