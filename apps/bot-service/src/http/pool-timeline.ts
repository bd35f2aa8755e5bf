import type { Timeline } from "../pool/timeline.ts";
import { bodyOf } from "./body-of.ts";
import { poolTimeline, timelineEntry } from "./bot-bodies.ts";
import { type Route, route } from "./route.ts";

/** `/api/pool/timeline`: why this daemon joined and sent, or did not. */
export function poolTimelineRoute(timeline: Pick<Timeline, "entries">): Route {
  return route({
    method: "get",
    path: "/api/pool/timeline",
    summary: "The last changes of the breaker, holds after rate signals and lost sockets of this daemon, oldest first",
    access: "token",
    answers: { 200: poolTimeline },
    answer: (context) => context.json({ entries: timeline.entries().map((each) => bodyOf(timelineEntry, each)) }),
  });
}
