import { printable } from "@shoal/kernel";
import { z } from "zod";
import { clockText } from "../drawing.ts";
import { table } from "../table.ts";

const figure = z.number().nullish();

/** Fields of `/api/replicas` that are shown. A daemon of another version may lack those added later. */
const fleetSchema = z.object({
  replicas: z.array(
    z.object({
      replica_id: z.string(),
      version: z.string(),
      role: z.string(),
      state: z.string(),
      up_ms: z.number(),
      renewed_ago_ms: z.number(),
      places: z.number(),
      deployed: z.number(),
      matches_live: figure,
      not_ready: z.array(z.string()).optional(),
      sockets: figure,
      joins_used: figure,
      resident_bytes: figure,
      event_loop_lag_ms: figure,
    }),
  ),
  lead: z.string().nullish(),
  people: figure,
  target: figure,
  wanted_replicas: figure,
});

export type FleetBody = z.infer<typeof fleetSchema>;
type Replica = FleetBody["replicas"][number];

/** Returns the body, or undefined if it is not that of a daemon. */
export function readFleet(body: unknown): FleetBody | undefined {
  return fleetSchema.safeParse(body).data;
}

const ABSENT = "-";
/** Enough to tell replicas apart, and to find one in the log. */
const ID_LENGTH = 8;
const HEADINGS = [
  ...["replica", "state", "role", "version", "up", "renewed", "bots", "deployed", "matches"],
  ...["sockets", "joins", "lag ms", "MB", "not ready"],
];
/** Left out on a narrow terminal, the last one first. */
const SPARE = ["up", "sockets", "joins", "lag ms", "MB"];

/** Draws all replicas, a row for each, and what is to be known of the whole fleet. Texts of other replicas are in it. */
export function drawFleet(url: string, fleet: FleetBody, columns?: number): string[] {
  const rows = fleet.replicas.map((replica) => rowOf(replica, replica.replica_id === fleet.lead));
  const fit = columns === undefined ? {} : { columns: columns - 1, spare: SPARE };
  return [
    printable(`fleet at ${url}   ${summaryOf(fleet)}`),
    "",
    ...table(HEADINGS, rows, fit).trimEnd().split("\n"),
    "",
    ...remarksOf(fleet).map(printable),
  ];
}

function rowOf(replica: Replica, isLead: boolean): (string | number)[] {
  const { state, role, version, places, deployed, resident_bytes: bytes, not_ready: notReady = [] } = replica;
  return [
    `${replica.replica_id.slice(0, ID_LENGTH)}${isLead ? " lead" : ""}`,
    ...[state, role, version, clockText(replica.up_ms)],
    `${(replica.renewed_ago_ms / 1000).toFixed(1)} s ago`,
    ...[places, deployed, replica.matches_live ?? ABSENT, replica.sockets ?? ABSENT],
    ...[replica.joins_used ?? ABSENT, replica.event_loop_lag_ms ?? ABSENT],
    bytes == null ? ABSENT : Math.round(bytes / 1_000_000),
    notReady.join(", "),
  ];
}

function summaryOf({ replicas, people, target, wanted_replicas: wanted }: FleetBody): string {
  const states = Map.groupBy(replicas, ({ state }) => state);
  const counts = [...states].map(([state, of]) => `${of.length} ${state}`);
  const held = replicas.reduce((sum, { state, places }) => (state === "lost" ? sum : sum + places), 0);
  return [
    counts.join("   ") || "no replica",
    `${held} of ${target ?? ABSENT} bots`,
    `${people ?? ABSENT} people`,
    ...(wanted == null ? [] : [`${wanted} replicas wanted`]),
  ].join("   ");
}

/** What somebody on call would not see in the rows. */
function remarksOf({ replicas, lead }: FleetBody): string[] {
  const living = replicas.filter(({ state }) => state !== "lost");
  const versions = [...new Set(living.map(({ version }) => version))].sort();
  const lost = replicas.length - living.length;
  return [
    ...(lead == null ? ["nobody counts people: no replica runs bots, or all of them drain"] : []),
    ...(versions.length > 1 ? [`versions ${versions.join(", ")} run side by side: as in a deploy, not for long`] : []),
    ...(lost > 0 ? [`${lost} lost in the last 10 minutes: what they had is with the others`] : []),
  ];
}
