import type { FleetView, ReplicaBody } from "@shoal/bot-service/bodies";
import { formatBytes, formatCount, formatDuration, NOTHING } from "../format.ts";
import { Badge, Shape } from "../parts/badge.tsx";
import { Facts, Section } from "../parts/facts.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Id, Text } from "../parts/text.tsx";
import { snapshot } from "../stream.ts";
import { useResource } from "../use-resource.ts";
import { placesOf, REPLICA_TONES, remarksOn } from "./replicas/verdict.ts";

const REFRESH_MS = 10_000;

/** All daemons that share the database: who lives, who leads, what each does, and whether there are enough. */
export function Replicas() {
  const view = useResource<FleetView>("/api/replicas", {}, REFRESH_MS);
  return (
    <>
      <PageHead title="Replicas">All daemons that share the database, as it has them.</PageHead>
      <Loaded of={view} rows={8}>
        {(fleet) => <Fleet {...fleet} />}
      </Loaded>
    </>
  );
}

function Fleet(fleet: FleetView) {
  const { replicas, lead, people, wanted_replicas } = fleet;
  const { taken, wanted } = placesOf(fleet);
  const live = replicas.filter(({ state }) => state !== "lost").length;
  return (
    <>
      <ul class="remarks">
        {remarksOn(fleet).map(({ tone, text }) => (
          <li key={text} class={`notice ${tone}`}>
            <Shape tone={tone} />
            <p>
              <Text>{text}</Text>
            </p>
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          [
            "Replicas",
            `${formatCount(live)}${wanted_replicas === null ? "" : `, wanted ${formatCount(wanted_replicas)}`}`,
          ],
          ["Lead", lead === null ? "none" : <Id key="lead">{lead}</Id>],
          ["People, as the lead counted", formatCount(people)],
          ["Bots of the fleet", `${formatCount(taken)} of ${wanted === null ? "unknown" : formatCount(wanted)} wanted`],
          ["Deployed bots", formatCount(sumOf(replicas, "deployed"))],
          ["Live matches with bots", formatCount(sumOf(replicas, "matches_live"))],
        ]}
      />
      <Section title="State">
        <Table
          label="State of the replicas"
          rows={replicas}
          rowKey={({ replica_id }) => replica_id}
          columns={stateColumns(lead)}
          empty={<Empty title="No replica is known">A daemon is in the list from its first pulse on.</Empty>}
        />
      </Section>
      <Section title="What they do">
        <Table
          label="What the replicas do"
          rows={replicas}
          rowKey={({ replica_id }) => replica_id}
          columns={LOAD_COLUMNS}
          empty={<Empty title="No replica is known" />}
        />
      </Section>
    </>
  );
}

const sumOf = (replicas: readonly ReplicaBody[], field: "deployed" | "matches_live") =>
  replicas.reduce((sum, replica) => sum + (replica.state === "lost" ? 0 : replica[field]), 0);

const NAME: Column<ReplicaBody> = {
  key: "replica",
  title: "Replica",
  cell: ({ replica_id }) => <Id>{replica_id}</Id>,
};

const stateColumns = (lead: string | null): readonly Column<ReplicaBody>[] => [
  NAME,
  {
    key: "state",
    title: "State",
    cell: ({ state, replica_id }) => (
      <>
        <Badge tone={REPLICA_TONES[state]}>{state}</Badge> {replica_id === lead && <Badge tone="good">leads</Badge>}{" "}
        {snapshot.value?.replica_id === replica_id && <Badge tone="info">this one</Badge>}
      </>
    ),
    sortBy: ({ state }) => state,
  },
  { key: "version", title: "Version", cell: ({ version }) => <Text>{version}</Text>, sortBy: ({ version }) => version },
  { key: "role", title: "Role", cell: ({ role }) => role, sortBy: ({ role }) => role, isMinor: true },
  {
    key: "up",
    title: "Up for",
    cell: ({ up_ms }) => formatDuration(up_ms),
    sortBy: ({ up_ms }) => up_ms,
    isNumber: true,
  },
  {
    key: "renewed",
    title: "Renewed",
    cell: ({ renewed_ago_ms }) => `${formatDuration(renewed_ago_ms)} ago`,
    sortBy: ({ renewed_ago_ms }) => renewed_ago_ms,
    isNumber: true,
  },
  {
    key: "ready",
    title: "Ready",
    cell: ({ is_ready, not_ready }) =>
      is_ready === null ? NOTHING : is_ready ? "yes" : <Text>{`no: ${not_ready.join(", ")}`}</Text>,
  },
];

const number = (
  key: string,
  title: string,
  read: (replica: ReplicaBody) => number | null,
  format = formatCount,
): Column<ReplicaBody> => ({
  ...{ key, title, isNumber: true, sortBy: read },
  cell: (replica) => format(read(replica)),
});

const LOAD_COLUMNS: readonly Column<ReplicaBody>[] = [
  NAME,
  {
    key: "places",
    title: "Bots of the fleet",
    cell: ({ places, places_max }) => `${formatCount(places)} of ${formatCount(places_max)}`,
    sortBy: ({ places }) => places,
    isNumber: true,
  },
  number("deployed", "Deployed", ({ deployed }) => deployed),
  number("matches", "Live matches", ({ matches_live }) => matches_live),
  number("sockets", "Sockets", ({ sockets }) => sockets),
  number("slots", "Slots", ({ slots }) => slots),
  number("joins", "Joins, last min", ({ joins_used }) => joins_used),
  number("refused", "Refused", ({ joins_refused }) => joins_refused),
  number("memory", "Memory", ({ resident_bytes }) => resident_bytes, formatBytes),
  number("lag", "Loop lag", ({ event_loop_lag_ms }) => event_loop_lag_ms, formatDuration),
];
