import { applyTurn, joinLedger, type LedgerTurn } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { parseConfig } from "../../config.ts";
import { memberOf, membersOf } from "../members.test-support.ts";
import { createBudgetPart } from "./part.ts";

const leaks = leakCheck();

/** A database with a ledger in it, as `shoal.budget_turn` answers. */
function makePart(...others: readonly string[]) {
  const runtime = testRuntime();
  const lines: [string, string][] = [];
  const line = (level: string) => (_fields: object, message: string) => void lines.push([level, message]);
  const log = { ...runtime.log, warn: line("warn"), info: line("info"), child: () => log } as typeof runtime.log;
  const turns: LedgerTurn[] = [];
  const state = { isAway: false, notify: (_payload: string) => {} };
  let ledger = joinLedger({ perSecond: 100, joinShare: 0.8, windowMs: 60_000 });
  const database: Pick<Database, "listen" | "query"> = {
    async query<Row extends object>(_text: string, params: readonly unknown[] = []) {
      if (state.isAway) throw new Error("function shoal.budget_turn does not exist");
      const [, replicaId, perSecond, joinShare, windowMs, text] = params as [
        string,
        string,
        number,
        number,
        number,
        string,
      ];
      const turn = JSON.parse(text) as LedgerTurn;
      turns.push(turn);
      const limits = { perSecond, joinShare, windowMs };
      const next = applyTurn(ledger, { replicaId, live: ["a", ...others], limits }, turn, runtime.clock.now());
      ledger = next.ledger;
      const { nowMs, urgent, idle, sliceAtMs, othersCount, budget } = next.answer;
      const slices = [...budget.earlier, ...(budget.newest ? [budget.newest] : [])];
      const { throttle } = budget;
      const answer = {
        ...{ now_ms: nowMs, urgent, idle, slice_at_ms: sliceAtMs, others_count: othersCount },
        ...{ slice_at: slices.map(({ atMs }) => atMs), slice_count: slices.map(({ count }) => count) },
        start_first: budget.starts.map(({ firstMs }) => firstMs),
        start_last: budget.starts.map(({ lastMs }) => lastMs),
        ...{ throttle_at: throttle?.atMs ?? null, throttle_ratio: throttle?.ratio ?? null },
        ...{ throttle_step: throttle?.stepRatio ?? null, throttle_at_once: throttle?.atOnceRatio ?? null },
      };
      return [{ answer } as unknown as Row];
    },
    async listen(_channel, onPayload) {
      state.notify = onPayload;
      return { async close() {} };
    },
  };
  const members = membersOf(
    "a",
    ["a", ...others].map((id) => memberOf(id)),
  );
  const { config } = parseConfig({ SUPABASE_PLAN: "free", POOL_JOIN_SHARE: "80" });
  const part = createBudgetPart({ config, runtime: { ...runtime, log }, replicaId: "a", members, database });
  leaks.clock(runtime.clock);
  const take = (urgentCount: number, idleCount: number) => {
    const rank = urgentCount > 0 ? 0 : 5;
    return part.allowance.take({ rank, count: urgentCount + idleCount, urgentCount }).isGranted;
  };
  return { part, take, turns, lines, state, clock: runtime.clock };
}

it("joins by the row, and by itself what must not wait while the schema is not there", async () => {
  const { part, take, turns, lines, state, clock } = makePart("b");
  state.isAway = true;
  expect(take(1, 50)).toBe(false);
  await clock.advance(0);
  expect([take(1, 50), take(0, 50)]).toEqual([true, false]);
  expect(lines).toEqual([["warn", expect.stringContaining("rooms and the lobby first")]]);
  state.isAway = false;
  await clock.advance(1000);
  expect(lines.at(-1)).toEqual(["info", "the database grants joins again"]);
  expect(turns[0]?.spent).toBe(1);
  expect(take(1, 50)).toBe(false);
  await clock.advance(0);
  expect([turns.at(-1)?.urgent, take(1, 50)]).toEqual([1, true]);
  await part.close();
});

it("gives back what another replica's news makes void, and not for its own", async () => {
  const { part, take, turns, state, clock } = makePart();
  part.start();
  await clock.advance(0);
  take(0, 50);
  await clock.advance(0);
  state.notify("a");
  await clock.advance(0);
  expect([take(0, 50), turns.length]).toEqual([true, 1]);
  state.notify("b");
  await clock.advance(0);
  expect(turns.at(-1)?.back.map(([, count]) => count)).toEqual([49]);
  await part.close();
});
