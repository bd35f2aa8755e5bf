import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decision, pairTickets, type WaitingTicket } from "./pair.ts";
import type { IdleBot } from "./types.ts";

const NOW = 1_000_000;
const policy = { botAfterMs: 4_000 };

const makeTicket = (userId: string, overrides: Partial<WaitingTicket> = {}): WaitingTicket => ({
  id: `ticket-${userId}`,
  userId,
  name: userId.toUpperCase(),
  queuedAtMs: NOW - 1_000,
  lastPartnerId: null,
  ...overrides,
});

/** Tickets a, b, c… in the order given, oldest first; `last` says whom each talked with last. */
const queue = (users: string, last: Record<string, string> = {}): WaitingTicket[] =>
  [...users].map((userId, index) =>
    makeTicket(userId, { queuedAtMs: NOW - 1_000 + index, lastPartnerId: last[userId] ?? null }),
  );

const makeBot = (botId: string, idleSinceMs = 0): IdleBot => ({ botId, name: botId, idleSinceMs });

const partners = (decision: Decision): string =>
  decision.kind === "people"
    ? `${decision.first.userId}-${decision.second.userId}`
    : `${decision.first.userId}+${decision.bot.botId}`;

const pair = (tickets: readonly WaitingTicket[], bots: readonly IdleBot[] = []) => {
  const { decisions, left } = pairTickets(tickets, bots, policy, NOW);
  return { made: decisions.map(partners).sort(), left: left.map((ticket) => ticket.userId) };
};

describe("pairTickets", () => {
  const cases: Record<string, { given: ReturnType<typeof queue>; bots?: IdleBot[]; made: string[]; left: string[] }> = {
    "makes nothing of nobody": { given: [], made: [], left: [] },
    "lets one person wait": { given: queue("a"), made: [], left: ["a"] },
    "pairs two people at once": { given: queue("ab"), made: ["a-b"], left: [] },
    "pairs oldest first": { given: queue("abcde"), made: ["a-b", "c-d"], left: ["e"] },
    "does not mind the order of the list": { given: queue("abcde").reverse(), made: ["a-b", "c-d"], left: ["e"] },
    "avoids the last partner while another waits": { given: queue("abc", { a: "b" }), made: ["a-c"], left: ["b"] },
    "avoids it from either side": { given: queue("abc", { b: "a" }), made: ["a-c"], left: ["b"] },
    "takes the last partner when nobody else waits": {
      given: queue("ab", { a: "b", b: "a" }),
      made: ["a-b"],
      left: [],
    },
    "exchanges partners with a pair rather than repeat one": {
      given: queue("abcd", { c: "d", d: "c" }),
      made: ["a-c", "b-d"],
      left: [],
    },
    "exchanges crosswise when straight is not allowed": {
      given: queue("abcd", { c: "d", d: "a" }),
      made: ["a-c", "b-d"],
      left: [],
    },
    "repeats one pair when no exchange is possible": {
      given: queue("abcd", { a: "c", b: "c", c: "d", d: "c" }),
      made: ["a-b", "c-d"],
      left: [],
    },
    "serves two of three who all avoid each other": {
      given: queue("abc", { a: "b", b: "c", c: "a" }),
      made: ["a-b"],
      left: ["c"],
    },
    "keeps the bot for later before its time": {
      given: [makeTicket("a", { queuedAtMs: NOW - 3_999 })],
      bots: [makeBot("x")],
      made: [],
      left: ["a"],
    },
    "gives a bot once its time has come": {
      given: [makeTicket("a", { queuedAtMs: NOW - 4_000 })],
      bots: [makeBot("x")],
      made: ["a+x"],
      left: [],
    },
    "prefers a person to a bot however long the wait": {
      given: [makeTicket("a", { queuedAtMs: 0 }), makeTicket("b")],
      bots: [makeBot("x"), makeBot("y")],
      made: ["a-b"],
      left: [],
    },
    "takes the bot that has been idle longest": {
      given: [makeTicket("a", { queuedAtMs: 0 })],
      bots: [makeBot("x", 20), makeBot("y", 10), makeBot("z", 30)],
      made: ["a+y"],
      left: [],
    },
    "avoids the last bot while another is idle": {
      given: [makeTicket("a", { queuedAtMs: 0, lastPartnerId: "y" })],
      bots: [makeBot("x", 20), makeBot("y", 10)],
      made: ["a+x"],
      left: [],
    },
    "takes the last bot when no other is idle": {
      given: [makeTicket("a", { queuedAtMs: 0, lastPartnerId: "y" })],
      bots: [makeBot("y")],
      made: ["a+y"],
      left: [],
    },
    "gives nobody the bot of the same id": {
      given: [makeTicket("a", { queuedAtMs: 0 })],
      bots: [makeBot("a", 10), makeBot("x", 20)],
      made: ["a+x"],
      left: [],
    },
    "leaves somebody waiting rather than with the bot of the same id": {
      given: [makeTicket("a", { queuedAtMs: 0 })],
      bots: [makeBot("a")],
      made: [],
      left: ["a"],
    },
    "never pairs bots": { given: [], bots: [makeBot("x"), makeBot("y")], made: [], left: [] },
  };

  for (const [name, { given, bots, made, left }] of Object.entries(cases)) {
    it(name, () => expect(pair(given, bots)).toEqual({ made, left }));
  }
});

const crowd = fc
  .array(fc.record({ ageMs: fc.nat(8_000), last: fc.option(fc.nat(14), { nil: null }) }), { maxLength: 14 })
  .map((people) =>
    people.map(({ ageMs, last }, index) =>
      makeTicket(`u${index}`, {
        queuedAtMs: NOW - ageMs,
        lastPartnerId: last === null || last === index ? null : last > 12 ? `bot-${last}` : `u${last}`,
      }),
    ),
  );
const flock = fc.uniqueArray(fc.nat(14), { maxLength: 3 }).map((ids) => ids.map((id) => makeBot(`bot-${id}`, id)));
const avoid = (a: WaitingTicket, b: WaitingTicket) => a.lastPartnerId === b.userId || b.lastPartnerId === a.userId;

const check = (holds: (tickets: WaitingTicket[], bots: IdleBot[]) => void) =>
  fc.assert(fc.property(crowd, flock, holds), { numRuns: soakRuns(3_000, 1_000_000) });

describe("pairTickets, for any crowd", () => {
  it("uses every ticket exactly once and no bot twice", () =>
    check((tickets, bots) => {
      const { decisions, left } = pairTickets(tickets, bots, policy, NOW);
      const used = decisions.flatMap((made) =>
        made.kind === "people" ? [made.first.id, made.second.id] : [made.first.id],
      );
      expect([...used, ...left.map((ticket) => ticket.id)].sort()).toEqual(tickets.map((ticket) => ticket.id).sort());
      const botIds = decisions.flatMap((made) => (made.kind === "bot" ? [made.bot.botId] : []));
      expect(new Set(botIds).size).toBe(botIds.length);
    }));

  it("makes as many pairs of people as there can be", () =>
    check((tickets, bots) => {
      const { decisions } = pairTickets(tickets, bots, policy, NOW);
      expect(decisions.filter((made) => made.kind === "people")).toHaveLength(Math.floor(tickets.length / 2));
    }));

  it("leaves the oldest out only if everybody else waiting was just with it", () =>
    check((tickets, bots) => {
      const [oldest, ...others] = tickets.toSorted((a, b) => a.queuedAtMs - b.queuedAtMs || (a.id < b.id ? -1 : 1));
      const { left } = pairTickets(tickets, bots, policy, NOW);
      if (oldest && left.includes(oldest)) expect(others.every((other) => avoid(oldest, other))).toBe(true);
    }));

  it("leaves somebody who has waited long enough only when no bot is idle", () =>
    check((tickets, bots) => {
      const { left, decisions } = pairTickets(tickets, bots, policy, NOW);
      const used = decisions.filter((made) => made.kind === "bot").length;
      for (const ticket of left) if (NOW - ticket.queuedAtMs >= policy.botAfterMs) expect(used).toBe(bots.length);
      for (const made of decisions)
        if (made.kind === "bot") expect(NOW - made.first.queuedAtMs).toBeGreaterThanOrEqual(4_000);
    }));

  it("repeats a last partner at most once, and only if no pair could exchange", () =>
    check((tickets, bots) => {
      const people = pairTickets(tickets, bots, policy, NOW).decisions.filter((made) => made.kind === "people");
      const repeats = people.filter((made) => avoid(made.first, made.second));
      expect(repeats.length).toBeLessThanOrEqual(1);
      const [repeat] = repeats;
      if (!repeat) return;
      for (const other of people) {
        if (other === repeat) continue;
        const canStraight = !avoid(other.first, repeat.first) && !avoid(other.second, repeat.second);
        const canCross = !avoid(other.first, repeat.second) && !avoid(other.second, repeat.first);
        expect(canStraight || canCross).toBe(false);
      }
    }));

  it("decides the same whatever the order of its lists", () =>
    check((tickets, bots) => {
      const again = pairTickets(tickets.toReversed(), bots.toReversed(), policy, NOW);
      expect(again).toEqual(pairTickets(tickets, bots, policy, NOW));
    }));
});
