import type { ConversationOptions } from "@shoal/conversation-bot";
import { errorFields, type Runtime, withTimeout } from "@shoal/kernel";
import { createReplySource, ReplyError, type ReplySource } from "@shoal/replies";
import { DEFAULT_SAFETY, replyProblem } from "@shoal/safety";
import type { Database } from "@shoal/store";
import { MICROS_PER_DOLLAR } from "../config/reply-variables.ts";
import type { Config } from "../config.ts";
import { watchFigures } from "../health/watched-figures.ts";
import { replyRoutes } from "../http/replies.ts";
import type { MarksPart } from "../marks/part.ts";
import type { Part } from "../part.ts";
import { SqlMemories } from "../people/memories.ts";
import { countTurns, type ModelFigures } from "./figures.ts";
import { observeTurns } from "./metrics.ts";
import { watchSpending } from "./spending.ts";
import { SqlReplyBudget } from "./sql-budget.ts";
import type { TalkHooks } from "./talk-hooks.ts";

export interface RepliesPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly database: Database;
  readonly hooks: TalkHooks;
  readonly marks: Pick<MarksPart, "mark">;
  /** What conversations go by. */
  readonly safety: ConversationOptions["safety"];
}

export type RepliesPart = ReturnType<typeof createRepliesPart>;

/** Gives conversations the language model, its money and what bots remember, and shows how replies come about. */
export function createRepliesPart(options: RepliesPartOptions) {
  const { config, runtime, database, hooks, marks } = options;
  const turns = countTurns(hooks.events, runtime.clock.now);
  const model = config.llmBaseUrl === null ? null : createModel(options, config.llmBaseUrl);
  hooks.bind({
    replies: model && { reply: (request, signal) => model.source().reply(request, signal) },
    memories: config.llmMemory === "on" ? new SqlMemories({ database, runtime }) : null,
    mark: (concern) => marks.mark(concern),
  });
  const figures = () => model?.figures() ?? null;
  return {
    name: "replies",
    role: "fleet",
    needsSchema: true,
    events: hooks.events,
    ...(model && { health: { dependency: "replies", isRequired: false, read: () => reportOf(model.figures()) } }),
    observe: (metrics) => [observeTurns(metrics, hooks.events, figures), turns.close],
    routes: () => replyRoutes({ turns: turns.read, model: figures, config }),
    /** Turns so far by who decided the words, and US dollars that they cost. */
    spoken: () => ({
      ...turns.read().engines,
      dollars: (figures()?.state?.spentMicros ?? 0) / MICROS_PER_DOLLAR,
    }),
    start: () => model?.start(),
    close: async (limitMs: number) => model?.close(limitMs),
  } satisfies Part & Record<string, unknown>;
}

/** A model that is loaded once the daemon has started; until then, and where it cannot be, the rule engine speaks. */
function createModel({ config, runtime, database, safety }: RepliesPartOptions, baseUrl: string) {
  const log = runtime.log.child({ part: "replies" });
  const sql = new SqlReplyBudget({
    ...{ database, runtime },
    limits: {
      conversationMicros: config.llmBudgetConversationMicros,
      personDayMicros: config.llmBudgetPersonDayMicros,
      dayMicros: config.llmBudgetDayMicros,
      monthMicros: config.llmBudgetMonthMicros,
    },
  });
  const spending = watchSpending(sql, { log, now: runtime.clock.now });
  const left = watchFigures({ runtime, of: "the budgets of replies", read: () => sql.left() });
  const policy = { ...DEFAULT_SAFETY, ...safety };
  let source: ReplySource | undefined;
  const load = async () => {
    // The AI SDK takes a second and 27 MB, which a daemon without a model is spared.
    const { openAiModel } = await import("@shoal/replies/ai-sdk");
    source = createReplySource({
      runtime: { ...runtime, log },
      model: openAiModel({
        ...{ baseUrl, model: config.llmModel ?? "" },
        ...(config.llmApiKey !== null && { apiKey: config.llmApiKey }),
      }),
      budget: spending.budget,
      prices: { input: config.llmPriceInput ?? 0, output: config.llmPriceOutput ?? 0 },
      maxConcurrency: config.llmMaxConcurrency,
      guard: (sentence, facts) => replyProblem(sentence, { policy, ...facts }),
    });
  };
  return {
    source(): ReplySource {
      if (source) return source;
      throw new ReplyError("REPLY_HELD", { reason: "not loaded" });
    },
    figures: (): ModelFigures => ({
      ...{ model: config.llmModel ?? "", host: new URL(baseUrl).host, state: source?.state() ?? null },
      ...{ refused: spending.refused, spent: spending.spent(), left: left.latest() },
    }),
    start() {
      left.start();
      load().catch((thrown: unknown) => {
        log.error(
          errorFields(thrown),
          "the client of language models cannot be loaded: the rule engine speaks; install the daemon's packages again",
        );
      });
    },
    async close(limitMs: number) {
      left.stop();
      await withTimeout(runtime.clock, limitMs / 2, Promise.resolve(source?.close()));
      await sql.close(limitMs / 2);
    },
  };
}

/** From its own outcomes: nothing is asked of the endpoint for this. */
function reportOf({ state, spent }: ModelFigures) {
  // Each has its own line in the log.
  const degraded = (errorCode: string, detail: string) =>
    ({ state: "degraded", errorCode, detail, isExpected: true }) as const;
  if (state === null) return degraded("REPLY_HELD", "the client is not loaded: the rule engine speaks");
  if (state.status !== "up")
    return degraded(state.cause ?? "REPLY_HELD", `the endpoint is ${state.status}: the rule engine speaks`);
  if (spent.length > 0)
    return degraded("REPLY_BUDGET", `the budget of the ${spent.join(" and ")} is spent: the rule engine speaks`);
  return { state: "ok" } as const;
}
