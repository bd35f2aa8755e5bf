import type { Matchmaker } from "@shoal/matchmaker";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { uuid } from "../uuid.ts";
import { notFound } from "./problem.ts";
import { type Route, route } from "./route.ts";
import { whoAsks } from "./who-asks.ts";

const PATH = "/api/match/blocks";
/** As long as the id of a seat may be. */
const idText = storableText(z.string().min(1).max(200));
const user_id = storableText(z.string().min(1).max(128))
  .optional()
  .describe("Required with the API token. A signed-in person is the user, and may name nobody else.");
const reason = storableText(z.string().trim().min(1).max(500));
const match_id = uuid.describe("A match of the two, which is not over or ended within a week");

const blocked = z.object({ blocked_id: z.string() });
const blocks = z.object({
  blocks: z.array(z.object({ blocked_id: z.string(), bot: z.boolean(), created_at: z.iso.datetime() })),
});
const reported = z.object({ match_id: uuid });

/** What the routes need of the matchmaker. */
export type BlockApi = Pick<Matchmaker, "block" | "unblock" | "blocks" | "report">;

/** `/api/match/blocks` and `/api/match/reports`: of people for themselves, or of an app for them. */
export function blockRoutes(port: BlockApi): Route[] {
  return [
    route({
      method: "get",
      path: PATH,
      summary: "Whom a person has blocked, at most 1,000",
      access: "person",
      query: z.strictObject({ user_id }),
      answers: { 200: blocks },
      async answer(context, { query }) {
        const userId = whoAsks(context, query.user_id);
        if (userId instanceof Response) return userId;
        const found = await port.blocks(userId);
        return context.json({
          blocks: found.map(({ blockedId, isBot, createdAt }) => ({
            ...{ blocked_id: blockedId, bot: isBot, created_at: createdAt },
          })),
        });
      },
    }),
    route({
      method: "put",
      path: PATH,
      summary: "Never meet the partner of a match again; a match that goes on ends. With a reason, report it, too",
      access: "person",
      body: z.strictObject({ match_id, user_id, reason: reason.optional() }),
      answers: { 200: blocked },
      async answer(context, { body }) {
        const userId = whoAsks(context, body.user_id);
        if (userId instanceof Response) return userId;
        const blockedId = await port.block(userId, body.match_id);
        if (blockedId === undefined) return notFound(context, "match", "match_id");
        if (body.reason !== undefined) await port.report(userId, body.match_id, body.reason);
        return context.json({ blocked_id: blockedId });
      },
    }),
    route({
      method: "delete",
      path: `${PATH}/:id`,
      summary: "Take a block back; the id is that of whom it keeps away",
      access: "person",
      id: { of: "block", schema: idText },
      query: z.strictObject({ user_id }),
      answers: { 200: blocked },
      async answer(context, { id, query }) {
        const userId = whoAsks(context, query.user_id);
        if (userId instanceof Response) return userId;
        return (await port.unblock(userId, id)) ? context.json({ blocked_id: id }) : notFound(context, "block");
      },
    }),
    route({
      method: "post",
      path: "/api/match/reports",
      summary: "Report the partner of a match: its conversation is marked for the operator",
      access: "person",
      body: z.strictObject({ match_id, user_id, reason }),
      answers: { 200: reported },
      async answer(context, { body }) {
        const userId = whoAsks(context, body.user_id);
        if (userId instanceof Response) return userId;
        const isReported = await port.report(userId, body.match_id, body.reason);
        return isReported ? context.json({ match_id: body.match_id }) : notFound(context, "match", "match_id");
      },
    }),
  ];
}
