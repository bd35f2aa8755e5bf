import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decision, pairTickets } from "../pair.ts";
import { isRepeat, type WaitingTicket } from "../waiting-ticket.ts";
import { pairByRules } from "./pair-by-rules.ts";
import { anyRules, mayMeetByRules, NOW, people, ticketOf } from "./rules.test-support.ts";
import { checkRules, type MatchRules } from "./rules.ts";

const skill = (within: number, widenPerSecond = 0, max = within) =>
  checkRules({ near: { skill: { within, widenPerSecond, max } } });

/** Tickets a, b, c…, oldest first, a second apart, the youngest a second old. */
const line = (...given: Partial<WaitingTicket>[]): WaitingTicket[] =>
  given.map((part, index) => ticketOf("abcdefghij"[index] as string, NOW - (given.length - index) * 1_000, part));
const skills = (...values: unknown[]) => line(...values.map((value) => ({ attributes: { skill: value } })));
const langs = (...values: unknown[]) => line(...values.map((value) => ({ attributes: { language: value } })));

const partners = (decision: Decision): string =>
  decision.kind === "people"
    ? `${decision.first.userId}-${decision.second.userId}`
    : `${decision.first.userId}+${decision.bot.botId}`;

const made = (tickets: readonly WaitingTicket[], rules: MatchRules, bots: readonly string[] = []) => {
  const idle = bots.map((botId, index) => ({ botId, name: botId, idleSinceMs: index }));
  return pairTickets(tickets, idle, { botAfterMs: 4_000, rules }, NOW).decisions.map(partners).sort().join(" ");
};

const language = checkRules({ equal: ["language"] });
const blocks = checkRules({});

describe("pairing by rules", () => {
  it.each<readonly [what: string, tickets: WaitingTicket[], rules: MatchRules, made: string]>([
    ["pairs those of one language", langs("de", "en", "de", "en"), language, "a-c b-d"],
    ["pairs nobody across languages", langs("de", "en"), language, ""],
    ["pairs those who have none with each other", langs("de", undefined, undefined), language, "b-c"],
    ["takes a list or an object for none", langs(["de"], { de: 1 }, null, "null"), language, "a-b"],
    ["tells text from number from truth", langs("1", 1, true, "true"), language, ""],
    ["takes 0 and -0 for the same", langs(0, -0), language, "a-b"],
    ["takes what is inherited for none", line({}, { attributes: {} }), checkRules({ equal: ["constructor"] }), "a-b"],
    [
      "wants all that must be equal",
      line({ attributes: { a: 1, b: 1 } }, { attributes: { a: 1, b: 2 } }, { attributes: { a: 1, b: 1 } }),
      checkRules({ equal: ["a", "b"] }),
      "a-c",
    ],
    ["pairs the closest", skills(10, 30, 12), skill(25), "a-c"],
    ["lets the oldest choose", skills(10, 14, 12, 15), skill(25), "a-c b-d"],
    ["pairs those exactly as far apart as may be", skills(10, 35), skill(25), "a-b"],
    ["pairs nobody beyond that", skills(10, 35.01), skill(25), ""],
    ["takes the older of two equally close", skills(10, 12, 8), skill(25), "a-b"],
    ["needs both to accept", skills(0, 15, 1_000), skill(10, 2, 100), ""],
    ["widens for both", skills(0, 14, 1_000), skill(10, 2, 100), "a-b"],
    ["stops widening", skills(0, 14), skill(10, 1_000, 13), ""],
    ["holds nobody back who has no number", skills(10, undefined), skill(0), "a-b"],
    ["takes who has no number last", skills(10, undefined, 20), skill(25), "a-c"],
    ["takes NaN, Infinity and text for no number", skills(Number.NaN, Infinity, "7", 1e308), skill(0), "a-b c-d"],
    [
      "lets nobody who has waited 2.5 times as long wait for who is closer",
      skills(10, 30, 12).map((ticket, at) => ({ ...ticket, queuedAtMs: NOW - ([4_000, 2_501, 1_000][at] as number) })),
      skill(25),
      "a-b",
    ],
    ["keeps the ends of all numbers apart", skills(1e308, -1e308), skill(25), ""],
    [
      "wants all that must be close",
      line({ attributes: { x: 0, y: 0 } }, { attributes: { x: 1, y: 90 } }, { attributes: { x: 9, y: 9 } }),
      checkRules({
        near: { x: { within: 10, widenPerSecond: 0, max: 10 }, y: { within: 10, widenPerSecond: 0, max: 10 } },
      }),
      "a-c",
    ],
    ["keeps those apart of whom one has blocked the other", line({ blockedIds: ["b"] }, {}, {}), blocks, "a-c"],
    ["does so from either side", line({}, { blockedIds: ["a"] }, {}), blocks, "a-c"],
    ["pairs nobody rather than them", line({}, { blockedIds: ["a"] }), blocks, ""],
    ["avoids nothing where that is the rule", line({}, { blockedIds: ["a"] }), checkRules({ avoid: "nothing" }), "a-b"],
    [
      "avoids the last partner",
      skills(1, 1, 2).map((ticket, at) => (at === 0 ? { ...ticket, lastPartnerId: "b" } : ticket)),
      skill(25),
      "a-c",
    ],
    [
      "takes the last partner when nobody else fits",
      skills(1, 1, 90).map((ticket, at) => (at === 0 ? { ...ticket, lastPartnerId: "b" } : ticket)),
      skill(25),
      "a-b",
    ],
    ["exchanges partners so that nobody is left", skills(20, 24, 0, 40), skill(20), "a-c b-d"],
    ["leaves the younger of two who want the same one", skills(0, 40, 20), skill(20), "a-c"],
  ])("%s", (_, tickets, rules, expected) => {
    expect(made(tickets, rules)).toBe(expected);
    expect(made(tickets.toReversed(), rules)).toBe(expected);
  });
});

const byAge = (tickets: readonly WaitingTicket[]) =>
  tickets.toSorted((a, b) => a.queuedAtMs - b.queuedAtMs || (a.id < b.id ? -1 : 1));
const check = (runs: number, maxLength: number, holds: (tickets: WaitingTicket[], rules: MatchRules) => void) =>
  fc.assert(fc.property(people(maxLength), anyRules, holds), { numRuns: soakRuns(runs, 100 * runs) });

/** Tries all ways. Returns the most pairs and, of all who can be served so, those that come first by age, as bits: the oldest the highest. */
function bestOf(tickets: readonly WaitingTicket[], rules: MatchRules): { pairs: number; served: number } {
  const bit = (at: number) => 1 << (tickets.length - 1 - at);
  const canBe = new Uint8Array(2 ** tickets.length);
  canBe[0] = 1;
  let best = { pairs: 0, served: 0 };
  for (let served = 1; served < canBe.length; served += 1) {
    const first = tickets.length - 1 - Math.floor(Math.log2(served));
    const one = tickets[first] as WaitingTicket;
    const isPaired = tickets.some(
      (two, at) =>
        at > first &&
        (served & bit(at)) !== 0 &&
        canBe[served ^ bit(first) ^ bit(at)] === 1 &&
        mayMeetByRules(one, two, rules, NOW),
    );
    if (!isPaired) continue;
    canBe[served] = 1;
    const pairs = [...served.toString(2)].filter((digit) => digit === "1").length / 2;
    if (pairs > best.pairs || (pairs === best.pairs && served > best.served)) best = { pairs, served };
  }
  return best;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const servedBy = (bits: number, tickets: readonly WaitingTicket[]) =>
  tickets.filter((_, at) => (bits & (1 << (tickets.length - 1 - at))) !== 0);

describe("pairing by rules, for any crowd", () => {
  it("uses every ticket once, and pairs only whom all rules let meet", () =>
    check(500, 40, (tickets, rules) => {
      const { pairs, held } = pairByRules(tickets, rules, NOW);
      expect(byAge([...pairs.flat(), ...held])).toEqual(byAge(tickets));
      for (const [one, two] of pairs) expect(mayMeetByRules(one, two, rules, NOW)).toBe(true);
      expect(held).toEqual(byAge(held));
    }));

  it("leaves no two who may meet", () =>
    check(500, 40, (tickets, rules) => {
      const { held } = pairByRules(tickets, rules, NOW);
      for (const one of held)
        for (const two of held) if (one !== two) expect(mayMeetByRules(one, two, rules, NOW)).toBe(false);
    }));

  it("makes as many pairs as trying all ways does", () =>
    check(800, 11, (tickets, rules) => {
      expect(pairByRules(tickets, rules, NOW).pairs).toHaveLength(bestOf(byAge(tickets), rules).pairs);
    }));

  it("comes within 2 % of the most pairs and of the longest wait served", () => {
    const total = { pairs: 0, bestPairs: 0, waitMs: 0, bestWaitMs: 0 };
    check(1_000, 11, (given, rules) => {
      const tickets = byAge(given.map((ticket) => ({ ...ticket, lastPartnerId: null })));
      const { pairs } = pairByRules(tickets, rules, NOW);
      const best = bestOf(tickets, rules);
      const waitedOf = (served: readonly WaitingTicket[]) => sum(served.map(({ queuedAtMs }) => NOW - queuedAtMs));
      total.pairs += pairs.length;
      total.bestPairs += best.pairs;
      total.waitMs += waitedOf(pairs.flat());
      total.bestWaitMs += waitedOf(servedBy(best.served, tickets));
    });
    expect(total.pairs).toBe(total.bestPairs);
    expect(total.waitMs).toBeGreaterThan(0.98 * total.bestWaitMs);
  });

  it("repeats a last partner only where fewer pairs could be made without", () =>
    check(1_000, 11, (tickets, rules) => {
      const { pairs } = pairByRules(tickets, rules, NOW);
      const repeats = pairs.filter(([one, two]) => isRepeat(one, two)).length;
      const apart = tickets.map((ticket) => ({
        ...ticket,
        blockedIds: [...(ticket.blockedIds ?? []), ticket.lastPartnerId ?? ""],
      }));
      if (repeats > 0 && rules.avoid === "blocks") expect(bestOf(byAge(apart), rules).pairs).toBeLessThan(pairs.length);
    }));

  it("decides the same whatever the order of its lists", () =>
    check(500, 40, (tickets, rules) => {
      const turned = tickets
        .map((ticket) => ({ ...ticket, blockedIds: ticket.blockedIds?.toReversed() ?? [] }))
        .toReversed();
      const ids = ({ pairs, held }: ReturnType<typeof pairByRules>) => [
        pairs.map((pair) => pair.map(({ id }) => id)),
        held.map(({ id }) => id),
      ];
      expect(ids(pairByRules(turned, rules, NOW))).toEqual(ids(pairByRules(tickets, rules, NOW)));
    }));
});

/** A line of one bucket: all may be changed by `part`. */
const crowd = (count: number, part: (at: number) => Partial<WaitingTicket>) =>
  Array.from({ length: count }, (_, at) => ticketOf(`user-${at}`, NOW - 30_000 + at, part(at)));
const skilled = (at: number) => ({ attributes: { skill: (at * 7_919) % 3_000 } });
const both = checkRules({
  near: {
    x: { within: 10, widenPerSecond: 0, max: 10 },
    y: { within: 10, widenPerSecond: 0, max: 10 },
  },
});

describe("pairing by rules, for crowds made to be bad", () => {
  it.each<readonly [what: string, rules: MatchRules, part: (at: number) => Partial<WaitingTicket>]>([
    ["have nothing in common", language, (at) => ({ attributes: { language: `l${at}` } })],
    ["are all the same", skill(25), () => ({ attributes: { skill: 5 } })],
    ["have no number", skill(25), () => ({})],
    ["are all too far apart", skill(1), (at) => ({ attributes: { skill: 10 * at } })],
    [
      "are at both ends of all numbers",
      skill(25),
      (at) => ({ attributes: { skill: at % 2 === 0 ? 1e308 - at : -1e308 } }),
    ],
    [
      "blocked somebody whom nobody meets",
      skill(25),
      (at) => ({ ...skilled(at), blockedIds: ["nobody", "x".repeat(40_000)] }),
    ],
    [
      "blocked hundreds, the same ones",
      skill(300),
      (at) => ({ ...skilled(at), blockedIds: at < 100 ? Array.from({ length: 100 }, (_, id) => `user-${id}`) : [] }),
    ],
    ["were all just with one", skill(25), (at) => ({ ...skilled(at), lastPartnerId: "user-0" })],
    [
      "have texts of the same long beginning",
      language,
      (at) => ({ attributes: { language: `${"x".repeat(300)}${at % 50}` } }),
    ],
    ["are near in one way and far in the other", both, (at) => ({ attributes: { x: 5, y: at * 11 } })],
    [
      "stand on a grid that is a little too wide",
      both,
      (at) => ({ attributes: { x: (at % 64) * 11, y: Math.floor(at / 64) * 11 } }),
    ],
    ["stand on a slope", both, (at) => ({ attributes: { x: at * 6, y: -at * 6 + (at % 2) * 30 } })],
    ["lack one of two numbers", both, (at) => ({ attributes: at % 2 === 0 ? { x: at * 11 } : { y: at * 11 } })],
  ])("does not work more than n log n where people %s", (_, rules, part) => {
    const [few, many] = [500, 4_000].map((count) => pairByRules(crowd(count, part), rules, NOW).stepCount);
    const growth = (4_000 * Math.log2(4_000)) / (500 * Math.log2(500));
    expect(many).toBeLessThan(2 * growth * Math.max(few ?? 0, 5_000));
    expect(many).toBeLessThan(12 * 4_000 * Math.log2(4_000));
  });

  it("pairs who has blocked 10,000 with the one who is left, whom all others have blocked", () => {
    const blockedIds = Array.from({ length: 10_000 }, (_, at) => `user-${at + 1}`);
    const tickets = crowd(300, (at) =>
      at === 0
        ? { blockedIds: blockedIds.filter((id) => id !== "user-299") }
        : { blockedIds: at === 299 ? [] : ["user-299"] },
    );
    const { pairs, held } = pairByRules(tickets, blocks, NOW);
    expect(pairs[0]?.map(({ userId }) => userId)).toEqual(["user-0", "user-299"]);
    expect(held).toEqual([]);
  });

  it("pairs nobody where everybody has blocked everybody", () => {
    const ids = Array.from({ length: 300 }, (_, at) => `user-${at}`);
    const { pairs, stepCount } = pairByRules(
      crowd(300, () => ({ blockedIds: ids })),
      blocks,
      NOW,
    );
    expect(pairs).toEqual([]);
    expect(stepCount).toBeLessThan(3 * 300 * 300);
  });
});

describe("pairing by rules, cycle after cycle", () => {
  /** Simulates a second a cycle, in which as many come as `people` says. Calls back after each. */
  function simulate(
    given: readonly WaitingTicket[],
    rules: MatchRules,
    after: (line: readonly WaitingTicket[], served: ReadonlySet<WaitingTicket>, nowMs: number) => void,
  ) {
    let line: WaitingTicket[] = [];
    for (let cycle = 0; cycle < 25; cycle += 1) {
      const nowMs = NOW + cycle * 1_000;
      const come = given.slice(cycle * 3, cycle * 3 + 3);
      line.push(...come.map((ticket, at) => ({ ...ticket, queuedAtMs: nowMs - 300 * at })));
      const { pairs, held } = pairByRules(line, rules, nowMs);
      after(line, new Set(pairs.flat()), nowMs);
      line = held;
    }
  }

  it("passes nobody over but for older ones, so nobody for ever", () =>
    fc.assert(
      fc.property(people(60), anyRules, (given, rules) => {
        simulate(given, rules, (line, served, nowMs) => {
          const ordered = byAge(line);
          for (const [at, one] of ordered.entries()) {
            const fits = (two: WaitingTicket) =>
              two !== one && mayMeetByRules(one, two, rules, nowMs) && !isRepeat(one, two);
            if (served.has(one) || !line.some(fits)) continue;
            expect(ordered.slice(0, at).some((older) => served.has(older))).toBe(true);
          }
        });
      }),
      { numRuns: soakRuns(100, 20_000) },
    ));

  it("pairs everybody whose windows take somebody in, by the time that they do", () => {
    const rules = skill(5, 5, 100);
    const tickets = crowd(75, (at) => ({ attributes: { skill: (at * 37) % 100 } }));
    const longest = { waitMs: 0 };
    simulate(tickets, rules, (line, served, nowMs) => {
      for (const ticket of line)
        if (!served.has(ticket)) longest.waitMs = Math.max(longest.waitMs, nowMs - ticket.queuedAtMs);
    });
    // After 19 s a window takes in all others, and three come each second.
    expect(longest.waitMs).toBeLessThan(20_000);
  });
});
