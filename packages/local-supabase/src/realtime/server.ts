import { isDeepStrictEqual } from "node:util";
import { createEmitter, invariant, sleep } from "@shoal/kernel";
import type { Project } from "./core.ts";
import { newCounters } from "./core.ts";
import { ActiveFaults } from "./faults/active-faults.ts";
import { createFaults, disconnectAll } from "./faults/create-faults.ts";
import { type Lasting, startGeneration } from "./generation.ts";
import { resolveLimits } from "./limits.ts";
import type { RealtimeEvents, RealtimeServer, RealtimeServerOptions, RestartFault, TenantSettings } from "./types.ts";

const RESTART_CLOSURE = 1012;
const ABNORMAL_CLOSURE = 1006;

/**
 * Starts a Realtime server on a loopback port. It behaves on the wire like Supabase's own, for one project whose keys
 * `jwtSecret` signs.
 *
 * Errors, none of them retryable: `LOCAL_REALTIME_PORT` when it cannot listen on the port (choose another, or 0 for a free
 * one), `LOCAL_REALTIME_LIMITS` when limits are out of range (it names each of them).
 *
 * @source recorded frames of supabase/realtime 2.129.8
 */
export async function startRealtimeServer(options: RealtimeServerOptions): Promise<RealtimeServer> {
  const events = createEmitter<RealtimeEvents>();
  const counters = newCounters();
  const active = new ActiveFaults(events);
  const project: Project = {
    limits: resolveLimits(options.limits),
    isSuspended: false,
    isPrivateOnly: false,
    isPresenceOn: true,
  };
  const lasting: Lasting = { options, events, counters, faults: active, project };
  const closing = new AbortController();
  let generation = startGeneration(lasting, options.port ?? 0);
  const { port } = generation;
  let restarting: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  const restart = async ({ kind, downMs }: RestartFault): Promise<void> => {
    await Promise.all([
      generation.end(kind === "clean" ? RESTART_CLOSURE : ABNORMAL_CLOSURE),
      downMs > 0 && sleep(options.runtime.clock, downMs, closing.signal).catch(() => {}),
    ]);
    if (!closing.signal.aborted) generation = startGeneration(lasting, port);
  };
  const close = async (): Promise<void> => {
    closing.abort();
    active.liftAll();
    await restarting?.catch(() => {});
    await generation.end(RESTART_CLOSURE);
  };
  return {
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    port,
    events,
    stats: () => ({
      ...counters,
      sockets: generation.sockets.size,
      channels: generation.sockets.channelCount,
      topics: generation.core.topics.size,
      presenceEntries: generation.core.topics.presenceEntries,
    }),
    setLimits(option) {
      const limits = resolveLimits(option);
      generation.core.admission.settle();
      project.limits = limits;
    },
    setTenant(settings) {
      const changed = { ...tenantOf(project), ...settings };
      if (isDeepStrictEqual(changed, tenantOf(project))) return;
      Object.assign(project, changed);
      disconnectAll(generation.core, generation.sockets.all);
    },
    crowd(topicName, payloads) {
      const { topics, runtime } = generation.core;
      const topic = topics.find(topicName, false);
      invariant(topic, "a crowd is shown in a public topic that somebody has joined");
      return topics.crowd(topic, new Map(payloads.map((payload) => [Symbol(runtime.ids.uuid()), payload])));
    },
    faults: createFaults(
      active,
      () => generation,
      async (fault) => {
        invariant(fault.downMs >= 0, "a server is down for 0 ms or more");
        if (closed) return closed;
        restarting ??= active.during("restart", restart(fault)).finally(() => {
          restarting = undefined;
        });
        return restarting;
      },
    ),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function tenantOf({ isSuspended, isPrivateOnly, isPresenceOn }: Project): Required<TenantSettings> {
  return { isSuspended, isPrivateOnly, isPresenceOn };
}
