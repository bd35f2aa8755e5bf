import type { AuditedJobAdmin, QueuesHealth } from "@shoal/job-queue";
import { FleetError } from "@shoal/kernel";
import { z } from "zod";
import { dbQueue, pgmqQueues } from "./health-bodies.ts";
import { passResult } from "./job-bodies.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/jobs";
const ACCESS = { access: "cron", isTrigger: true } as const;

/** What the routes need of the jobs. */
export interface PassesPort {
  readonly admin: Pick<AuditedJobAdmin, "runDue" | "runPass">;
  /** Jobs and messages that wait now. */
  queues(): Promise<QueuesHealth>;
}

/** `/api/jobs/cron` and `/api/jobs/process`: for pg_cron, and to run work without waiting for the loop. */
export function passRoutes({ admin, queues }: PassesPort): Route[] {
  const runPass = oneAtATime(admin.runPass);
  return [
    route({
      method: "post",
      path: `${PATH}/cron`,
      summary: "Enqueue what the schedules have due",
      ...ACCESS,
      body: z.strictObject({}),
      isBodyOptional: true,
      answers: { 200: z.object({ enqueued: z.array(z.string()) }) },
      answer: async (context) => context.json({ enqueued: await admin.runDue(context.get("actor")) }),
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

/** Refuses a second pass while one runs in this process, because it would count the work of the first as its own. */
function oneAtATime(run: AuditedJobAdmin["runPass"]): AuditedJobAdmin["runPass"] {
  let isRunning = false;
  return async (actor, options) => {
    if (isRunning)
      throw new FleetError(
        "HTTP_PASS_RUNNING",
        "a pass is running already: nothing was started; its report goes to the request that started it",
      );
    isRunning = true;
    try {
      return await run(actor, options);
    } finally {
      isRunning = false;
    }
  };
}
