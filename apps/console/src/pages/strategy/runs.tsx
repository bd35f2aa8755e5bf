import type { RunBody, StrategyLimits } from "@shoal/bot-service/bodies";
import { formatCount, formatDuration, NOTHING } from "../../format.ts";
import { formatMoney } from "../../money.ts";
import { Chart } from "../../parts/chart.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { addressOf } from "../../router.ts";
import { useList } from "../../use-list.ts";
import { useResource } from "../../use-resource.ts";
import type { PartProps } from "./part-props.ts";
import { lagMs, OutcomeBadge, RunErrorText } from "./run-parts.tsx";

const PAGE = 100;

/** Address of the replay of a run. */
export const replayAddress = ({ strategy_id, id }: Pick<RunBody, "strategy_id" | "id">) =>
  addressOf(`/strategies/${strategy_id}?tab=replay&run=${id}`);

const COLUMNS: readonly Column<RunBody>[] = [
  { key: "at", title: "Began", cell: ({ started_at }) => <Time at={started_at} as="exact" /> },
  { key: "outcome", title: "Outcome", cell: (run) => <OutcomeBadge of={run} /> },
  { key: "time", title: "Time", cell: ({ duration_ms }) => formatDuration(duration_ms), isNumber: true },
  { key: "lag", title: "Lag", cell: (run) => formatDuration(lagMs(run)), isNumber: true, isMinor: true },
  { key: "fuel", title: "Fuel", cell: ({ fuel }) => formatCount(fuel), isNumber: true },
  { key: "orders", title: "Orders", cell: ({ order_count }) => formatCount(order_count), isNumber: true },
  { key: "equity", title: "Equity", cell: ({ equity }) => formatMoney(equity), isNumber: true, isMinor: true },
  { key: "version", title: "Version", cell: ({ version }) => version, isNumber: true, isMinor: true },
  { key: "error", title: "Error", cell: (run) => (run.error ? <RunErrorText of={run} /> : NOTHING) },
  {
    key: "replay",
    title: "Replay",
    cell: (run) =>
      run.has_journal ? (
        <a href={replayAddress(run)}>
          Replay<span class="unseen">{` the run of ${run.started_at}`}</span>
        </a>
      ) : (
        NOTHING
      ),
  },
];

/** The runs of a strategy, the newest first, and what they took. */
export function StrategyRuns({ strategy: { strategy_id: id } }: PartProps) {
  const list = useList<RunBody, { readonly runs: readonly RunBody[] }>({
    path: `/api/strategies/${id}/runs`,
    query: { limit: PAGE },
    rows: ({ runs }) => runs,
    next: ({ runs }, last) => (runs.length < PAGE ? null : { before: last.epoch }),
    key: (run) => run.id,
  });
  const limits = useResource<StrategyLimits>("/api/strategies/limits").value.value;
  const runs = list.state.value.rows.toReversed();
  return (
    <div class="stack">
      <div class="chart-pair">
        <Chart
          title={`Fuel of each run${limits ? `, of ${formatCount(limits.fuel)} it may burn` : ""}`}
          times={runs.map(({ started_at }) => Date.parse(started_at))}
          series={[{ name: "Fuel", values: runs.map(({ fuel }) => fuel), isFilled: true }]}
          format={formatCount}
        />
        <Chart
          title={`Time of each run${limits ? `, of ${formatDuration(limits.wall_ms)} it may take` : ""}`}
          times={runs.map(({ started_at }) => Date.parse(started_at))}
          series={[{ name: "Time", values: runs.map(({ duration_ms }) => duration_ms), isFilled: true }]}
          format={formatDuration}
        />
      </div>
      <FilterBar label="Runs" list={list}>
        <span class="hint">
          {limits
            ? `The newest ${formatCount(limits.runs_kept)} are kept; those with a journal can be done again.`
            : ""}
        </span>
      </FilterBar>
      <Table label="Table of runs" list={list} columns={COLUMNS} empty={<Empty title="It has not run yet" />} />
    </div>
  );
}
