import { MICROS_PER_DOLLAR } from "../config/reply-variables.ts";
import type { Config } from "../config.ts";
import type { ModelFigures, TurnCounts } from "../replies/figures.ts";
import { type RepliesView, repliesView } from "./reply-bodies.ts";
import { type Route, route } from "./route.ts";

export interface RepliesSources {
  readonly turns: () => TurnCounts;
  readonly model: () => ModelFigures | null;
  readonly config: Pick<
    Config,
    | "llmMemory"
    | "safetyRegion"
    | "safetyMinAge"
    | "llmBudgetConversationMicros"
    | "llmBudgetPersonDayMicros"
    | "llmBudgetDayMicros"
    | "llmBudgetMonthMicros"
  >;
}

/** `/api/replies`: how this daemon's replies come about, and what they cost. Without a word of anybody. */
export function replyRoutes(sources: RepliesSources): Route[] {
  return [
    route({
      method: "get",
      path: "/api/replies",
      summary:
        "Who answers for the bots of this daemon, the model's state and latest faults, and what is left of its budgets",
      access: "token",
      answers: { 200: repliesView },
      answer: (context) => context.json(viewOf(sources)),
    }),
  ];
}

function viewOf({ turns, model: readModel, config }: RepliesSources): RepliesView {
  const { engines, codes, faults } = turns();
  const figures = readModel();
  return {
    ...{ engines, codes },
    faults: faults.map(({ atMs, code }) => ({ at: new Date(atMs).toISOString(), code })),
    model: figures && modelOf(figures),
    budgets: figures === null ? [] : budgetsOf(figures, config),
    remembers: config.llmMemory === "on",
    region: config.safetyRegion,
    min_age: config.safetyMinAge,
  };
}

function modelOf({ model: name, host, state }: ModelFigures): RepliesView["model"] {
  return {
    ...{ name, host, status: state?.status ?? "loading", cause: state?.cause ?? null },
    held_for_ms: Math.round(state?.heldForMs ?? 0),
    running: state?.runningCount ?? 0,
    running_max: state?.maxConcurrency ?? 0,
    replies: state?.replyCount ?? 0,
    cut_short: state?.cutShortCount ?? 0,
    aborted: state?.abortedCount ?? 0,
    input_tokens: state?.inputTokenCount ?? 0,
    output_tokens: state?.outputTokenCount ?? 0,
    spent: inDollars(state?.spentMicros ?? 0),
    overruns: state?.overrunCount ?? 0,
  };
}

function budgetsOf({ refused, left }: ModelFigures, config: RepliesSources["config"]): RepliesView["budgets"] {
  const limits = [
    ["conversation", config.llmBudgetConversationMicros, undefined],
    ["person", config.llmBudgetPersonDayMicros, undefined],
    ["day", config.llmBudgetDayMicros, left?.day],
    ["month", config.llmBudgetMonthMicros, left?.month],
  ] as const;
  return limits.map(([scope, limit, now]) => ({
    ...{ scope, limit: inDollars(limit), refused: refused[scope] ?? 0 },
    taken: now ? inDollars(now.takenMicros) : null,
    held: now ? inDollars(now.heldMicros) : null,
    left: now ? inDollars(Math.max(0, now.leftMicros)) : null,
  }));
}

const inDollars = (micros: number) => micros / MICROS_PER_DOLLAR;
