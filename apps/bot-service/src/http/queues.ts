import type { QueueAdmin } from "@shoal/job-queue";
import { z } from "zod";
import { bodyOf } from "./body-of.ts";
import { messagePage, messageSummary, messageView, queueList, queueView } from "./job-bodies.ts";
import { jobFilter, rowId } from "./job-filter.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { notFound } from "./problem.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/queues";
const ONE = { access: "token", id: { of: "queue", schema: z.string().regex(/^[a-z0-9_-]{1,43}$/) } } as const;
const dead = z
  .enum(["true", "false"])
  .default("false")
  .describe("Whether its dead letters are meant, and not its messages");

export interface QueuesPort {
  readonly queues: QueueAdmin;
  /** Whether this daemon works on the messages of that queue. */
  hasHandler(queue: string): boolean;
}

/** `/api/queues`: the pgmq queues of the configuration, looked into without reading from them, and commands to dead letters. */
export function queueRoutes({ queues, hasHandler }: QueuesPort): Route[] {
  return [
    route({
      method: "get",
      path: PATH,
      summary: "The pgmq queues, how full they are, and whether this daemon works on them",
      access: "token",
      answers: { 200: queueList },
      async answer(context) {
        const depths = await queues.depths();
        const views = depths?.map((depth) => bodyOf(queueView, { ...depth, hasHandler: hasHandler(depth.queue) }));
        return context.json({ queues: views ?? [], has_pgmq: depths !== null });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/:id/messages`,
      summary:
        "Messages of a queue, or its dead letters, the oldest first, without their payloads. Their reads do not count",
      ...ONE,
      query: z.strictObject({ dead, error_code: jobFilter.error_code, limit, after: rowId.optional() }),
      answers: { 200: messagePage },
      async answer(context, { id: queue, query: { dead, error_code: errorCode, ...page } }) {
        const found = await queues.list({ queue, isDead: dead === "true" }, omitUndefined({ ...page, errorCode }));
        const next = found.length === page.limit ? (found.at(-1)?.id ?? null) : null;
        return context.json({ messages: found.map((view) => bodyOf(messageSummary, view)), next });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/:id/message`,
      summary: "One message of a queue, or one dead letter, with its payload",
      ...ONE,
      query: z.strictObject({ dead, message_id: rowId }),
      answers: { 200: messageView },
      async answer(context, { id: queue, query: { dead, message_id: messageId } }) {
        const view = await queues.show({ queue, isDead: dead === "true" }, messageId);
        return view ? context.json(bodyOf(messageView, view)) : notFound(context, "message", "message_id");
      },
    }),
    route({
      method: "post",
      path: `${PATH}/:id/letters`,
      summary: "Put dead letters back into their queue, or delete them; those that are gone are left out",
      ...ONE,
      body: z.strictObject({ action: z.enum(["redrive", "delete"]), message_ids: z.array(rowId).min(1).max(1000) }),
      answers: { 200: z.object({ count: z.int() }) },
      async answer(context, { id: queue, body: { action, message_ids: ids } }) {
        return context.json({ count: await queues.act(context.get("actor"), queue, action, ids) });
      },
    }),
  ];
}
