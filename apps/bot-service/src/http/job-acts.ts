import type { ActRequest, JobActs, JobStatus } from "@shoal/job-queue";
import { z } from "zod";
import { bodyOf } from "./body-of.ts";
import { actCount, actView } from "./job-bodies.ts";
import { filterOf, jobFilter, rowId } from "./job-filter.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { notFound } from "./problem.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/jobs/acts";
const COUNTED_TO = 100_000;

/** The statuses of jobs on which each action has something to do. */
const STATUSES: Readonly<Partial<Record<ActRequest["action"], readonly JobStatus[]>>> = {
  retry: ["pending", "dead"],
  cancel: ["pending", "running"],
  redrive: ["dead"],
};

const wanted = z
  .strictObject({
    action: actView.shape.action.describe("delete: of dead letters alone; retry and cancel: of jobs"),
    queue: z.string().min(1).max(48).optional().describe("A pgmq queue, whose dead letters are meant. Default: jobs"),
    filter: z
      .strictObject({ ...jobFilter, ids: z.array(rowId).min(1).max(1000).optional() })
      .prefault({})
      .describe("All of it must be so; without any: all there are"),
    dry_run: z.boolean().default(false).describe("Whether only to count them"),
  })
  .superRefine(({ action, queue, filter: { status, type, ids } }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const isOfQueues = action === "redrive" || action === "delete";
    if (queue !== undefined && !isOfQueues) refuse(["action"], "must be redrive or delete for dead letters");
    if (queue === undefined && action === "delete") refuse(["action"], "must be retry, cancel or redrive for jobs");
    if (queue !== undefined && (status ?? type ?? ids) !== undefined)
      refuse(["filter"], "of dead letters has error_code and created_before");
    const allowed = STATUSES[action] ?? [];
    if (queue === undefined && status !== undefined && !allowed.includes(status))
      refuse(["filter", "status"], `must be ${allowed.join(" or ")} for ${action}`);
  });

/** `/api/jobs/act`: acts on all that match a filter, however many, and how far each is. */
export function jobActRoutes(acts: JobActs): Route[] {
  const one = { access: "token", id: { of: "act", schema: rowId }, answers: { 200: actView } } as const;
  return [
    route({
      method: "post",
      path: "/api/jobs/act",
      summary:
        "Retry, cancel or redrive all jobs that match, or redrive or delete all dead letters that do; a dry run counts them",
      access: "token",
      body: wanted,
      answers: { 200: actCount, 202: actView },
      async answer(context, { body: { action, queue, filter, dry_run: isDryRun } }) {
        const request = omitUndefined({ action, queue, filter: filterOf(filter) });
        if (isDryRun) {
          const count = await acts.count(request);
          return context.json({ count: Math.min(count, COUNTED_TO), is_exact: count <= COUNTED_TO });
        }
        const { act } = await acts.start(context.get("actor"), request);
        return context.json(bodyOf(actView, act), 202, { location: `${PATH}/${act.id}` });
      },
    }),
    route({
      method: "get",
      path: PATH,
      summary: "Acts on all that matched, the newest first",
      access: "token",
      query: z.strictObject({ limit }),
      answers: { 200: z.object({ acts: z.array(actView) }) },
      async answer(context, { query }) {
        return context.json({ acts: (await acts.list(query.limit)).map((act) => bodyOf(actView, act)) });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/:id`,
      summary: "Show how far an act is",
      ...one,
      async answer(context, { id }) {
        const act = await acts.show(id);
        return act ? context.json(bodyOf(actView, act)) : notFound(context, "act");
      },
    }),
    route({
      method: "post",
      path: `${PATH}/:id/stop`,
      summary: "Stop an act after the batch under way; what is done stays done",
      ...one,
      async answer(context, { id }) {
        const act = await acts.stop(context.get("actor"), id);
        return act ? context.json(bodyOf(actView, act)) : notFound(context, "act");
      },
    }),
  ];
}
