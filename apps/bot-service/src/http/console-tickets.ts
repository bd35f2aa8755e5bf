import { z } from "zod";
import { TICKET_MS } from "../console/tickets.ts";
import { type Problem, problem } from "./problem.ts";
import { type Route, route } from "./route.ts";

/** `/api/console/tickets`: a link that opens the console, for `shoal console`. */
export function consoleTicketRoute(openingPath: () => string): Route {
  const made = z.object({ path: z.string(), expires_in_ms: z.int() });
  return route({
    method: "post",
    path: "/api/console/tickets",
    summary: "Make a link that opens the console once, within a minute",
    access: "token",
    isAlways: true,
    isTrigger: true,
    answers: { 201: made },
    answer: (context) => {
      if (context.get("actor") === "console") return problem(context, NOT_BY_SESSION);
      return context.json({ path: openingPath(), expires_in_ms: TICKET_MS }, 201);
    },
  });
}

/** Or a login would last for ever, by one link after the other. */
const NOT_BY_SESSION: Problem = {
  status: 403,
  code: "CONSOLE_TICKET_BY_SESSION",
  title: "Forbidden",
  detail: "Links are made with the API token, and not by who is logged in to the console.",
};
