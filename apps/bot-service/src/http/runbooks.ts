import { z } from "zod";
import { notFound } from "./problem.ts";
import { type Route, route } from "./route.ts";

/** Names of alerts, which is what keeps a path out of the name. */
const alertName = z.string().regex(/^Shoal[A-Za-z]{1,60}$/);

/** `/api/console/runbooks`: what to do when an alert fires, from the daemon itself, because it is needed when little else works. */
export function runbookRoute(read: (name: string) => Promise<string | undefined>): Route {
  return route({
    method: "get",
    path: "/api/console/runbooks/:id",
    summary: "The runbook of an alert, in Markdown",
    access: "token",
    isAlways: true,
    id: { of: "runbook", schema: alertName },
    answers: { 200: "text/markdown" },
    async answer(context, { id }) {
      const text = await read(id);
      if (text === undefined) return notFound(context, "runbook");
      return context.body(text, 200, { "content-type": "text/markdown; charset=utf-8" });
    },
  });
}
