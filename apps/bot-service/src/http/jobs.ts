import type { AuditedJobAdmin } from "@shoal/job-queue";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { bodyOf } from "./body-of.ts";
import { anyJson, auditRecord, job, jobPage, jobSummary } from "./job-bodies.ts";
import { filterOf, jobFilter, rowId, type } from "./job-filter.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { notFound } from "./problem.ts";
import { queryNumber } from "./query-number.ts";
import { type Route, type RouteFacts, route } from "./route.ts";

const PATH = "/api/jobs";
/** A payload of 1 MB and the other fields. @source SPEC E */
export const JOB_BODY_LIMIT_BYTES = 1024 * 1024 + 64 * 1024;

const newJob = z.strictObject({
  type,
  payload: anyJson.optional(),
  delay_ms: z.int().min(0).optional(),
  run_at: z.iso.datetime({ offset: true }).optional(),
  priority: z.int().min(-100).max(100).optional(),
  max_attempts: z.int().min(1).max(100).optional(),
  unique_key: storableText(z.string().min(1).max(256)).optional(),
});
const enqueued = z.object({ id: rowId, is_new: z.boolean() });
const redriven = z.object({ count: z.int() });
const redriveFilter = z
  .strictObject({
    type: type.optional(),
    queue: z.string().min(1).max(48).optional(),
    limit: z.int().min(1).max(1000).default(100),
  })
  .refine(({ type, queue }) => type === undefined || queue === undefined, {
    path: ["queue"],
    message: "is of pgmq, type is of jobs: give one of them",
  });

/** What the routes need of the jobs. */
export interface JobsPort {
  readonly admin: AuditedJobAdmin;
  /** The body of `GET /api/jobs/dual-run`. */
  dualRunReport(options: { readonly sinceHours: number }): Promise<object>;
}

/** `/api/jobs`: the jobs, their audit, and commands to them. */
export function jobRoutes({ admin, dualRunReport }: JobsPort): Route[] {
  return [...readingRoutes(admin, dualRunReport), ...oneJobRoutes(admin), ...changingRoutes(admin)];
}

function readingRoutes(admin: AuditedJobAdmin, dualRunReport: JobsPort["dualRunReport"]): Route[] {
  return [
    route({
      method: "get",
      path: PATH,
      summary: "List jobs, the newest first, without their payloads",
      access: "token",
      query: z.strictObject({ ...jobFilter, limit, before: rowId.optional() }),
      answers: { 200: jobPage },
      async answer(context, { query: { limit, before, ...filter } }) {
        const { jobs, next } = await admin.list(omitUndefined({ ...filterOf(filter), limit, before }));
        return context.json({ jobs: jobs.map((view) => bodyOf(jobSummary, view)), next });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/audit`,
      summary: "Failed attempts, rescues and deeds, the newest first",
      access: "token",
      query: z.strictObject({ job_id: rowId.optional(), limit, before: rowId.optional() }),
      answers: { 200: z.object({ records: z.array(auditRecord) }) },
      async answer(context, { query: { job_id: jobId, ...query } }) {
        const records = await admin.audit(omitUndefined({ ...query, jobId }));
        return context.json({ records: records.map((record) => bodyOf(auditRecord, record)) });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/dual-run`,
      summary: "Compare what the two executors made of the same jobs",
      access: "token",
      query: z.strictObject({
        hours: queryNumber(
          z
            .number()
            .min(0.01)
            .max(24 * 31)
            .default(24),
        ),
      }),
      answers: { 200: z.looseObject({}) },
      answer: async (context, { query }) => context.json(await dualRunReport({ sinceHours: query.hours })),
    }),
  ];
}

function oneJobRoutes(admin: AuditedJobAdmin): Route[] {
  const one = { access: "token", id: { of: "job", schema: rowId }, answers: { 200: job } } as const;
  const deed = (action: "retry" | "cancel", summary: string): Route => {
    const facts: RouteFacts = { method: "post", path: `${PATH}/:id/${action}`, summary, isTrigger: true, ...one };
    return route({
      ...facts,
      answer: async (context, { id }) => context.json(bodyOf(job, await admin[action](context.get("actor"), id))),
    });
  };
  return [
    route({
      method: "get",
      path: `${PATH}/:id`,
      summary: "Show a job",
      ...one,
      query: z.strictObject({ payload: z.enum(["true", "false"]).default("true").describe("Whether it is wanted") }),
      async answer(context, { id, query }) {
        const view = await admin.show(id);
        if (!view) return notFound(context, "job");
        return context.json(query.payload === "true" ? bodyOf(job, view) : bodyOf(jobSummary, view));
      },
    }),
    deed("retry", "Make a waiting or dead job due at once; a dead one has all its attempts again"),
    deed("cancel", "Take a job out of line, or out of the hands of its worker, into the archive"),
  ];
}

function changingRoutes(admin: AuditedJobAdmin): Route[] {
  return [
    route({
      method: "post",
      path: PATH,
      summary: "Add a job; 200 when one of its unique key is there already",
      access: "token",
      body: newJob,
      bodyLimitBytes: JOB_BODY_LIMIT_BYTES,
      answers: { 200: enqueued, 201: enqueued },
      async answer(context, { body }) {
        const { delay_ms: delayMs, run_at: runAt, max_attempts: maxAttempts, unique_key: uniqueKey, ...same } = body;
        const at = runAt === undefined ? undefined : new Date(runAt);
        const wanted = omitUndefined({ ...same, delayMs, maxAttempts, uniqueKey, runAt: at });
        const { id, isNew } = await admin.enqueue(context.get("actor"), wanted);
        return context.json({ id, is_new: isNew }, isNew ? 201 : 200, { location: `${PATH}/${id}` });
      },
    }),
    route({
      method: "post",
      path: `${PATH}/redrive`,
      summary: "Put dead jobs, or the dead letters of a pgmq queue, back into line, the oldest first",
      access: "token",
      isTrigger: true,
      body: redriveFilter,
      isBodyOptional: true,
      answers: { 200: redriven },
      async answer(context, { body: { queue, limit, type } }) {
        const actor = context.get("actor");
        const count =
          queue === undefined
            ? await admin.redrive(actor, omitUndefined({ type, limit }))
            : await admin.redriveQueue(actor, queue, limit);
        return context.json({ count });
      },
    }),
  ];
}
