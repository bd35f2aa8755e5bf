import fc from "fast-check";
import type { WaitingTicket } from "../waiting-ticket.ts";
import { checkRules, type MatchRules, windowOf } from "./rules.ts";

export const NOW = 1_000_000;

export const ticketOf = (userId: string, queuedAtMs: number, part: Partial<WaitingTicket> = {}): WaitingTicket => ({
  id: `ticket-${userId}`,
  userId,
  name: userId.toUpperCase(),
  queuedAtMs,
  lastPartnerId: null,
  ...part,
});

const known = (value: unknown) =>
  ["string", "boolean"].includes(typeof value) || Number.isFinite(value) ? value : undefined;

/** Says by the rules themselves whether two may meet, with no short cut: what all else is compared with. */
export function mayMeetByRules(one: WaitingTicket, two: WaitingTicket, rules: MatchRules, nowMs: number): boolean {
  const isEqual = rules.equal.every((name) => known(one.attributes?.[name]) === known(two.attributes?.[name]));
  const isNear = Object.entries(rules.near).every(([name, rule]) => {
    const [here, there] = [one.attributes?.[name], two.attributes?.[name]];
    if (!Number.isFinite(here) || !Number.isFinite(there)) return true;
    const distance = Math.abs((here as number) - (there as number));
    return [one, two].every(({ queuedAtMs }) => distance <= windowOf(rule, nowMs - queuedAtMs));
  });
  const isBlocked = one.blockedIds?.includes(two.userId) || two.blockedIds?.includes(one.userId);
  return isEqual && isNear && !(rules.avoid === "blocks" && isBlocked);
}

/** Few values of each kind, so that people meet in all ways; some that nobody should send. */
const attributes = fc.record(
  {
    language: fc.constantFrom("de", "en", 1, "1", true, null, [1], "x".repeat(200)),
    skill: fc.oneof(
      { weight: 9, arbitrary: fc.nat(60) },
      fc.constantFrom(1e308, -1e308, -0, Number.NaN, "7", null, 2.5),
    ),
    ping: fc.nat(40),
  },
  { requiredKeys: [] },
);
const rule = fc
  .record({ within: fc.nat(12), widenPerSecond: fc.nat(3), more: fc.nat(30) })
  .map(({ more, ...rest }) => ({ ...rest, max: rest.within + more }));
export const anyRules = fc
  .record({
    equal: fc.constantFrom([], ["language"]),
    near: fc.oneof(fc.constant({}), fc.record({ skill: rule }), fc.record({ skill: rule, ping: rule })),
    avoid: fc.constantFrom("blocks" as const, "nothing" as const),
  })
  .map(checkRules);
export const people = (maxLength: number) =>
  fc
    .array(
      fc.record({
        ageMs: fc.nat(20_000),
        attributes,
        blocked: fc.array(fc.nat(12), { maxLength: 3 }),
        last: fc.nat(40),
      }),
      { maxLength },
    )
    .map((all) =>
      all.map(({ ageMs, attributes: own, blocked, last }, at) =>
        ticketOf(`u${at}`, NOW - ageMs, {
          attributes: own,
          blockedIds: blocked.filter((other) => other !== at).map((other) => `u${other}`),
          lastPartnerId: last < 12 && last !== at ? `u${last}` : null,
        }),
      ),
    );
