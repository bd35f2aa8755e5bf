import type { Matchmaker, TicketView } from "@shoal/matchmaker";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { readJson } from "./body.ts";
import { problem } from "./problem.ts";

const ticketSchema = z.strictObject({
  user_id: storableText(z.string().min(1).max(128)),
  name: storableText(z.string().min(1).max(80)).optional(),
});
const idSchema = z.uuid();

/** What the routes need of the matchmaker. */
export type TicketDesk = Pick<Matchmaker, "openTicket" | "ticket" | "closeTicket" | "confirmTicket">;

/** `/api/match/tickets`: for apps without presence. */
export function ticketRoutes(desk: TicketDesk): Hono {
  const routes = new Hono();
  const answer = async (context: Context, work: (id: string) => Promise<TicketView | undefined>) => {
    const id = context.req.param("id") ?? "";
    const view = idSchema.safeParse(id).success ? await work(id) : undefined;
    if (view) return context.json(ticketBody(view));
    const detail = "There is no ticket with this id.";
    return problem(context, { status: 404, code: "HTTP_UNKNOWN_TICKET", title: "Not found", detail, field: "id" });
  };

  routes.post("/", async (context) => {
    const body = await readJson(context, ticketSchema);
    if (!body.ok) return body.response;
    const { user_id: userId, name } = body.value;
    const view = await desk.openTicket({ userId, source: "api", ...(name === undefined ? {} : { name }) });
    return context.json(ticketBody(view), 201, { location: `/api/match/tickets/${view.id}` });
  });
  routes.get("/:id", (context) => answer(context, (id) => desk.ticket(id)));
  routes.delete("/:id", (context) => answer(context, (id) => desk.closeTicket(id, "cancelled")));
  routes.post("/:id/confirm", (context) => answer(context, (id) => desk.confirmTicket(id)));
  return routes;
}

function ticketBody(view: TicketView) {
  return {
    id: view.id,
    user_id: view.userId,
    status: view.status,
    closed_reason: view.closedReason,
    match_id: view.matchId,
    room_id: view.roomId,
    waited_ms: view.waitedMs,
    position: view.position,
    rule: view.rule,
    bot_allowed_at: view.botAllowedAt,
  };
}
