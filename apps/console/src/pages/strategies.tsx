import type { StatusBody } from "@shoal/bot-service/bodies";
import { formatCount, NOTHING } from "../format.ts";
import { ChoiceFilter, FilterBar, TextFilter } from "../parts/filter-bar.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Id, Text } from "../parts/text.tsx";
import { Time } from "../parts/time.tsx";
import { parameter, place } from "../router.ts";
import { useList } from "../use-list.ts";
import { LateBadge, StatusBadge, scheduleText } from "./strategy/status.tsx";
import { Strategy } from "./strategy/strategy.tsx";

const PATH = "/strategies";

/** All strategies, or the one that the address names. */
export function Strategies() {
  const id = place.value.path.slice(PATH.length + 1);
  return id === "" ? <StrategyList /> : <Strategy key={id} id={id} />;
}

const COLUMNS: readonly Column<StatusBody>[] = [
  { key: "name", title: "Name", cell: ({ name }) => <Text>{name}</Text> },
  { key: "status", title: "Status", cell: (row) => <StatusBadge of={row} /> },
  {
    key: "owner",
    title: "Owner",
    cell: ({ owner_id }) => (owner_id === null ? "operator" : <Id>{owner_id}</Id>),
    isMinor: true,
  },
  { key: "schedule", title: "Schedule", cell: (row) => <Text>{scheduleText(row)}</Text>, isMinor: true },
  {
    key: "next",
    title: "Next run",
    cell: (row) => (
      <>
        <Time at={row.stats.next_execution_at} /> <LateBadge of={row} />
      </>
    ),
  },
  { key: "last", title: "Last run", cell: ({ stats }) => <Time at={stats.last_execution_at} />, isMinor: true },
  {
    key: "runs",
    title: "Runs",
    cell: ({ stats }) => formatCount(stats.total_executions),
    isNumber: true,
    isMinor: true,
  },
  {
    key: "failed",
    title: "Failed",
    cell: ({ stats }) => (stats.failed_executions === 0 ? NOTHING : formatCount(stats.failed_executions)),
    isNumber: true,
    isMinor: true,
  },
  { key: "where", title: "Venue", cell: ({ venue }) => venue, isMinor: true },
];

function StrategyList() {
  const [search, status] = [parameter("search"), parameter("status")];
  const list = useList<StatusBody, { readonly strategies: readonly StatusBody[] }>({
    path: "/api/strategies",
    query: { search: search.slice(0, 128), status, limit: 100 },
    rows: ({ strategies }) => strategies,
    next: ({ strategies }, last) => (strategies.length < 100 ? null : { before: last.strategy_id }),
    key: ({ strategy_id }) => strategy_id,
  });
  const isFiltered = search !== "" || status !== "";
  return (
    <>
      <PageHead title="Strategies">Code of owners that runs by a schedule and wants orders.</PageHead>
      <FilterBar label="Filter strategies" list={list}>
        <TextFilter name="search" label="Search" placeholder="Name or id" />
        <ChoiceFilter
          name="status"
          label="Status"
          choices={[
            ["", "All"],
            ["running", "Running"],
            ["paused", "Paused"],
            ["quarantined", "Quarantined"],
            ["stopped", "Stopped"],
          ]}
        />
      </FilterBar>
      <Table
        label="Strategies"
        list={list}
        columns={COLUMNS}
        rowLink={({ strategy_id }) => `${PATH}/${strategy_id}`}
        empty={
          <Empty title={isFiltered ? "No strategy is like that" : "Nobody has deployed a strategy"}>
            {!isFiltered && <code>bun run shoal strategies deploy cross.ts --name cross --every 5m</code>}
          </Empty>
        }
      />
    </>
  );
}
