import type { ChannelHistory, ChannelList, ChannelRow, SocketList, SocketRow } from "@shoal/bot-service/bodies";
import { formatCount } from "../../format.ts";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { ChoiceFilter, FilterBar, TextFilter } from "../../parts/filter-bar.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { addressOf, parameter } from "../../router.ts";
import { useList } from "../../use-list.ts";
import { useResource } from "../../use-resource.ts";

const STATUS_TONES: Readonly<Record<ChannelRow["status"], Tone>> = {
  waiting: "warn",
  joining: "info",
  joined: "good",
  failed: "bad",
  released: "off",
};

const COLUMNS: readonly Column<ChannelRow>[] = [
  { key: "topic", title: "Topic", cell: ({ topic }) => <Text>{topic}</Text>, width: "36%" },
  { key: "client", title: "Client", cell: ({ client_id }) => <Text>{client_id}</Text>, width: "26%" },
  {
    key: "status",
    title: "Status",
    cell: ({ status }) => <Badge tone={STATUS_TONES[status]}>{status}</Badge>,
    width: "8rem",
  },
  { key: "priority", title: "Priority", cell: ({ priority }) => priority, width: "6rem", isMinor: true },
  {
    key: "socket",
    title: "Socket",
    cell: ({ socket_id }) => socket_id !== null && <Text>{socket_id}</Text>,
    width: "8rem",
    isMinor: true,
  },
];

/** The channels that this daemon holds, by topic. */
export function Channels() {
  const list = useList<ChannelRow, ChannelList>({
    path: "/api/channels",
    query: { search: parameter("search"), status: parameter("status"), limit: 1000 },
    rows: ({ channels }) => channels,
    after: ({ after }) => (after === null ? null : { after }),
    key: ({ channel }) => channel,
  });
  return (
    <>
      <FilterBar label="Filter channels" list={list}>
        <TextFilter name="search" label="Topic or client" />
        <ChoiceFilter
          name="status"
          label="Status"
          choices={[["", "All"], ...Object.keys(STATUS_TONES).map((each) => [each, each] as const)]}
        />
      </FilterBar>
      <Table
        label="Channels"
        list={list}
        columns={COLUMNS}
        rowLink={({ topic }) => `/pool/${encodeURIComponent(topic)}`}
        isWindowed
        empty={<Empty title="No channel fits">A channel is held for each bot in the lobby and for each room.</Empty>}
      />
    </>
  );
}

const SOCKET_COLUMNS: readonly Column<SocketRow>[] = [
  {
    key: "socket",
    title: "Socket",
    cell: ({ socket_id }) => <Text>{socket_id}</Text>,
    sortBy: ({ socket_id }) => socket_id,
  },
  {
    key: "status",
    title: "Status",
    cell: ({ status }) => <Badge tone={status === "open" ? "good" : "info"}>{status}</Badge>,
    sortBy: ({ status }) => status,
  },
  {
    key: "slots",
    title: "Slots held",
    cell: ({ slots_held }) => formatCount(slots_held),
    isNumber: true,
    sortBy: ({ slots_held }) => slots_held,
  },
];

/** The sockets of this daemon. */
export function Sockets() {
  const sockets = useResource<SocketList>("/api/sockets", {}, 5000);
  return (
    <Loaded of={sockets}>
      {(body) => (
        <Table
          label="Sockets"
          rows={body.sockets}
          rowKey={({ socket_id }) => socket_id}
          columns={SOCKET_COLUMNS}
          empty={<Empty title="No socket is open">A socket opens with the first channel.</Empty>}
        />
      )}
    </Loaded>
  );
}

type Change = ChannelHistory["histories"][number]["changes"][number];

const WELL = new Set(["open", "joined", "recovered", "changes-ready"]);
const OVER = new Set(["released", "closed"]);

const toneOf = ({ state, error_class }: Change): Tone =>
  error_class !== null ? "bad" : WELL.has(state) ? "good" : OVER.has(state) ? "off" : "info";

interface TopicChange extends Change {
  readonly key: string;
  readonly client: string;
}

const CHANGE_COLUMNS: readonly Column<TopicChange>[] = [
  { key: "at", title: "At", cell: ({ at }) => <Time at={at} as="clock" />, width: "7rem" },
  { key: "client", title: "Client", cell: ({ client }) => <Text>{client}</Text>, width: "30%" },
  {
    key: "state",
    title: "State",
    cell: (change) => <Badge tone={toneOf(change)}>{change.state}</Badge>,
    width: "10rem",
  },
  {
    key: "why",
    title: "Why",
    cell: ({ error_class, reason }) => (
      <>
        {reason !== null && <Text>{reason}</Text>}{" "}
        {error_class !== null && <code class="code-name">{error_class}</code>}
      </>
    ),
  },
];

/** What happened to a topic: the changes of all its channels that are remembered, the latest first. */
export function Topic({ topic }: { readonly topic: string }) {
  const history = useResource<ChannelHistory>("/api/channels/history", { topic }, 3000);
  return (
    <>
      <PageHead title={topic} above={<a href={addressOf("/pool?tab=channels")}>Channels</a>}>
        The last states of each channel of this topic, as far as this daemon remembers.
      </PageHead>
      <Loaded of={history}>
        {({ histories }) => (
          <Table
            label="States, the latest first"
            rows={changesOf(histories, topic)}
            rowKey={({ key }) => key}
            columns={CHANGE_COLUMNS}
            isWindowed
            empty={
              <Empty title="Nothing is remembered of this topic">
                The last 16 changes of 1,000 sockets and channels are kept; those that have ended are forgotten first.
              </Empty>
            }
          />
        )}
      </Loaded>
    </>
  );
}

const changesOf = (histories: ChannelHistory["histories"], topic: string): readonly TopicChange[] =>
  histories
    .flatMap(({ connection, changes }) =>
      changes.map((change, index) => ({
        ...change,
        client: clientOf(connection, topic),
        key: `${connection} ${index}`,
      })),
    )
    .toReversed()
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));

/** `channel <client id> <topic>`: the client is what tells one from another. */
const clientOf = (connection: string, topic: string) => connection.replace(/^channel /, "").replace(` ${topic}`, "");
