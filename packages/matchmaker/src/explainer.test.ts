import { expect, it } from "vitest";
import { createExplainer } from "./explainer.ts";
import type { LineTicket } from "./line-read.ts";
import { pairTickets } from "./pair.ts";
import { NOW, ticketOf } from "./rules/rules.test-support.ts";
import { checkRules } from "./rules/rules.ts";

const rules = checkRules({ equal: ["language"] });
const policy = { botAfterMs: 4_000, rules };
const of = (userId: string, waitedMs: number, language: string): LineTicket => ({
  ...ticketOf(userId, NOW - waitedMs, { attributes: { language } }),
  version: "1",
});

function makeExplainer(...tickets: LineTicket[]) {
  const line = {
    tickets: tickets as readonly LineTicket[],
    ticket: (id: string) => line.tickets.find((ticket) => ticket.id === id),
  };
  let nowMs = NOW;
  const explainer = createExplainer(line, policy, () => nowMs);
  return {
    line,
    explainer,
    explained: (userId: string) => explainer.explain(`ticket-${userId}`),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

it("explains by what pairing read, at the time of the question and without those who were matched since", () => {
  const [ann, bob, cid, eve] = [of("ann", 900, "de"), of("bob", 800, "fr"), of("cid", 700, "de"), of("eve", 600, "en")];
  const { line, explainer, explained, pass } = makeExplainer(ann, bob, cid, eve);
  const { line: read, decisions } = pairTickets(line.tickets, [], policy, NOW);
  expect(decisions).toHaveLength(1);
  explainer.noteRead(read);
  expect(explained("bob")).toMatchObject({ others: 3, compatible: 0, waitedMs: 800, botInMs: 3_200 });
  line.tickets = [bob, eve];
  explainer.noteRemoved([ann, cid]);
  pass(200);
  expect(explained("bob")).toMatchObject({
    others: 1,
    waitedMs: 1_000,
    botInMs: 3_000,
    rules: [{ excludes: 1 }, {}, {}],
  });
  expect(explained("ann")).toBeUndefined();
});

it("explains who has come, or says something else, since pairing looked", () => {
  const [ann, bob] = [of("ann", 900, "de"), of("bob", 800, "fr")];
  const { line, explainer, explained } = makeExplainer(ann, bob);
  explainer.noteRead(pairTickets(line.tickets, [], policy, NOW).line);
  line.tickets = [ann, { ...bob, attributes: { language: "de" } }, of("cid", 100, "de")];
  for (const userId of ["bob", "cid"]) expect(explained(userId)).toMatchObject({ others: 2, compatible: 2 });
});

it("explains where nothing had to be compared", () => {
  const { explainer, explained } = makeExplainer(of("ann", 900, "de"));
  explainer.noteRead(null);
  expect(explained("ann")).toMatchObject({ others: 0, botInMs: 3_100 });
});
