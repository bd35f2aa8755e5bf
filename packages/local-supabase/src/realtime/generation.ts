import { type Emitter, FleetError, SECOND_MS, sleep, toError } from "@shoal/kernel";
import { Admission } from "./admission.ts";
import { noChangeFeed } from "./changes/change-feed.ts";
import { PostgresChangeFeed } from "./changes/postgres-change-feed.ts";
import type { Core, Counters, Project } from "./core.ts";
import type { ActiveFaults } from "./faults/active-faults.ts";
import { handleHttp, MAX_BODY_BYTES } from "./http-broadcast.ts";
import { noHistory, PostgresMessageHistory } from "./messages/replay.ts";
import { CheckLine } from "./policies/check-line.ts";
import { serviceRoleOnly } from "./policies/policy-check.ts";
import { PostgresPolicyCheck } from "./policies/postgres-policy-check.ts";
import type { Handshake } from "./socket.ts";
import { type SocketData, SocketTable } from "./socket-table.ts";
import { refusalText, Tokens } from "./tokens.ts";
import { Topics } from "./topics.ts";
import type { RealtimeEvents, RealtimeServerOptions } from "./types.ts";

const PROJECT_PREFIX = "/realtime/v1";
/** The path behind Supabase's gateway, and that of the self-hosted server itself. */
const SOCKET_PATHS: readonly string[] = [`${PROJECT_PREFIX}/websocket`, "/socket/websocket"];

/** Delays the answer to a refused connect. @source REALTIME-FRAMES.md, connect-errors */
const CONNECT_PENALTY_MS = 2 * SECOND_MS;

/** State that outlives a restart. */
export interface Lasting {
  readonly options: RealtimeServerOptions;
  readonly events: Emitter<RealtimeEvents>;
  readonly counters: Counters;
  readonly faults: ActiveFaults;
  readonly project: Project;
}

/** The server from one start to its end. A restart ends one and starts the next. */
export interface Generation {
  readonly core: Core;
  readonly sockets: SocketTable;
  readonly port: number;
  /** Closes every socket with `code`, stops listening and stops reading the database. Leaves nothing behind. */
  end(code: number): Promise<void>;
}

/** Listens on `port`; 0 takes a free one. Throws `LOCAL_REALTIME_PORT`. */
export function startGeneration(lasting: Lasting, port: number): Generation {
  const { runtime, databaseUrl } = lasting.options;
  const checks = databaseUrl ? new CheckLine(runtime, databaseUrl) : undefined;
  const { core, sockets } = assemble(lasting, checks);
  const stopping = new AbortController();
  const listener = listen(core, sockets, stopping.signal, { ...lasting.options, port });
  return {
    core,
    sockets,
    port: listener.port ?? port,
    async end(code) {
      sockets.closeAll(code);
      stopping.abort();
      await Promise.all([listener.stop(true), core.changes.close(), checks?.close()]);
    },
  };
}

function assemble(
  { options, events, counters, faults, project }: Lasting,
  checks: CheckLine | undefined,
): { core: Core; sockets: SocketTable } {
  const { runtime, databaseUrl } = options;
  const { clock } = runtime;
  const core: Core = {
    runtime,
    tokens: new Tokens(options.jwtSecret, () => clock.now(), options.userTokenKey),
    project,
    admission: new Admission({
      monotonicMs: () => clock.monotonicMs(),
      limits: () => project.limits,
      isExceeded: (what) => faults.isExceeded(what),
    }),
    policies: options.policies ?? (checks ? new PostgresPolicyCheck(runtime, checks) : serviceRoleOnly),
    history: checks ? new PostgresMessageHistory(runtime, checks) : noHistory,
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
      // A refused upgrade waits for its penalty, which may be longer than Bun's limit for idle requests.
      idleTimeout: 0,
      websocket: sockets.handler(),
      async fetch(request, server) {
        const answer = options.otherServices?.(request);
        if (answer) return answer;
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
        core.runtime.log.error(
          { error_message: toError(error).message },
          "a realtime request failed and was answered with 500",
        );
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

/**
 * Checks what a client connects with. Answers a refusal after a penalty, or at once for an unknown `vsn`. The order of the
 * checks is the server's. @source supabase/realtime 2.129.8, lib/realtime_web/channels/user_socket.ex
 */
async function checkUpgrade(core: Core, request: Request, stopping: AbortSignal): Promise<Handshake | Response> {
  const query = new URL(request.url).searchParams;
  const vsn = query.get("vsn") ?? "1.0.0";
  if (vsn !== "1.0.0" && vsn !== "2.0.0") return new Response(null, { status: 403 });
  if (core.project.isSuspended) return refuse(core, 403, "Realtime was disabled for this tenant", stopping);
  const token = request.headers.get("x-api-key") ?? query.get("apikey");
  if (!token) return refuse(core, 401, "API key is missing", stopping);
  const verdict = await core.tokens.verify(token);
  if (verdict.kind === "refused") return refuse(core, 401, refusalText(verdict.refusal, "upgrade"), stopping);
  const fault = core.faults.upgradeRefusal();
  if (fault) return refuse(core, fault.status, fault.reason, stopping);
  const admitted = core.admission.admitUpgrade();
  if (admitted.kind === "refused") return refuse(core, admitted.status, admitted.reason, stopping);
  const headers = Object.fromEntries([...request.headers].filter(([name]) => name.startsWith("x-")));
  return { vsn, token, claims: verdict.claims, headers };
}

async function refuse(core: Core, status: number, reason: string, stopping: AbortSignal): Promise<Response> {
  core.counters.socketsRefused += 1;
  core.events.emit("socket:refused", { status, reason });
  // A server that stops cuts the penalty short, so that it does not wait for its own answers.
  await sleep(core.runtime.clock, CONNECT_PENALTY_MS, stopping).catch(() => {});
  return Response.json({ error: reason }, { status, headers: { "content-type": "application/json; charset=utf-8" } });
}
