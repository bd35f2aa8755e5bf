import type { Matchmaker, TicketView } from "@shoal/matchmaker";
import type { Context } from "hono";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { uuid } from "../uuid.ts";
import { bodyOf } from "./body-of.ts";
import { notFound, problem } from "./problem.ts";
import { type Route, type RouteFacts, route } from "./route.ts";

const PATH = "/api/match/tickets";
const newTicket = z.strictObject({
  user_id: storableText(z.string().min(1).max(128))
    .optional()
    .describe("Required with the API token. A signed-in person is the user, and may name nobody else."),
  name: storableText(z.string().min(1).max(80)).optional(),
});
const ticket = z.object({
  id: uuid,
  user_id: z.string(),
  status: z.enum(["waiting", "reserved", "matched", "closed"]),
  closed_reason: z.string().nullable(),
  match_id: z.string().nullable(),
  room_id: z.string().nullable(),
  waited_ms: z.number(),
  position: z.int().nullable(),
  rule: z.string().nullable(),
  bot_allowed_at: z.iso.datetime().nullable(),
});

/** What the routes need of the matchmaker. */
export type TicketApi = Pick<Matchmaker, "openTicket" | "ticket" | "closeTicket" | "confirmTicket">;

const OF_ONE = { access: "person", id: { of: "ticket", schema: uuid }, answers: { 200: ticket } } as const;

/** `/api/match/tickets`: tickets for apps without presence, and for signed-in people. */
export function ticketRoutes(tickets: TicketApi): Route[] {
  const one = (
    facts: Pick<RouteFacts, "method" | "path" | "summary">,
    work: (id: string) => Promise<TicketView | undefined>,
  ) =>
    route({
      ...facts,
      ...OF_ONE,
      async answer(context, { id }) {
        const { userId } = context.var;
        const isOwn = userId === undefined || (await tickets.ticket(id))?.userId === userId;
        return show(context, isOwn ? await work(id) : undefined);
      },
    });
  return [
    route({
      method: "post",
      path: PATH,
      summary: "Open a ticket: somebody waits for a partner",
      access: "person",
      body: newTicket,
      answers: { 200: ticket, 201: ticket },
      async answer(context, { body: { user_id: asked, name } }) {
        const own = context.var.userId;
        if (own !== undefined && asked !== undefined && asked.toLowerCase() !== own) return ofSomebodyElse(context);
        const userId = own ?? asked;
        if (userId === undefined) return ofNobody(context);
        const isByPerson = own === undefined ? {} : { isByPerson: true };
        const named = name === undefined ? {} : { name };
        const view = await tickets.openTicket({ userId, source: "api", ...named, ...isByPerson });
        // 200: that person waits already.
        return context.json(bodyOf(ticket, view), view.outcome === "opened" ? 201 : 200, {
          location: `${PATH}/${view.id}`,
        });
      },
    }),
    one({ method: "get", path: `${PATH}/:id`, summary: "Show a ticket" }, (id) => tickets.ticket(id)),
    one({ method: "delete", path: `${PATH}/:id`, summary: "Close a ticket: nobody waits any more" }, (id) =>
      tickets.closeTicket(id, "cancelled"),
    ),
    one({ method: "post", path: `${PATH}/:id/confirm`, summary: "Confirm the match of a ticket" }, (id) =>
      tickets.confirmTicket(id),
    ),
  ];
}

function ofSomebodyElse(context: Context): Response {
  const detail = "user_id: a signed-in person opens a ticket for nobody else. Leave it out.";
  return problem(context, { status: 403, code: "HTTP_NOT_YOURS", title: "Forbidden", detail, field: "user_id" });
}

function ofNobody(context: Context): Response {
  const detail = "user_id: is required with the API token.";
  const title = "Unprocessable content";
  return problem(context, { status: 422, code: "HTTP_INVALID_FIELD", title, detail, field: "user_id" });
}

function show(context: Context, view: TicketView | undefined): Response {
  return view ? context.json(bodyOf(ticket, view)) : notFound(context, "ticket");
}
