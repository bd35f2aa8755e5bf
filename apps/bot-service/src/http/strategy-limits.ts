import { limitsBody, type StrategyLimits } from "../strategies/desk/bodies.ts";
import { type Route, route } from "./route.ts";

/** `/strategies/limits`: for who shows what a run took beside what it might have. */
export function strategyLimitsRoute(limits: StrategyLimits): Route {
  return route({
    method: "get",
    path: "/strategies/limits",
    summary: "Show what a run may take here",
    access: "person",
    answers: { 200: limitsBody },
    answer: (context) => context.json(limits),
  });
}
