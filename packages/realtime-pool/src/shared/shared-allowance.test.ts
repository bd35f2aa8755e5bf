import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type Fate, JoinerModel, LedgerModel } from "../../test/shared-fleet.ts";

const leaks = leakCheck();
const open: JoinerModel[] = [];
afterEach(() => {
  for (const joiner of open.splice(0)) joiner.close();
});

const LIMITS = { perSecond: 100, joinShare: 0.8, windowMs: 60_000 };
const WINDOW = 4799;
const KEPT = 479;
/** Until a fleet that has just started may ask: all could tell by then what they joined while the database was away. */
const START_MS = 3000;

function makeFleet(...ids: readonly string[]) {
  const clock = leaks.clock(createSimulatedClock());
  const ledger = new LedgerModel(clock, LIMITS);
  const joined = new Map<string, number>();
  const heard: string[] = [];
  const known: { count: number | null } = { count: null };
  const joiners = ids.map((id) => {
    ledger.join(id);
    const onJoin = () => void joined.set(id, (joined.get(id) ?? 0) + 1);
    const joiner = new JoinerModel(id, clock, ledger, () => known.count, onJoin);
    joiner.allowance.events.onAny((name) => void heard.push(name));
    open.push(joiner);
    return joiner;
  });
  const total = () => [...joined.values()].reduce((sum, each) => sum + each, 0);
  const counts = () => ids.map((id) => joined.get(id) ?? 0);
  return { clock, ledger, joiners: joiners as [JoinerModel, JoinerModel, JoinerModel], total, counts, heard, known };
}

/** A fleet that may ask, whose server is warm: each has joined one channel every 20 s. */
async function makeSettledFleet(...ids: readonly string[]) {
  const fleet = makeFleet(...ids);
  for (let round = 0; round < SETTLED; round += 1) {
    for (const joiner of fleet.joiners) joiner.want(1, 0);
    await fleet.clock.advance(20_000);
  }
  return fleet;
}

const SETTLED = 6;
/** Those of one that are still in the window. */
const RECENT = 3;

const backCounts = (ledger: LedgerModel) => ledger.turns.flatMap(({ turn }) => turn.back).map(([, count]) => count);

describe("a pool that is alone with its ledger", () => {
  it("joins a burst by one turn, by two where it does not know that it is alone, and takes none while it is idle", async () => {
    const { clock, ledger, joiners, total, known } = makeFleet("a");
    joiners[0].want(0, 300);
    await clock.advance(0);
    expect([total(), ledger.turns.length]).toEqual([300, 2]);
    known.count = 1;
    joiners[0].want(1, 200);
    await clock.advance(0);
    expect([total(), ledger.turns.length]).toEqual([501, 3]);
    await clock.advance(3_600_000);
    expect(ledger.turns.length).toBe(3);
  });

  it("has all of the window but what is kept, gets that for urgent joins, and asks again when more is free", async () => {
    const { clock, ledger, joiners, total } = makeFleet("a");
    joiners[0].want(0, 6000);
    await clock.advance(59_000);
    expect([total(), ledger.turns.length]).toEqual([WINDOW - KEPT, 2]);
    joiners[0].want(1000, 0);
    await clock.advance(4_499);
    expect(total()).toBe(WINDOW);
    await clock.advance(1);
    expect(total()).toBe(7000);
  });

  it("gives back what it did not use within two seconds", async () => {
    const { clock, ledger, joiners, total, heard, known } = makeFleet("a");
    const [a] = joiners;
    known.count = 1;
    a.want(0, 100);
    a.isOut = true;
    await clock.advance(1_999);
    expect(ledger.turns.length).toBe(1);
    await clock.advance(1);
    expect(backCounts(ledger)).toEqual([100]);
    expect(heard).toEqual(["joins:asked", "joins:granted", "joins:returned"]);
    a.isOut = false;
    a.want(0, WINDOW);
    await clock.advance(0);
    expect(total()).toBe(WINDOW - KEPT);
  });

  it("does not use after it was frozen what was granted before", async () => {
    const { clock, ledger, joiners, total, known } = makeFleet("a");
    const [a] = joiners;
    known.count = 1;
    a.want(0, 100);
    a.clock.freeze();
    await clock.advance(20_000);
    expect([ledger.turns.length, total()]).toEqual([1, 0]);
    a.clock.thaw();
    await clock.advance(5_000);
    expect([backCounts(ledger), total()]).toEqual([[100], 100]);
  });

  it.each<Fate>(["refused", "lost", "hangs", "late"])(
    "joins by itself what is left when a turn is %s, and tells that",
    async (fate) => {
      const { clock, ledger, joiners, total, heard, known } = makeFleet("a");
      const [a] = joiners;
      known.count = 1;
      a.want(0, 10);
      await clock.advance(30_000);
      ledger.fate = fate;
      a.want(0, 100);
      await clock.advance(0);
      ledger.fate = "answered";
      await clock.advance(1_000);
      expect(total()).toBe(110);
      expect(heard.filter((name) => name.startsWith("ledger"))).toEqual(
        fate === "late" || fate === "hangs" ? ["ledger:lost"] : ["ledger:lost", "ledger:found"],
      );
      ledger.giveUp();
      await clock.advance(5_000);
      expect(heard.filter((name) => name.startsWith("ledger"))).toEqual(["ledger:lost", "ledger:found"]);
      const told = ledger.turns.reduce((sum, { turn }) => sum + turn.spent, 0);
      const granted = ledger.turns.reduce((sum, { answer }) => sum + answer.idle, 0);
      const back = backCounts(ledger).reduce((sum, each) => sum + each, 0);
      // What was granted by the answer that was lost stays counted.
      expect([told, granted - back]).toEqual([100, fate === "lost" ? 110 : 10]);
    },
  );

  it("joins by its own count as if it were one of many, and its urgent channels alone, where there was no answer yet", async () => {
    const { clock, ledger, joiners, total } = makeFleet("a");
    ledger.fate = "refused";
    joiners[0].want(20, 500);
    await clock.advance(4_000);
    expect(total()).toBe(7);
    ledger.fate = "answered";
    await clock.advance(1_000);
    expect(total()).toBe(520);
  });
});

describe("a fleet", () => {
  it("shares the window evenly when all come at once, to the last join", async () => {
    const { clock, joiners, counts, total } = makeFleet("a", "b", "c");
    for (const joiner of joiners) joiner.want(0, 9000);
    await clock.advance(START_MS + 1_000);
    expect(total()).toBe(WINDOW - KEPT);
    expect(counts()).toEqual([1440, 1440, 1440]);
    for (const joiner of joiners) joiner.want(400, 0);
    await clock.advance(0);
    expect(total()).toBe(WINDOW);
  });

  it("lends what others do not ask for, a second after the line began", async () => {
    const { clock, joiners, counts } = await makeSettledFleet("a", "b", "c");
    joiners[0].want(0, 9000);
    await clock.advance(999);
    expect(counts()).toEqual([SETTLED + 1440 - RECENT, SETTLED, SETTLED]);
    await clock.advance(300);
    expect(counts()).toEqual([SETTLED + WINDOW - KEPT - 3 * RECENT, SETTLED, SETTLED]);
  });

  it("rests when the server told one of them that there are too many, as what is granted elsewhere goes back", async () => {
    const { clock, ledger, joiners, counts, total } = await makeSettledFleet("a", "b", "c");
    const [a, b] = joiners;
    b.want(0, 100);
    b.isOut = true;
    await clock.advance(1);
    expect(a.allowance.rateLimited()).toMatchObject({ coolDownMs: 10_000 });
    b.isOut = false;
    b.allowance.changed();
    await clock.advance(0);
    expect(backCounts(ledger)).toEqual([100]);
    b.pump();
    await clock.advance(9_990);
    expect(counts()).toEqual([SETTLED, SETTLED, SETTLED]);
    await clock.advance(2_000);
    expect(total()).toBeGreaterThan(3 * SETTLED);
    expect(a.allowance.rateLimited()).not.toBeNull();
    expect(a.allowance.rateLimited()).toBeNull();
  });

  it("spends a part each of what is kept while the database is away, then of all, and is exact when all have told", async () => {
    const { clock, ledger, joiners, counts, total, known, heard } = await makeSettledFleet("a", "b", "c");
    known.count = 3;
    joiners[0].want(0, 3000);
    await clock.advance(2_000);
    ledger.fate = "refused";
    for (const joiner of joiners) joiner.want(1000, 3000);
    const countedBy = () => counts().map((count, index) => count - SETTLED - (index === 0 ? 3000 : 0));
    const expectBetween = (least: number, most: number) => {
      for (const counted of countedBy()) {
        expect(counted).toBeGreaterThanOrEqual(least);
        expect(counted).toBeLessThanOrEqual(most);
      }
    };
    await clock.advance(50_000);
    // As a server would allow that has counted for 55 s.
    expectBetween(Math.floor((KEPT * 55) / 60 / 3), Math.floor(KEPT / 3));
    await clock.advance(16_000);
    // The first of them have left the window by now.
    expectBetween(Math.floor((WINDOW - KEPT) / 3), Math.floor((WINDOW - KEPT) / 3) + 40);
    ledger.fate = "answered";
    const before = total();
    await clock.advance(2_400);
    expect(heard.filter((name) => name === "ledger:found").length).toBe(3);
    // Idle joins are asked for when all have told.
    expect([total(), ledger.turns.at(-1)?.turn.idle]).toEqual([before, 0]);
    await clock.advance(2_000);
    expect(ledger.turns.at(-1)?.turn.idle).toBeGreaterThan(0);
    const spent = ledger.turns.reduce((sum, { turn }) => sum + turn.spent, 0);
    expect(spent).toBe(before - 3 * SETTLED - 3000);
  });
});
