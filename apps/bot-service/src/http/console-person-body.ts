import { z } from "zod";

const at = z.iso.datetime();

export const consolePerson = z.object({
  user_id: z.string(),
  at,
  ticket: z
    .object({
      id: z.string(),
      name: z.string().nullable(),
      status: z.enum(["waiting", "reserved", "matched", "closed"]),
      since: at,
      source: z.enum(["lobby", "api"]),
      closed_reason: z.string().nullable(),
    })
    .nullable()
    .describe("The latest one; null: nothing is known of this person"),
  why: z.object({ code: z.string(), text: z.string() }).nullable().describe("Not matched yet; null unless waiting"),
  match: z
    .object({
      id: z.string(),
      room_id: z.string(),
      status: z.enum(["pending", "live", "ended"]),
      rule: z.enum(["person", "bot"]).describe("With whom the person was paired"),
      made_at: at,
      live_at: at.nullable(),
      ended_at: at.nullable(),
      ended_reason: z.string().nullable(),
      seats: z.array(z.object({ id: z.string(), name: z.string(), bot: z.boolean(), is_confirmed: z.boolean() })),
    })
    .nullable()
    .describe("Of that ticket"),
  room: z
    .object({
      topic: z.string(),
      bot: z
        .object({ id: z.string(), state: z.string(), since: at, is_joined: z.boolean() })
        .nullable()
        .describe("The bot that this daemon has there"),
    })
    .nullable(),
  timeline: z.array(z.object({ at, type: z.string(), summary: z.string() })).describe("Oldest first; at most 50"),
});

/** What the daemon that is asked knows of one person. */
export type ConsolePerson = z.infer<typeof consolePerson>;
