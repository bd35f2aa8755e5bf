import type { RunBody, StrategyLimits } from "@shoal/bot-service/bodies";
import { formatCount, formatDuration, formatPercent, NOTHING, plural } from "../../format.ts";
import { Facts, Section } from "../../parts/facts.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Id, Json, Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { useResource } from "../../use-resource.ts";
import { Meter } from "./meter.tsx";
import type { PartProps } from "./part-props.ts";
import { lagMs, OutcomeBadge, RunErrorText } from "./run-parts.tsx";
import { LateBadge, StatusBadge, scheduleText } from "./status.tsx";

const REFRESH_MS = 10_000;

/** How a strategy is: its schedule, how its runs went, and what the latest one took of what it might have. */
export function StrategyOverview({ strategy }: PartProps) {
  const { stats } = strategy;
  const done = stats.total_executions;
  return (
    <div class="stack">
      <Section title="Schedule">
        <Facts
          facts={[
            ["Status", <StatusBadge key="status" of={strategy} />],
            ["Runs", <Text key="schedule">{scheduleText(strategy)}</Text>],
            [
              "Next run",
              <>
                <Time at={stats.next_execution_at} /> <LateBadge of={strategy} />
              </>,
            ],
            ["Last run", <Time key="last" at={stats.last_execution_at} />],
            ["Missed ticks", formatCount(stats.missed_executions)],
            [
              "Skipped ticks",
              <>
                {formatCount(stats.skipped_executions)}
                {stats.skipped_reason !== null && (
                  <>
                    {" ("}
                    <Text>{stats.skipped_reason}</Text>)
                  </>
                )}
              </>,
            ],
          ]}
        />
      </Section>
      <Section title="Runs so far">
        <Facts
          facts={[
            ["Runs", formatCount(done)],
            ["Went well", done === 0 ? NOTHING : formatPercent(stats.successful_executions / done)],
            ["Failed", formatCount(stats.failed_executions)],
            ["Failed in a row", formatCount(stats.consecutive_failures)],
            ["Mean time", formatDuration(stats.avg_execution_time)],
            ["Fuel of all", formatCount(stats.fuel)],
          ]}
        />
        {stats.last_error !== null && (
          <p>
            Last error: <Text>{stats.last_error}</Text>
          </p>
        )}
      </Section>
      <LatestRun id={strategy.strategy_id} />
      <Settings strategy={strategy} />
    </div>
  );
}

function Settings({ strategy }: Pick<PartProps, "strategy">) {
  return (
    <Section title="Settings">
      <Facts
        facts={[
          ["Id", <Id key="id">{strategy.strategy_id}</Id>],
          ["Venue", strategy.venue],
          ["Market", strategy.market],
          ["Secret", strategy.secret === null ? NOTHING : <Text key="secret">{strategy.secret}</Text>],
          ["Deployed first", <Time key="created" at={strategy.created_at} />],
          ["Changed", <Time key="updated" at={strategy.updated_at} />],
        ]}
      />
      <div class="columns">
        <Setting title="Config" value={strategy.config} />
        <Setting title="Account" value={strategy.account} />
        <Setting title="Filter" value={strategy.filter} />
      </div>
    </Section>
  );
}

function Setting({ title, value }: { readonly title: string; readonly value: Readonly<Record<string, unknown>> }) {
  return (
    <div>
      <h3>{title}</h3>
      {Object.keys(value).length === 0 ? <p class="hint">All by default.</p> : <Json value={value} label={title} />}
    </div>
  );
}

function LatestRun({ id }: { readonly id: string }) {
  const runs = useResource<{ readonly runs: readonly RunBody[] }>(
    `/api/strategies/${id}/runs`,
    { limit: 1 },
    REFRESH_MS,
  );
  const limits = useResource<StrategyLimits>("/api/strategies/limits");
  return (
    <Section title="Latest run">
      <Loaded of={runs} rows={3}>
        {({ runs: [run] }) =>
          run === undefined ? (
            <Empty title="It has not run yet" />
          ) : (
            <div class="stack">
              <p>
                <OutcomeBadge of={run} /> <Time at={run.started_at} />, {lagText(run)}, with{" "}
                {plural(run.order_count, "order")}
              </p>
              <RunErrorText of={run} />
              <Loaded of={limits} rows={2}>
                {(most) => <Took run={run} limits={most} />}
              </Loaded>
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}

const lagText = (run: RunBody) => `${formatDuration(lagMs(run))} after its tick`;

function Took({ run, limits }: { readonly run: RunBody; readonly limits: StrategyLimits }) {
  return (
    <div class="meters">
      <Meter label="Fuel" value={run.fuel} most={limits.fuel} format={formatCount} />
      <Meter label="Time" value={run.duration_ms} most={limits.wall_ms} format={formatDuration} />
    </div>
  );
}
