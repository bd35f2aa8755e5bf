import type { PoolTimeline, TimelineEntry } from "@shoal/bot-service/bodies";
import { Badge } from "../../parts/badge.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { useResource } from "../../use-resource.ts";
import { entryName, entryTone, entryWords } from "./words.ts";

const COLUMNS: readonly Column<TimelineEntry>[] = [
  {
    key: "at",
    title: "At",
    cell: ({ at }) => (
      <>
        <Time at={at} as="clock" /> <span class="hint">{<Time at={at} />}</span>
      </>
    ),
    width: "11rem",
  },
  {
    key: "what",
    title: "What",
    cell: (entry) => <Badge tone={entryTone(entry)}>{entryName(entry)}</Badge>,
    width: "11rem",
  },
  { key: "why", title: "Why", cell: (entry) => <Text>{entryWords(entry)}</Text> },
  {
    key: "cause",
    title: "Cause",
    cell: ({ cause, error_class }) => (
      <code class="code-name">{[error_class, cause].filter((each) => each !== null).join(", ")}</code>
    ),
    width: "12rem",
    isMinor: true,
  },
];

/** What kept this daemon from joining and sending, the latest first. */
export function BreakerTimeline() {
  const timeline = useResource<PoolTimeline>("/api/pool/timeline", {}, 3000);
  return (
    <Loaded of={timeline}>
      {({ entries }) => (
        <Table
          label="Breaker, holds and lost sockets"
          rows={entries.map((entry, index) => ({ ...entry, index })).toReversed()}
          rowKey={({ index }) => `${index}`}
          columns={COLUMNS}
          empty={
            <Empty title="Nothing has happened">
              The breaker has not changed, and no limit was reached since the start.
            </Empty>
          }
        />
      )}
    </Loaded>
  );
}
