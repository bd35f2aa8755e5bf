import type { TurnReport } from "@shoal/conversation-bot";
import { type EventSource, SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { allOf, errorCodes, type Metrics, oneOf, subscribe } from "@shoal/monitor";
import { REPLY_CODES } from "@shoal/replies";
import { MICROS_PER_DOLLAR } from "../config/reply-variables.ts";
import type { ModelFigures } from "./figures.ts";
import { SCOPES } from "./spending.ts";
import type { TurnEvents } from "./talk-hooks.ts";

/** Seconds: with the 2.5 s that a model has for its first sentence, and the 4 s of the promise, as bounds. */
const REPLY_SECONDS = [0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 10];

/** Feeds the metrics of replies. `getModel`: null for a daemon without one. Once per `metrics`. */
export function observeTurns(
  { counter, gauge, histogram, beforeScrape }: Metrics,
  events: Pick<EventSource<TurnEvents>, "on">,
  getModel: () => ModelFigures | null,
): Unsubscribe {
  const engine = allOf<TurnReport["engine"]>({ model: true, rules: true, safety: true });
  const replies = counter({
    name: "shoal_replies_total",
    help: "Turns of bots by who decided the words; code: why the rules spoke although there is a model, none where they were to.",
    labels: { engine, code: errorCodes() },
  });
  for (const known of engine.known) replies.zero({ engine: known, code: "none" });
  // Otherwise the first fault of each kind would be no increase, and the alert would miss it.
  for (const code of [...REPLY_CODES, "REPLY_OVERTAKEN"]) replies.zero({ engine: "rules", code });
  const seconds = histogram({
    name: "shoal_reply_seconds",
    help: "Time from a message to the first line in answer to it, typing included.",
    labels: { engine },
    buckets: REPLY_SECONDS,
  });
  const cost = counter({
    name: "shoal_reply_cost_dollars_total",
    help: "US dollars that this daemon's replies by a model cost.",
  });
  const overruns = counter({
    name: "shoal_reply_overruns_total",
    help: "Replies that cost more than what was reserved for them: the endpoint counts otherwise than its prices say.",
  });
  const refused = counter({
    name: "shoal_reply_budget_refused_total",
    help: "Replies that were not asked for, by the limit that they would have passed; away: the database did not answer.",
    labels: { scope: oneOf(SCOPES) },
  });
  const left = gauge({
    name: "shoal_reply_budget_left_dollars",
    help: "US dollars left of what the fleet may spend on replies in this day and month (UTC). The same from every daemon.",
    labels: { scope: allOf<"day" | "month">({ day: true, month: true }) },
  });
  const told = { micros: 0, overruns: 0, refused: new Map<string, number>() };
  const tell = (figures: ModelFigures) => {
    const { spentMicros = 0, overrunCount = 0 } = figures.state ?? {};
    cost.inc({}, (spentMicros - told.micros) / MICROS_PER_DOLLAR);
    overruns.inc({}, overrunCount - told.overruns);
    Object.assign(told, { micros: spentMicros, overruns: overrunCount });
    for (const [scope, count] of Object.entries(figures.refused)) {
      refused.inc({ scope }, count - (told.refused.get(scope) ?? 0));
      told.refused.set(scope, count);
    }
    for (const [scope, { leftMicros }] of Object.entries(figures.left ?? {}))
      left.set({ scope }, Math.max(0, leftMicros) / MICROS_PER_DOLLAR);
  };
  const offs = [
    subscribe<TurnEvents>(events, {
      "turn:said": ({ engine, code = "none", ms }) => {
        replies.inc({ engine, code });
        seconds.observe({ engine }, ms / SECOND_MS);
      },
    }),
    beforeScrape(() => {
      const figures = getModel();
      if (figures) tell(figures);
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}
