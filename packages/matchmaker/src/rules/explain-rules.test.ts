import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainWait, ruleOf, type WaitSurroundings } from "../explain.ts";
import { isRepeat, type WaitingTicket } from "../waiting-ticket.ts";
import type { RuleName } from "./excluded.ts";
import { explainInLine, explainRules } from "./explain-rules.ts";
import { pairByRules } from "./pair-by-rules.ts";
import { anyRules, mayMeetByRules, NOW, people, ticketOf } from "./rules.test-support.ts";
import { checkRules, type MatchRules } from "./rules.ts";

const rules = checkRules({ equal: ["language"], near: { skill: { within: 25, widenPerSecond: 10, max: 65 } } });
const policy = { botAfterMs: 4_000, rules };
const de = (userId: string, waitedMs: number, skill: unknown, part: Partial<WaitingTicket> = {}) =>
  ticketOf(userId, NOW - waitedMs, { attributes: { language: "de", skill }, ...part });
const me = de("me", 1_000, 100);
const explained = (...others: WaitingTicket[]) => explainRules(me.id, [me, ...others], policy, NOW);
const of = (rule: RuleName, ...others: WaitingTicket[]) => explained(...others)?.rules.find((one) => one.rule === rule);

describe("why rules leave somebody alone", () => {
  it("says that nobody waits", () =>
    expect(explained()).toEqual({
      ticketId: me.id,
      waitedMs: 1_000,
      others: 0,
      rules: ["equal:language", "near:skill", "blocks", "last-partner"].map((rule) => ({
        rule,
        excludes: 0,
        onlyThis: 0,
        nearest: null,
        widensInMs: null,
      })),
      compatible: 0,
      bucket: { name: "language=de", waiting: 1, longestWaitMs: 1_000 },
      botInMs: 3_000,
    }));

  it("counts whom each rule excludes, and whom it alone", () => {
    const english = { attributes: { language: "en", skill: 100 } };
    const others = [
      de("a", 0, 100, english),
      de("b", 0, 100, { ...english, blockedIds: ["me"] }),
      de("c", 0, 90),
      de("d", 0, 100, { lastPartnerId: "me" }),
    ];
    expect(explained(...others)).toMatchObject({ others: 4, compatible: 1, bucket: { waiting: 3 } });
    expect(of("equal:language", ...others)).toMatchObject({
      excludes: 2,
      onlyThis: 1,
      nearest: null,
      widensInMs: null,
    });
    expect(of("blocks", ...others)).toMatchObject({ excludes: 1, onlyThis: 0 });
    expect(of("last-partner", ...others)).toMatchObject({ excludes: 1, onlyThis: 1 });
  });

  it.each<
    readonly [what: string, others: WaitingTicket[], distance: number, needed: number, widensInMs: number | null]
  >([
    ["by the window of the younger one", [de("a", 0, 140)], 40, 15, 1_500],
    ["by its own where it is the younger", [de("a", 9_000, 140)], 40, 5, 500],
    ["never beyond the widest window", [de("a", 0, 166)], 66, 41, null],
    ["at the widest window still", [de("a", 0, 165)], 65, 40, 4_000],
    ["by the nearest, and by who fits first", [de("a", 0, 140), de("b", 9_000, 58)], 40, 15, 700],
    [
      "without those whom another rule excludes",
      [de("a", 0, 130, { blockedIds: ["me"] }), de("b", 0, 150)],
      50,
      25,
      2_500,
    ],
  ])("tells the nearest miss %s", (_, others, distance, needed, widensInMs) => {
    expect(of("near:skill", ...others)).toMatchObject({ nearest: { distance, needed }, widensInMs });
  });

  it.each([
    ["a time ahead of the clock", de("me", -5_000, 100), { waitedMs: 0, botInMs: 4_000 }],
    ["a bot's time that has come", de("me", 9_000, 100), { botInMs: 0 }],
    [
      "a value that is a line of text and more",
      de("me", 0, 1, { attributes: { language: `a\n${"x".repeat(40_000)}` } }),
      { bucket: { name: `language=a\\u{a}${"x".repeat(38)}…` } },
    ],
    ["no value", de("me", 0, 1, { attributes: {} }), { bucket: { name: "language=-" } }],
  ])("stands %s", (_, ticket, expected) => {
    expect(explainRules(ticket.id, [ticket], policy, NOW)).toMatchObject(expected);
  });

  it("knows nobody who does not wait", () => {
    expect(explainRules("ticket-x", [me], policy, NOW)).toBeUndefined();
  });
});

const check = (holds: (tickets: WaitingTicket[], rules: MatchRules) => void) =>
  fc.assert(fc.property(people(14), anyRules, holds), { numRuns: soakRuns(600, 60_000) });

describe("what explains somebody, for any crowd", () => {
  it("is the same by a line that was read before, without those who have gone since, and whatever the order", () =>
    check((tickets, given) => {
      const asked = { botAfterMs: 4_000, rules: given };
      const { line } = pairByRules(tickets, given, NOW - 3_000);
      const isGone = ({ lastPartnerId }: WaitingTicket) => lastPartnerId !== null;
      const gone = [...line.tickets.keys()].filter((at) => isGone(line.tickets[at] as WaitingTicket));
      const left = tickets.filter((ticket) => !isGone(ticket)).toReversed();
      for (const [at, ticket] of line.tickets.entries())
        if (!gone.includes(at))
          expect(explainInLine({ line, at, gone, policy: asked, nowMs: NOW })).toEqual(
            explainRules(ticket.id, left, asked, NOW),
          );
    }));

  it("agrees with the rules themselves, and with who is paired", () =>
    check((tickets, given) => {
      const asked = { botAfterMs: 4_000, rules: given };
      const held = new Set(pairByRules(tickets, given, NOW).held);
      for (const one of tickets) {
        const others = tickets.filter((two) => two !== one && mayMeetByRules(one, two, given, NOW));
        const explanation = explainRules(one.id, tickets, asked, NOW);
        expect(explanation?.compatible).toBe(others.filter((two) => !isRepeat(one, two)).length);
        if (tickets.length === 2) expect(held.has(one)).toBe(others.length === 0);
      }
    }));

  it("tells the moment at which somebody fits", () =>
    check((tickets, given) => {
      const asked = { botAfterMs: 4_000, rules: given };
      for (const one of tickets) {
        for (const { widensInMs } of explainRules(one.id, tickets, asked, NOW)?.rules ?? []) {
          if (widensInMs === null) continue;
          const fitting = (nowMs: number) =>
            tickets.filter((two) => two !== one && mayMeetByRules(one, two, given, nowMs)).length;
          expect(fitting(NOW + widensInMs + 1)).toBeGreaterThan(fitting(NOW));
        }
      }
    }));
});

const around: WaitSurroundings = {
  botAfterMs: 4_000,
  pairing: "on",
  failureCode: null,
  isLobbyBlind: false,
  bots: { starting: 0, idle: 0, talking: 0 },
  joinsHeld: null,
  otherReplicas: 0,
  otherReplicasWithBots: 0,
};

describe("why rules leave somebody alone, in words", () => {
  const wait = (others: WaitingTicket[], waitedMs = 1_000) => ({
    waitedMs,
    hasCompany: others.length > 0,
    idleBots: 0,
    rules: explainRules("ticket-me", [de("me", waitedMs, 100), ...others], policy, NOW),
  });
  const english = de("a", 0, 100, { attributes: { language: "en", skill: 100 } });

  it.each<readonly [code: string, words: RegExp, given: ReturnType<typeof wait>, details: object]>([
    [
      "rules-exclude-all",
      /None of 1 other in line fits\. Most are excluded by "language", which must be the same: 1\. A bot may come in 3 s\.$/,
      wait([english]),
      {
        others: 1,
        rule: "equal:language",
        "equal:language": 1,
        bucket: "language=de",
        bucket_waiting: 1,
        bucket_longest_wait_ms: 1_000,
        bot_in_ms: 3_000,
      },
    ],
    [
      "rules-exclude-all",
      /The nearest miss is 40 away in "skill", 15 more than both accept now; by waiting somebody fits in 1.5 s\./,
      wait([de("a", 0, 140)]),
      { nearest_rule: "near:skill", nearest_distance: 40, nearest_needed: 15, widens_in_ms: 1_500 },
    ],
    ["rules-exclude-all", /no wait makes up for that/, wait([de("a", 0, 900)]), { nearest_distance: 800 }],
    [
      "rules-exclude-all",
      /a block, by them or by this person: 1\. A bot may come as soon as one is idle\.$/,
      wait([de("a", 0, 100, { blockedIds: ["me"] })], 9_000),
      { blocks: 1, bot_in_ms: 0 },
    ],
    ["next-cycle", /next cycle/, wait([english, de("b", 0, 100)]), {}],
    ["next-cycle", /next cycle/, wait([de("b", 0, 100, { lastPartnerId: "me" })]), {}],
    ["next-cycle", /next cycle/, { ...wait([english], 9_000), idleBots: 1 }, {}],
    ["waits-for-person", /Nobody else waits/, wait([]), {}],
  ])("%s: %s", (code, words, given, details) => {
    expect(explainWait(given, around)).toMatchObject({ code, words: expect.stringMatching(words), details });
  });

  it("does not tell people that the next cycle pairs them", () => {
    expect(ruleOf(wait([english]), 4_000)).toBe("alone");
    expect(ruleOf(wait([de("b", 0, 100)]), 4_000)).toBe("next-cycle");
  });
});
