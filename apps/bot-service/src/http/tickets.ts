import type { Matchmaker, TicketView } from "@shoal/matchmaker";
import type { Context } from "hono";
import { z } from "zod";
import { type Explain, forPerson } from "../matching/wait-reasons.ts";
import { storableText } from "../storable-text.ts";
import { uuid } from "../uuid.ts";
import type { HttpEnv } from "./auth.ts";
import { bodyOf } from "./body-of.ts";
import { waitReason, whyBody } from "./match-bodies.ts";
import { notFound } from "./problem.ts";
import { type Route, type RouteFacts, route } from "./route.ts";
import { whoAsks } from "./who-asks.ts";

const PATH = "/api/match/tickets";
const newTicket = z.strictObject({
  user_id: storableText(z.string().min(1).max(128))
    .optional()
    .describe("Required with the API token. A signed-in person is the user, and may name nobody else."),
  name: storableText(z.string().min(1).max(80)).optional(),
  attributes: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("For rules of matching, at most 1 kB. Of a person who waits already, they replace what was said before"),
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
  why: waitReason
    .nullable()
    .describe("Why it is not matched yet, as the daemon that is asked sees it; null unless it waits"),
});

/** Makes what says why a person is not matched yet, by what is known now. */
type Explainer = () => Explain;

/** What the routes need of the matchmaker. */
export type TicketApi = Pick<Matchmaker, "openTicket" | "ticket" | "closeTicket" | "confirmTicket">;

const OF_ONE = { access: "person", id: { of: "ticket", schema: uuid }, answers: { 200: ticket } } as const;

/** `/api/match/tickets`: tickets for apps without presence, and for signed-in people. */
export function ticketRoutes(tickets: TicketApi, explainer: Explainer): Route[] {
  const bodyFor = (context: Context<HttpEnv>, view: TicketView) => {
    if (view.status !== "waiting") return bodyOf(ticket, { ...view, why: null });
    const why = explainer()({ ...view, ticketId: view.id });
    return bodyOf(ticket, { ...view, why: whyBody(context.var.userId === undefined ? why : forPerson(why)) });
  };
  const show = (context: Context<HttpEnv>, view: TicketView | undefined) =>
    view ? context.json(bodyFor(context, view)) : notFound(context, "ticket");
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
      async answer(context, { body: { user_id: asked, name, attributes } }) {
        const userId = whoAsks(context, asked);
        if (userId instanceof Response) return userId;
        const said = { ...(name !== undefined && { name }), ...(attributes && { attributes }) };
        const isByPerson = context.var.userId === undefined ? {} : { isByPerson: true };
        const view = await tickets.openTicket({ userId, source: "api", ...said, ...isByPerson });
        // 200: that person waits already.
        return context.json(bodyFor(context, view), view.outcome === "opened" ? 201 : 200, {
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
