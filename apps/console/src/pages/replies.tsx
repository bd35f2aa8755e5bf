import type { BudgetBody, HistoryBody, RepliesView } from "@shoal/bot-service/bodies";
import { formatCount, formatDecimal, formatDuration, formatPercent, NOTHING } from "../format.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Chart } from "../parts/chart.tsx";
import { Facts, Section } from "../parts/facts.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Text } from "../parts/text.tsx";
import { Since } from "../parts/time.tsx";
import { addressOf } from "../router.ts";
import { useResource } from "../use-resource.ts";
import { timesOf } from "./pool/series.ts";

const REFRESH_MS = 5000;
const SERIES = [
  ["replies_model_per_s", "model"],
  ["replies_rules_per_s", "rules"],
  ["replies_safety_per_s", "safety"],
] as const;
const STATUS_TONES: Readonly<Record<string, Tone>> = { up: "good", loading: "info", held: "warn", refused: "bad" };

/** Who answers for the bots of this daemon, why it was not the model, and what is left of its money. */
export function Replies() {
  const view = useResource<RepliesView>("/api/replies", {}, REFRESH_MS);
  return (
    <>
      <PageHead title="Replies">
        {"Who decided the words of this daemon's bots, and what that cost. No text of anybody is kept. "}
        <a href={addressOf("/marks")}>Conversations marked for the operator</a>
      </PageHead>
      <div class="stack">
        <Loaded of={view} rows={8}>
          {(replies) => <Now {...replies} />}
        </Loaded>
        <OverTime />
      </div>
    </>
  );
}

function Now({ engines, codes, faults, model, budgets, remembers, region, min_age }: RepliesView) {
  const total = engines.model + engines.rules + engines.safety;
  const share = (count: number) => `${formatCount(count)}${total > 0 ? `, ${formatPercent(count / total)}` : ""}`;
  return (
    <>
      {model && <ModelState {...model} />}
      <Facts
        facts={[
          ["By the model", share(engines.model)],
          ["By the rules", share(engines.rules)],
          ["Fixed words", share(engines.safety)],
          ["Spent by this daemon", model ? inDollars(model.spent) : NOTHING],
          [
            "Tokens read, written",
            model ? `${formatCount(model.input_tokens)}, ${formatCount(model.output_tokens)}` : NOTHING,
          ],
          ["Costlier than reserved", formatCount(model?.overruns)],
          ["Bots remember", remembers ? "people who allow it" : "nobody"],
          ["Help lines of", region === "XX" ? "no one country" : <Text key="region">{region}</Text>],
          ["Minors", `below ${min_age}`],
        ]}
      />
      {model && (
        <>
          <Section title="Budgets of the fleet">
            <Table
              label="Budgets of replies"
              rows={budgets}
              rowKey={({ scope }) => scope}
              columns={BUDGET_COLUMNS}
              empty={<Empty title="No budget" />}
            />
          </Section>
          <Section title="Why the model did not speak">
            <Table
              label="Faults by code"
              rows={Object.entries(codes)}
              rowKey={([code]) => code}
              columns={CODE_COLUMNS}
              empty={<Empty title="It always has, since the daemon started" />}
            />
          </Section>
          <Section title="Latest of them">
            <Table
              label="Latest faults"
              rows={faults.map((fault, index) => ({ ...fault, index }))}
              rowKey={({ index }) => `${index}`}
              columns={FAULT_COLUMNS}
              empty={<Empty title="None since the daemon started" />}
            />
          </Section>
        </>
      )}
      {!model && (
        <Empty title="There is no language model">
          The rules speak. LLM_BASE_URL names an endpoint that speaks first.
        </Empty>
      )}
    </>
  );
}

function ModelState({
  name,
  host,
  status,
  cause,
  held_for_ms,
  running,
  running_max,
}: NonNullable<RepliesView["model"]>) {
  return (
    <p>
      <Badge tone={STATUS_TONES[status] ?? "off"}>{status}</Badge> <Text>{`${name} at ${host}`}</Text>
      {`, ${formatCount(running)} of ${formatCount(running_max)} replies under way`}
      {held_for_ms > 0 && `, asked again in ${formatDuration(held_for_ms)}`}{" "}
      {cause !== null && <code class="code-name">{cause}</code>}
    </p>
  );
}

/** How many turns each had, a second. */
function OverTime() {
  const query = { step: "1s", series: SERIES.map(([series]) => series).join() };
  const history = useResource<HistoryBody>("/api/console/history", query, REFRESH_MS);
  return (
    <Loaded of={history} rows={6}>
      {(body) => (
        <Chart
          title="Turns a second"
          times={timesOf(body)}
          format={formatDecimal}
          series={SERIES.map(([id, name], index) => ({
            ...{ name, values: body.series[id] ?? [] },
            isFilled: index === 0,
          }))}
        />
      )}
    </Loaded>
  );
}

/** Amounts of a reply are some hundredths of a cent. */
const dollars = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 6 });
const inDollars = (amount: number | null) => (amount === null ? NOTHING : `${dollars.format(amount)} US$`);

const SCOPES: Readonly<Record<BudgetBody["scope"], string>> = {
  conversation: "one conversation",
  person: "one person, a day",
  day: "all, today (UTC)",
  month: "all, this month (UTC)",
};

const money = (key: "limit" | "taken" | "held" | "left", title: string): Column<BudgetBody> => ({
  ...{ key, title, isNumber: true, sortBy: (budget) => budget[key] },
  cell: (budget) => inDollars(budget[key]),
});

const BUDGET_COLUMNS: readonly Column<BudgetBody>[] = [
  { key: "scope", title: "Of", cell: ({ scope }) => SCOPES[scope] },
  money("limit", "Limit"),
  money("taken", "Taken"),
  money("held", "Of that, under way"),
  money("left", "Left"),
  {
    ...{ key: "refused", title: "Replies refused here", isNumber: true, sortBy: ({ refused }) => refused },
    cell: ({ refused }) => formatCount(refused),
  },
];

const CODE_COLUMNS: readonly Column<readonly [string, number]>[] = [
  { key: "code", title: "Code", cell: ([code]) => <Text>{code}</Text>, sortBy: ([code]) => code },
  {
    key: "count",
    title: "Turns",
    cell: ([, count]) => formatCount(count),
    sortBy: ([, count]) => count,
    isNumber: true,
  },
];

const FAULT_COLUMNS: readonly Column<RepliesView["faults"][number]>[] = [
  { key: "at", title: "When", cell: ({ at }) => <Since at={at} /> },
  { key: "code", title: "Code", cell: ({ code }) => <Text>{code}</Text>, sortBy: ({ code }) => code },
];
