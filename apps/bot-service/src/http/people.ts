import type { Context } from "hono";
import { z } from "zod";
import type { People } from "../people/people.ts";
import { storableText } from "../storable-text.ts";
import type { HttpEnv } from "./auth.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { problem } from "./problem.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/people/:id";
const NOT_KEPT = { "cache-control": "no-store" };
const fate = z.enum(["delete", "anonymise", "keep"]).describe("What becomes of it when the person is erased");
const place = { table: z.string(), column: z.string(), fate };

export const personData = z.object({
  person_id: z.string(),
  kept: z.array(
    z.object({
      ...place,
      why: z.string().describe("What it is, and why that becomes of it"),
      count: z.int(),
      rows: z
        .array(z.record(z.string(), z.unknown()))
        .readonly()
        .describe("Empty where they are somebody else's, and a person asks"),
      next: z.string().nullable().describe("`after` of the next page of this place; null: none"),
    }),
  ),
});
export const erasedPerson = z.object({ erased: z.array(z.object({ ...place, count: z.int() })) });

export type PersonDataBody = z.infer<typeof personData>;
export type ErasedPersonBody = z.infer<typeof erasedPerson>;

/** `/api/people/:id`: all that is kept of a person. With the API token of anybody, with one's own of oneself. */
export function peopleRoutes(people: People): Route[] {
  const id = { of: "person", schema: storableText(z.string().min(1).max(128)) };
  return [
    route({
      method: "get",
      path: PATH,
      summary: "Everything that is kept of a person, place by place, with what becomes of it when the person is erased",
      ...{ access: "person", id, isLong: true, limitsPeople: true },
      query: z.strictObject({
        table: z.string().max(128).optional().describe("One place alone"),
        column: z.string().max(128).optional(),
        after: z
          .string()
          .regex(/^\(\d{1,10},\d{1,5}\)$/, "must be `next` of the page before")
          .optional(),
        limit,
      }),
      answers: { 200: personData },
      async answer(context, { id, query: { limit, ...asked } }) {
        const personId = personOf(context, id);
        if (personId === undefined) return ofSomebodyElse(context);
        const isOwn = context.var.userId !== undefined;
        const kept = await people.show(personId, { ...omitUndefined(asked), limit, isOwn });
        return context.json({ person_id: personId, kept }, 200, NOT_KEPT);
      },
    }),
    route({
      method: "delete",
      path: PATH,
      summary: "Erase everything that is kept of a person: match and wait end, bots stop, strategies go",
      ...{ access: "person", id, isLong: true, limitsPeople: true },
      answers: { 200: erasedPerson },
      async answer(context, { id }) {
        const personId = personOf(context, id);
        if (personId === undefined) return ofSomebodyElse(context);
        return context.json({ erased: await people.erase(personId, context.get("actor")) });
      },
    }),
  ];
}

/** Whom the caller may ask for; undefined: not this person. */
function personOf({ var: { userId } }: Context<HttpEnv>, id: string): string | undefined {
  if (userId === undefined) return id;
  return id.toLowerCase() === userId ? userId : undefined;
}

function ofSomebodyElse(context: Context): Response {
  const detail = "id: a signed-in person sees and erases what is kept of nobody else.";
  return problem(context, { status: 403, code: "HTTP_NOT_YOURS", title: "Forbidden", detail, field: "id" });
}
