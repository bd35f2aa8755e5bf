import type { HistoryBody } from "@shoal/bot-service/bodies";
import { formatCompact, formatDecimal, formatDuration, formatPercent } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import { ChoiceFilter, FilterBar } from "../../parts/filter-bar.tsx";
import { Loaded } from "../../parts/states.tsx";
import { parameter } from "../../router.ts";
import { useResource } from "../../use-resource.ts";
import { breakerShares, breakerSpans, CHARTS, type PoolChart, SERIES, SPANS, timesOf } from "./series.ts";
import { BREAKER_TONES } from "./words.ts";

const FORMATS: Readonly<Record<PoolChart["unit"], (value: number | null | undefined) => string>> = {
  count: formatCompact,
  per_s: formatDecimal,
  ms: formatDuration,
};

/** Sockets, slots, budgets and the breaker of this daemon over time. */
export function OverTime() {
  const span = SPANS.find(({ id }) => id === parameter("span")) ?? SPANS[0];
  const history = useResource<HistoryBody>(
    "/api/console/history",
    { step: span?.step, series: SERIES },
    span?.refreshMs ?? null,
  );
  return (
    <>
      <FilterBar label="How far back">
        <ChoiceFilter name="span" label="Time" choices={SPANS.map(({ id, title }) => [id, title] as const)} />
      </FilterBar>
      <Loaded of={history} rows={12}>
        {(body) => {
          const times = timesOf(body);
          return (
            <div class="pool-charts">
              <BreakerStrip values={body.series["breaker"] ?? []} stepMs={body.step_ms} />
              {CHARTS.map(({ title, unit, lines }) => (
                <Chart
                  key={title}
                  title={title}
                  times={times}
                  format={FORMATS[unit]}
                  series={lines.map(([series, name], index) => ({
                    name,
                    values: body.series[series] ?? [],
                    isFilled: index === 0,
                  }))}
                />
              ))}
            </div>
          );
        }}
      </Loaded>
    </>
  );
}

/** What the breaker was, from left to right, with its shares in words. */
function BreakerStrip({ values, stepMs }: { readonly values: readonly (number | null)[]; readonly stepMs: number }) {
  const spans = breakerSpans(values, stepMs);
  const shares = breakerShares(spans).map(([state, ratio]) => `${state} ${formatPercent(ratio)}`);
  return (
    <figure class="chart">
      <figcaption>Breaker</figcaption>
      <div class="strip" aria-hidden="true">
        {spans.map(({ state, lastsMs }, index) => (
          <span
            key={index}
            class={state === null ? "unmeasured" : BREAKER_TONES[state]}
            style={{ flexGrow: lastsMs }}
            title={`${state ?? "not measured"} for ${formatDuration(lastsMs)}`}
          />
        ))}
      </div>
      <p class="hint">{shares.length === 0 ? "Nothing was measured yet." : shares.join(", ")}</p>
    </figure>
  );
}
