import type { QueueBody, QueueListBody } from "@shoal/bot-service/bodies";
import { SECOND_MS } from "@shoal/kernel";
import { formatCount, formatDuration } from "../format.ts";
import { Badge } from "../parts/badge.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Text } from "../parts/text.tsx";
import { place } from "../router.ts";
import { useResource } from "../use-resource.ts";
import { OneQueue } from "./queues/queue.tsx";

/** How often the depths are read again. */
const REFRESH_MS = 10 * SECOND_MS;

const COLUMNS: readonly Column<QueueBody>[] = [
  {
    key: "queue",
    title: "Queue",
    width: "10rem",
    cell: ({ queue }) => <Text>{queue}</Text>,
    sortBy: ({ queue }) => queue,
  },
  {
    key: "length",
    title: "Messages",
    cell: ({ length }) => formatCount(length),
    isNumber: true,
    sortBy: ({ length }) => length,
  },
  {
    ...{ key: "visible", title: "May be read now", isNumber: true, isMinor: true },
    cell: ({ visible }) => formatCount(visible),
    sortBy: ({ visible }) => visible,
  },
  {
    ...{ key: "oldest", title: "Oldest", isNumber: true },
    cell: ({ oldest_ms }) => formatDuration(oldest_ms),
    sortBy: ({ oldest_ms }) => oldest_ms,
  },
  {
    ...{ key: "dead", title: "Dead letters", isNumber: true },
    cell: ({ dlq_length }) => (dlq_length === 0 ? "0" : <Badge tone="bad">{formatCount(dlq_length)}</Badge>),
    sortBy: ({ dlq_length }) => dlq_length,
  },
  {
    key: "handler",
    title: "Worked on here",
    cell: ({ has_handler }) =>
      has_handler ? <Badge tone="good">yes</Badge> : <Badge tone="off">not by this daemon</Badge>,
  },
];

/** The pgmq queues: how full they are, and each with its messages and dead letters under its name. */
export function Queues() {
  const queue = place.value.path.split("/")[2] ?? "";
  return queue === "" ? <QueueList /> : <OneQueue key={queue} queue={queue} />;
}

function QueueList() {
  const queues = useResource<QueueListBody>("/api/queues", {}, REFRESH_MS);
  return (
    <>
      <PageHead title="Queues">The pgmq queues of the configuration, with their dead letters.</PageHead>
      <Loaded of={queues}>
        {({ queues: all, has_pgmq: hasPgmq }) => (
          <Table
            label="Queues"
            rows={all}
            rowKey={({ queue }) => queue}
            rowLink={({ queue }) => `/queues/${queue}`}
            columns={COLUMNS}
            empty={
              <Empty title={hasPgmq ? "There are no queues" : "The database has no pgmq"}>
                {hasPgmq
                  ? "The daemon makes those of its configuration when it starts, with PROCESS_PGMQ=true."
                  : "Jobs work without it. On Supabase it is enabled under Integrations, Queues."}
              </Empty>
            }
          />
        )}
      </Loaded>
    </>
  );
}
