import { z } from "zod";

const count = z.int().nullable();

const replica = z.object({
  replica_id: z.string(),
  version: z.string(),
  protocol: z.int(),
  role: z.enum(["all", "fleet", "worker"]),
  state: z
    .enum(["live", "late", "draining", "lost"])
    .describe(
      "late: it has missed a renewal; lost: its term is over, and others have what it had. Forgotten after 10 min",
    ),
  is_draining: z.boolean(),
  started_at: z.iso.datetime(),
  renewed_at: z.iso.datetime(),
  up_ms: z.int().describe("Since its start, as all times of this answer by the clock of the database"),
  renewed_ago_ms: z.int(),
  people: count.describe("As it counted them when it led last"),
  target: count.describe("Bots of the whole fleet, as it wanted them when it led last"),
  places: z.int().describe("Bots of the fleet's own that it has taken"),
  places_max: z.int().describe("BOT_MAX_PER_REPLICA"),
  deployed: z.int().describe("Deployed bots that it runs"),
  matches_live: z.int().describe("Live matches of its bots"),
  is_ready: z.boolean().nullable(),
  not_ready: z.array(z.string()).describe("Dependencies that are down and loops that fail, by name"),
  bots: z.record(z.string(), z.int()).nullable().describe("By state, deployed ones included"),
  sockets: count,
  slots: count,
  joins_used: count.describe("Of its own joins, in the last minute"),
  joins_refused: count.describe("Since its start"),
  resident_bytes: count,
  event_loop_lag_ms: z.number().nullable().describe("The longest of the last minute"),
});

export const fleetView = z.object({
  replicas: z.array(replica),
  lead: z.string().nullable().describe("The replica that counts people and wants the target"),
  people: count,
  target: count,
  wanted_replicas: count.describe("How many there should be: shoal.wanted_replicas() with its defaults"),
});

/** All replicas of the fleet, as the database has them; what each says of itself is up to 5 s old. */
export type FleetView = z.infer<typeof fleetView>;

export type ReplicaBody = FleetView["replicas"][number];
