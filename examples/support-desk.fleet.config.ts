/**
 * Fleet file of a help desk that is older than the daemon: topics, events and payloads have its own names, visitors are
 * counted by SQL, and every other bot asks about the problem before a human helper takes over.
 */
import { type BotKind, conversationBot, defineFleet } from "@shoal/bot-service/config";
import { z } from "zod";

const visitor = z.object({
  uid: z.string().min(1),
  nick: z.string().optional(),
  state: z.enum(["queued", "browsing", "served"]),
  queuedAt: z.iso.datetime(),
  caseId: z.string().optional(),
  isHelperBot: z.boolean().optional(),
});
const line = z.object({
  lineId: z.string().min(1),
  author: z.string().min(1),
  body: z.string().min(1),
  at: z.string(),
});

const statusOf = { queued: "waiting", browsing: "idle", served: "matched" } as const;
const stateOf = { waiting: "queued", idle: "browsing", matched: "served" } as const;

const QUESTIONS = ["Which product is it about?", "What did you expect, and what happened?", "How can we reach you?"];

/** Asks its questions one after the other. */
const triageBot: BotKind<{ asked: number }> = {
  kind: "triage",
  names: ["Front desk"],
  async onMatched(ctx) {
    await ctx.say(`Hello ${ctx.partner.name}, I am a bot and take down your case. ${QUESTIONS[0]}`);
    return { asked: 1 };
  },
  async onMessage(ctx) {
    const question = QUESTIONS[ctx.state.asked];
    ctx.state = { asked: ctx.state.asked + 1 };
    if (question) return ctx.say(question);
    await ctx.say("Thank you, a colleague will write to you.");
    ctx.leave("case_taken");
  },
};

export default defineFleet({
  topics: {
    lobby: "desk:waiting-room",
    user: (userId) => `desk:visitor:${userId}`,
    room: (roomId) => `desk:case:${roomId}`,
  },
  events: { matched: "case_opened", message: "line", typing: "pen", leave: "case_closed" },
  payloads: {
    readMember(entry) {
      const { data } = visitor.safeParse(entry);
      if (!data) return null;
      return {
        userId: data.uid,
        name: data.nick ?? null,
        status: statusOf[data.state],
        since: data.queuedAt,
        matchId: data.caseId ?? null,
        isBot: data.isHelperBot ?? false,
      };
    },
    writeMember: ({ userId, name, status, since, matchId, isBot }) => ({
      uid: userId,
      state: stateOf[status],
      queuedAt: since,
      isHelperBot: isBot,
      ...(name === null ? {} : { nick: name }),
      ...(matchId === null ? {} : { caseId: matchId }),
    }),
    readMessage(payload) {
      const { data } = line.safeParse(payload);
      return data ? { id: data.lineId, from: data.author, text: data.body, sentAt: data.at } : null;
    },
    writeMessage: ({ id, from, text, sentAt }) => ({ lineId: id, author: from, body: text, at: sentAt }),
  },
  activePeople: {
    from: "sql",
    // Whoever waits or talks. A table of your own app does as well: one row with one whole number.
    query: "select count(*) from shoal.match_tickets where status <> 'closed'",
  },
  // Bots take turns through the list.
  botKinds: (settings) => [conversationBot(settings), triageBot],
});
