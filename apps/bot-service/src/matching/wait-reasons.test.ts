import { createEmitter } from "@shoal/kernel";
import type { LineEntry, MatchmakerEvents, TicketExplanation } from "@shoal/matchmaker";
import type { PoolStats } from "@shoal/realtime-pool";
import { expect, it } from "vitest";
import { createWaitReasons, forPerson, type Waiting, type WaitReasonsOptions } from "./wait-reasons.ts";

const entry: LineEntry = {
  ...{ ticketId: "t", userId: "u", name: "Ann", source: "api", queuedAt: "2026-01-01T00:00:00.000Z", unconfirmed: 0 },
  ...{ waitedMs: 5000, hasCompany: false },
};

interface Known {
  readonly role?: "all" | "worker";
  readonly isWatched?: boolean;
  readonly access?: "public" | "private";
  readonly starting?: number;
  readonly breaker?: PoolStats["breaker"]["state"];
  readonly joinsUsed?: number;
  readonly explanation?: TicketExplanation;
  readonly others?: readonly { readonly places: readonly number[]; readonly deployed: number }[];
}

function make({
  role = "all",
  isWatched = true,
  access = "public",
  starting = 0,
  breaker = "up",
  joinsUsed = 0,
  others = [],
  explanation,
}: Known = {}) {
  const events = createEmitter<MatchmakerEvents>();
  const drain = new AbortController();
  const me = { replicaId: "me", places: [1], deployed: 0 };
  const options = {
    config: { role, channelAccess: access, matchBotAfterMs: 4000 },
    matchmaker: { events, idleCount: () => 0, explainRules: () => explanation },
    fleet: { match: { slaMs: null } },
    registry: { count: (...kinds: string[]) => (kinds.includes("starting") ? starting : 0), idleBots: () => [] },
    pool: { getStats: () => ({ breaker: { state: breaker }, budgets: { joins: { used: joinsUsed, allowed: 10 } } }) },
    members: {
      replicaId: "me",
      fleet: [me, ...others.map((other, index) => ({ ...other, replicaId: `other-${index}` }))],
    },
    isLobbyWatched: () => isWatched,
    signal: drain.signal,
  } as unknown as WaitReasonsOptions;
  const reasons = createWaitReasons(options);
  reasons.observe();
  const explain = (of: Waiting = entry) => reasons.explainer()(of);
  return { events, drain, explain, why: (of = entry) => explain(of).code };
}

it.each<[string, Known, LineEntry]>([
  ["no-idle-bot", {}, entry],
  ["waits-for-person", {}, { ...entry, waitedMs: 1 }],
  ["lobby-blind", { isWatched: false }, { ...entry, waitedMs: 1 }],
  // Where channels are private nobody comes by the lobby.
  ["waits-for-person", { isWatched: false, access: "private" }, { ...entry, waitedMs: 1 }],
  ["bots-joining", { starting: 1, breaker: "unknown" }, entry],
  ["joins-held", { starting: 1, breaker: "held" }, entry],
  ["joins-held", { starting: 1, joinsUsed: 10 }, entry],
  ["other-replica", { others: [{ places: [2], deployed: 0 }] }, entry],
  ["other-replica", { others: [{ places: [], deployed: 1 }] }, entry],
  ["no-idle-bot", { others: [{ places: [], deployed: 0 }] }, entry],
  ["nobody-pairs", { role: "worker" }, entry],
  ["next-cycle", {}, { ...entry, hasCompany: true }],
])("says %s where %j is known", (code, known, of) => {
  expect(make(known).why(of)).toBe(code);
});

it("says that pairing fails until a cycle works again, and that the daemon drains", () => {
  const { events, drain, why } = make({ others: [{ places: [], deployed: 0 }] });
  events.emit("cycle:failed", { code: "STORE_UNAVAILABLE" });
  expect(why()).toBe("pairing-fails");
  events.emit("cycle:finished", { durationMs: 1, waiting: 1, made: 0 });
  expect(why()).toBe("no-idle-bot");
  drain.abort();
  expect(why()).toBe("drains");
});

const EXPLANATION: TicketExplanation = {
  ...{ ticketId: "t", waitedMs: 5000, others: 7, compatible: 0, botInMs: 0 },
  rules: [{ rule: "equal:language", excludes: 7, onlyThis: 7, nearest: null, widensInMs: null }],
  bucket: { name: "language=de", waiting: 1, longestWaitMs: 5000 },
};

it("says by figures of each rule whom it keeps away, by what the ticket has brought or the line says", () => {
  const crowd = { ...entry, hasCompany: true };
  for (const why of [
    make({ explanation: EXPLANATION }).explain(crowd),
    make().explain({ ...crowd, rules: EXPLANATION }),
  ]) {
    expect(why).toMatchObject({ code: "rules-exclude-all", rules: EXPLANATION.rules });
    expect(forPerson(why)).toBe(why);
  }
  expect(make().explain(crowd)).toMatchObject({ code: "next-cycle", rules: null });
});

it("tells people nothing of what is wrong with the daemon", () => {
  const { events, explain } = make();
  events.emit("cycle:failed", { code: "STORE_READ_ONLY" });
  const why = explain();
  expect(why.code).toBe("pairing-fails");
  expect(forPerson(why)).toMatchObject({ code: "pairing-fails", details: {}, rules: null });
  expect(JSON.stringify(forPerson(why))).not.toContain("STORE_READ_ONLY");
});
