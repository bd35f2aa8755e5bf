import { createSystemRuntime } from "@shoal/kernel";
import { checkRules, explainInLine, pairTickets, type WaitingTicket } from "@shoal/matchmaker";
import { seededRng } from "@shoal/testkit";

const runtime = createSystemRuntime();
const policy = {
  botAfterMs: 20_000,
  rules: checkRules({ equal: ["language"], near: { skill: { within: 25, widenPerSecond: 10, max: 325 } } }),
};
const BUCKETS = 20;
/** Skill is the sum of three parts below this, so that most are in the middle, as ratings are. */
const SKILL_PART = 1_000;
/** Waits of the crowd, so that windows are of all widths. */
const WAITED_MS = 40_000;
/** Of so many people one has blocked two others. */
const BLOCKER_EVERY = 10;
const PAGE = 100;

/** Measures one cycle with all rules at once, and what it takes to say why somebody is left: the first one of a line that was just read, any other, and a page. */
export function pairingByRules(label: string, size: number, rounds: number, medianMs: Median): Record<string, number> {
  const tickets = crowd(size);
  const pair = () => pairTickets(tickets, [], policy, WAITED_MS);
  const pairMs = medianMs(rounds, pair);
  const { line, decisions } = pair();
  if (!line) throw new Error("rules compare people");
  const explain = (at: number, read = line) =>
    explainInLine({ line: read, at: at % size, gone: [], policy, nowMs: WAITED_MS + 5 });
  let asked = 0;
  const next = () => {
    asked += 7_919;
    return asked;
  };
  const explainMs = medianMs(rounds, () => explain(next()));
  const explainPageMs = medianMs(rounds, () => {
    for (let at = 0; at < PAGE; at += 1) explain(at);
  });
  const firsts = Array.from({ length: Math.min(rounds, 11) }, () => pair().line ?? line);
  const explainFirstMs = medianMs(firsts.length, () => explain(next(), firsts.pop()));
  return {
    [`pairByRules${label}Ms`]: pairMs,
    [`pairedByRules${label}Ratio`]: (2 * decisions.length) / size,
    [`explain${label}Ms`]: explainMs,
    [`explainFirst${label}Ms`]: explainFirstMs,
    [`explainPageOf100In${label}Ms`]: explainPageMs,
  };
}

type Median = (rounds: number, work: () => unknown) => number;

/** Made as the database returns it: oldest first, texts that no two tickets share. */
function crowd(size: number): WaitingTicket[] {
  const rng = seededRng(1);
  const below = (limit: number) => Math.floor(rng.next() * limit);
  const any = () => `user-${below(size)}`;
  const tickets = Array.from({ length: size }, (_, at) => ({
    id: runtime.ids.uuid(),
    userId: `user-${at}`,
    name: `User ${at}`,
    queuedAtMs: (at * WAITED_MS) / size,
    lastPartnerId: at % 2 === 0 ? any() : null,
    attributes: {
      language: `language-${below(BUCKETS)}`,
      skill: below(SKILL_PART) + below(SKILL_PART) + below(SKILL_PART),
    },
    blockedIds: at % BLOCKER_EVERY === 0 ? [any(), any()] : null,
  }));
  return JSON.parse(JSON.stringify(tickets)) as WaitingTicket[];
}
