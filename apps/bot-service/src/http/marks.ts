import { z } from "zod";
import type { Mark, Marks } from "../marks/marks.ts";
import { bodyOf } from "./body-of.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { notFound } from "./problem.ts";
import { queryNumber } from "./query-number.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/marks";
const time = z.iso.datetime();
const kind = z.string().regex(/^[a-z_]{1,40}$/, "must be a kind of marks, like self_harm");

export const markBody = z.object({
  id: z.int(),
  match_id: z.string(),
  person_id: z.string().describe("Whom it is about; of a report of a bot: who reports"),
  bot_id: z.string().nullable(),
  kind: z.string(),
  source: z.enum(["bot", "person"]),
  reporter_id: z.string().nullable(),
  reason: z.string().nullable().describe("What the reporter wrote"),
  created_at: time,
  seen_at: time.nullable(),
  seen_by: z.string().nullable(),
});
export const markPage = z.object({
  marks: z.array(markBody),
  next: z.int().nullable().describe("`before` of the next page; null: none"),
});

export type MarkBody = z.infer<typeof markBody>;
export type MarkPageBody = z.infer<typeof markPage>;

const shown = ({ createdAt, seenAt, ...mark }: Mark) =>
  bodyOf(markBody, { ...mark, createdAt: createdAt.toISOString(), seenAt: seenAt?.toISOString() ?? null });

/** `/api/marks`: conversations that an operator should look at. */
export function markRoutes(marks: Pick<Marks, "list" | "seen">): Route[] {
  return [
    route({
      method: "get",
      path: PATH,
      summary: "Conversations that are marked for the operator, the newest first",
      access: "token",
      query: z.strictObject({
        seen: z.enum(["true", "false"]).optional(),
        kind: kind.optional(),
        before: queryNumber(z.int().min(1)).optional(),
        limit,
      }),
      answers: { 200: markPage },
      async answer(context, { query: { seen, kind, before, limit } }) {
        const isSeen = seen && seen === "true";
        const found = await marks.list({ ...omitUndefined({ isSeen, kind, before }), limit });
        const next = found.length === limit ? (found.at(-1)?.id ?? null) : null;
        return context.json({ marks: found.map(shown), next });
      },
    }),
    route({
      method: "post",
      path: `${PATH}/:id/seen`,
      summary: "Note that somebody has looked at a mark",
      access: "token",
      id: { of: "mark", schema: z.string().regex(/^[1-9]\d{0,14}$/) },
      answers: { 200: markBody },
      async answer(context, { id }) {
        const mark = await marks.seen(Number(id), context.get("actor"));
        return mark ? context.json(shown(mark)) : notFound(context, "mark");
      },
    }),
  ];
}
