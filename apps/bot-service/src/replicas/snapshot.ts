import type { Health, ProcessFigures } from "@shoal/monitor";
import { z } from "zod";
import type { ServiceSnapshot } from "../service.types.ts";

const NAMES_MAX = 8;
const NAME_LENGTH_MAX = 64;
const count = z.int().nullable().catch(null);

/** What a replica says of itself, as another reads it: a replica of another version may leave things out, or write others. */
const snapshotSchema = z.object({
  is_ready: z.boolean().nullable().catch(null),
  not_ready: z.array(z.string()).catch([]),
  bots: z.record(z.string(), z.int()).nullable().catch(null),
  sockets: count,
  slots: count,
  joins_used: count,
  joins_refused: count,
  resident_bytes: count,
  event_loop_lag_ms: z.number().nullable().catch(null),
});

export type ReplicaSnapshot = z.infer<typeof snapshotSchema>;

const readable = snapshotSchema.catch(() => snapshotSchema.parse({}));

/** Reads what a replica has written of itself; what cannot be read is null. */
export const readSnapshot = (written: unknown): ReplicaSnapshot => readable.parse(written);

export interface SnapshotSources {
  readonly health: Pick<Health, "readiness" | "liveness">;
  readonly figures: ProcessFigures;
  /** Null where this replica has no bots. */
  readonly service: Pick<ServiceSnapshot, "bots" | "sockets" | "slots" | "joins"> | null;
}

/**
 * Writes what a replica says of itself: numbers, and names of its own parts. Nothing in it comes from outside, and it has less than a
 * kilobyte whatever happens, because each replica writes it every 5 s.
 */
export function replicaSnapshot({ health, figures, service }: SnapshotSources): ReplicaSnapshot {
  const readiness = health.readiness();
  const down = readiness.dependencies.filter(({ required, state }) => required && state === "down");
  const failing = readiness.loops.filter(({ state }) => state === "failing");
  const names = [...down, ...failing].map(({ name }) => name.slice(0, NAME_LENGTH_MAX));
  return {
    is_ready: readiness.ok,
    not_ready: names.slice(0, NAMES_MAX),
    bots: service && botsByState(service.bots),
    sockets: service?.sockets ?? null,
    slots: service?.slots ?? null,
    joins_used: service?.joins.windowUsed ?? null,
    joins_refused: service?.joins.refused ?? null,
    resident_bytes: figures.residentBytes,
    event_loop_lag_ms: Math.round(health.liveness().eventLoop.maxLagMs),
  };
}

/** The target is the fleet's, and stands in the row. */
function botsByState({ target: _target, ...states }: ServiceSnapshot["bots"]) {
  return states;
}
