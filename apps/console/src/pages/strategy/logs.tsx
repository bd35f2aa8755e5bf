import type { LogLineBody } from "@shoal/bot-service/bodies";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { ChoiceFilter, FilterBar } from "../../parts/filter-bar.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { parameter } from "../../router.ts";
import { useList } from "../../use-list.ts";
import type { PartProps } from "./part-props.ts";

const PAGE = 200;
const TONES: Readonly<Record<LogLineBody["level"], Tone>> = { info: "info", warn: "warn", error: "bad" };

const COLUMNS: readonly Column<LogLineBody>[] = [
  { key: "at", title: "Run of", cell: ({ at }) => <Time at={at} as="exact" />, width: "20rem" },
  { key: "level", title: "Level", cell: ({ level }) => <Badge tone={TONES[level]}>{level}</Badge>, width: "6rem" },
  { key: "text", title: "Line", cell: ({ text }) => <Text>{text}</Text> },
];

/** Lines that the runs wrote, the newest first. */
export function StrategyLogs({ strategy: { strategy_id: id } }: PartProps) {
  const list = useList<LogLineBody, { readonly lines: readonly LogLineBody[] }>({
    path: `/api/strategies/${id}/logs`,
    query: { limit: PAGE, level: parameter("level") },
    rows: ({ lines }) => lines.toReversed(),
    next: ({ lines }, last) => (lines.length < PAGE ? null : { before: `${last.epoch}:${last.number}` }),
    key: ({ epoch, number }) => `${epoch}:${number}`,
  });
  return (
    <div class="stack">
      <FilterBar label="Filter the log" list={list}>
        <ChoiceFilter
          name="level"
          label="Level"
          choices={[
            ["", "All"],
            ["warn", "Warnings and errors"],
            ["error", "Errors"],
          ]}
        />
      </FilterBar>
      <Table
        label="Lines of the log"
        list={list}
        columns={COLUMNS}
        empty={<Empty title="Its runs have written nothing" />}
      />
    </div>
  );
}
