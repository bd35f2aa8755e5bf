import { describe, expect, it } from "vitest";
import { applyTurn, joinLedger, type LedgerTurn } from "./join-ledger.ts";

const LIMITS = { perSecond: 100, joinShare: 0.8, windowMs: 60_000 };
const WINDOW = 4799;
const KEPT = 479;
/** Of the first look of a counter that has just started. */
const COLD = 799;
const NOW = 1_000_000_000;

function makeLedger(...live: readonly string[]) {
  let ledger = joinLedger(LIMITS);
  let nowMs = NOW;
  const turn = (replicaId: string, asked: Partial<LedgerTurn> = {}) => {
    const whole = { urgent: 0, idle: 0, news: [], spent: 0, back: [], ...asked };
    const next = applyTurn(ledger, { replicaId, live, limits: LIMITS }, whole, nowMs);
    ledger = next.ledger;
    return next.answer;
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  /** What somebody urgent could have now. */
  const left = () =>
    applyTurn(ledger, { replicaId: "z", live, limits: LIMITS }, { ...ASK_ALL, idle: 0 }, nowMs).answer.urgent;
  return { turn, pass, left };
}

const ASK_ALL: LedgerTurn = { urgent: 9000, idle: 9000, news: [], spent: 0, back: [] };

describe("a ledger", () => {
  it("keeps a tenth for urgent joins, which go first", () => {
    const { turn, left } = makeLedger("a");
    expect(turn("a", { idle: 9000 })).toMatchObject({ urgent: 0, idle: WINDOW - KEPT, othersCount: 0 });
    expect(left()).toBe(KEPT);
    expect(turn("a", { urgent: 100, idle: 50 })).toMatchObject({ urgent: 100, idle: 0 });
  });

  it("counts what is given back as if it had not been granted, in the second it was counted in", () => {
    const { turn, pass, left } = makeLedger("a");
    const { sliceAtMs } = turn("a", { idle: 100 });
    pass(1500);
    turn("a", { idle: 10 });
    turn("a", { back: [[sliceAtMs, 60]] });
    expect(left()).toBe(WINDOW - 50);
    turn("a", { back: [[sliceAtMs - 1000, 60]] });
    expect(left()).toBe(WINDOW - 50);
  });

  it("gives who had less of late the first of what is free, and forgets in time what was had", () => {
    const { turn, pass } = makeLedger("a", "b");
    turn("a", { idle: 1000 });
    expect(turn("b", { idle: 9000 }).idle).toBe(Math.ceil((WINDOW - KEPT) / 2));
    pass(63_500);
    // Of 1,000 and 2,160 one eighth each counts now.
    expect(turn("a", { idle: 9000 }).idle).toBe(Math.ceil((WINDOW - KEPT + 125 + 270) / 2) - 125);
  });

  it("takes a restart that several tell of for one, and looks at it as from the last", () => {
    const { turn, pass, left } = makeLedger("a", "b", "c");
    for (const id of ["a", "b", "c"]) {
      turn(id, { news: ["restarted"] });
      pass(1000);
    }
    expect(left()).toBe(COLD);
    pass(4_400);
    expect(left()).toBe(COLD);
    pass(100);
    expect(left()).toBe(COLD + 400);
  });

  it("forgets what was spent before a restart only where nobody else can have joined since", () => {
    const spent = (...live: string[]) => {
      const { turn, pass, left } = makeLedger(...live);
      turn("a", { urgent: 4500 });
      pass(10_000);
      turn("a", { news: ["restarted"] });
      return left();
    };
    expect([spent("a"), spent("a", "b")]).toEqual([COLD, WINDOW - 4500]);
  });

  it("takes a server for cold after a time in which nobody joined", () => {
    const { turn, pass } = makeLedger("a");
    turn("a", { urgent: 1 });
    pass(70_000);
    expect(turn("a", ASK_ALL).urgent).toBe(COLD);
  });

  it("grants nobody anything for a while when one was refused for too many", () => {
    const { turn, pass, left } = makeLedger("a", "b");
    turn("a", { urgent: 1000 });
    turn("b", { news: ["limited"] });
    expect(left()).toBe(0);
    pass(9_999);
    expect(left()).toBe(0);
    pass(60_000);
    // Half of what was reached goes evenly, a second's worth at a time.
    expect(turn("a", { urgent: 100 }).urgent).toBeGreaterThan(0);
    expect(left()).toBe(0);
  });
});
