import type { AuditedJobAdmin, QueuesHealth } from "@shoal/job-queue";
import { FleetError } from "@shoal/kernel";
import { z } from "zod";
import { dbQueue, pgmqQueues } from "./health-bodies.ts";
import { passResult } from "./job-bodies.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/jobs";
const ACCESS = { access: "cron", isTrigger: true } as const;

/** What the routes need besides the desk. */
export interface PassesPort {
  readonly desk: Pick<AuditedJobAdmin, "runDue" | "runPass">;
  /** What is in line now. */
  queues(): Promise<QueuesHealth>;
}

/** `/api/jobs/cron` and `/api/jobs/process`: for pg_cron, and for people who do not want to wait for the loop. */
export function passRoutes({ desk, queues }: PassesPort): Route[] {
  const runPass = oneAtATime(desk.runPass);
  return [
    route({
      method: "post",
      path: `${PATH}/cron`,
      summary: "Enqueue what the schedules have due",
      ...ACCESS,
      body: z.strictObject({}),
      isBodyOptional: true,
      answers: { 200: z.object({ enqueued: z.array(z.string()) }) },
      answer: async (context) => context.json({ enqueued: await desk.runDue(context.get("actor")) }),
    }),
    route({
      method: "get",
      path: `${PATH}/process`,
      summary: "How much is in line: jobs and messages",
      access: "cron",
      answers: { 200: z.object({ dbQueue, pgmqQueues }) },
      async answer(context) {
        const found = await queues();
        return context.json({ dbQueue: found.dbQueue, pgmqQueues: found.pgmqQueues });
      },
    }),
    route({
      method: "post",
      path: `${PATH}/process`,
      summary: "One pass over jobs and messages; answers when it is done",
      ...ACCESS,
      isLong: true,
      body: z.strictObject({ batch: z.int().min(1).max(1000).optional() }),
      isBodyOptional: true,
      answers: { 200: passResult },
      async answer(context, { body: { batch: batchSize } }) {
        return context.json(await runPass(context.get("actor"), omitUndefined({ batchSize })));
      },
    }),
  ];
}

/** Refuses a second pass while one is under way in this process: it would take the first one's work for its own. */
function oneAtATime(run: AuditedJobAdmin["runPass"]): AuditedJobAdmin["runPass"] {
  let isRunning = false;
  return async (actor, options) => {
    if (isRunning) throw new FleetError("HTTP_PASS_RUNNING", "a pass is under way; its caller gets the report");
    isRunning = true;
    try {
      return await run(actor, options);
    } finally {
      isRunning = false;
    }
  };
}
