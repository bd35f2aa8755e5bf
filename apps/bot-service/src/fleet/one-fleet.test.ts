import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FakeChannel } from "./fakes.test-support.ts";
import { message, PERSON, talk } from "./fleet.test-support.ts";
import { OneFleet, type Replica } from "./one-fleet.test-support.ts";
import { QUARANTINE } from "./roster.ts";

const MANY = 60;

/** Returns the numbers of bots, each replica's. */
const sizes = (fleet: OneFleet) => fleet.alive.map(({ idle }) => idle.length).sort();

/** Asserts that no bot that may be matched runs twice, now. */
function expectOnce(fleet: OneFleet): void {
  const { idleOfCurrent: idle } = fleet;
  expect(new Set(idle).size, `each number once: ${idle}`).toBe(idle.length);
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
const byNumber = (one: number, other: number) => one - other;

/** Starts replicas of these names and lets them settle at 15 bots. */
async function settled(...names: readonly string[]): Promise<{ fleet: OneFleet; replicas: Replica[] }> {
  const fleet = new OneFleet();
  fleet.people = MANY;
  const replicas = names.map((name) => fleet.start(name));
  for (let nudges = 0; nudges < 6; nudges += 1) {
    await fleet.advance(1000, () => expectOnce(fleet));
    for (const { fleet: each } of replicas) each.manager.nudge();
  }
  await fleet.advance(1000);
  expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(15));
  return { fleet, replicas };
}

describe("replicas that share a database", () => {
  it("run each bot once and evenly, whether they are one, five or two", async () => {
    const { fleet, replicas } = await settled("alpha");
    const first = new Set(replicas[0]?.idle);
    for (const name of ["bravo", "charlie", "delta", "echo"]) fleet.start(name);
    const grownMs = await fleet.until(() => sizes(fleet).join() === "3,3,3,3,3");
    expectOnce(fleet);
    expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(15));
    expect(new Set(fleet.alive.flatMap(({ names }) => names)).size).toBe(15);
    expect(new Set(replicas[0]?.idle).isSubsetOf(first)).toBe(true);
    const stayed = new Set(["delta", "echo"].flatMap((name) => fleet.replicas.get(name)?.idle ?? []));
    void fleet.replicas.get("alpha")?.drain();
    fleet.replicas.get("bravo")?.kill();
    fleet.replicas.get("charlie")?.kill();
    const shrunkMs = await fleet.until(() => sizes(fleet).join() === "7,8");
    expectOnce(fleet);
    expect(stayed.isSubsetOf(new Set(fleet.idle))).toBe(true);
    expect([grownMs, shrunkMs].every((ms) => ms <= 12_000)).toBe(true);
  });

  it("leave the bots of a dead one to all others, evenly, within 12 s, and move no other", async () => {
    const { fleet, replicas } = await settled("alpha", "bravo", "charlie");
    const [dead, ...others] = replicas;
    const before = others.map(({ idle }) => new Set(idle));
    dead?.kill();
    const tookMs = await fleet.until(() => fleet.idle.length === 15);
    expectOnce(fleet);
    expect([sizes(fleet), tookMs <= 12_000]).toEqual([[7, 8], true]);
    others.forEach(({ idle }, at) => void expect(before[at]?.isSubsetOf(new Set(idle))).toBe(true));
  });

  it("run none twice when one comes back that was frozen for long, and share with it again", async () => {
    const { fleet, replicas } = await settled("alpha", "bravo", "charlie");
    const [frozen] = replicas;
    frozen?.freeze();
    await fleet.advance(20_000, () => expectOnce(fleet));
    expect(fleet.idle.length).toBe(15);
    frozen?.thaw();
    await fleet.until(() => new Set(fleet.idle).size === fleet.idle.length, 2000);
    await fleet.until(() => sizes(fleet).join() === "5,5,5", 10_000);
    await fleet.advance(10_000, () => expectOnce(fleet));
    expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(15));
  });

  it.each([false, true])(
    "run no more bots than are wanted when one comes back whose bots talk on (the others die: %s)",
    async (othersDie) => {
      const { fleet, replicas } = await settled("alpha", "bravo", "charlie");
      const [alpha, ...others] = replicas;
      if (!alpha) throw new Error("it was started");
      const rooms: FakeChannel[] = [];
      for (let match = 1; match <= 3; match += 1) rooms.push((await talk(alpha.fleet, `m${match}`)).room);
      alpha.freeze();
      await fleet.until(() => fleet.idle.length === 15);
      alpha.thaw();
      await fleet.until(() => sizes(fleet).join() === "2,5,5", 10_000);
      await fleet.advance(60_000, () => expectOnce(fleet));
      expect([sizes(fleet).join(), alpha.fleet.manager.counts()]).toMatchObject(["2,5,5", { talking: 3, idle: 2 }]);
      if (othersDie) for (const other of others) other.kill();
      await fleet.advance(20_000, () => expectOnce(fleet));
      expect(alpha.fleet.manager.counts()).toMatchObject({ talking: 3, idle: othersDie ? 12 : 2 });
      for (const room of rooms) room.receive("leave", { from: PERSON.id, reason: "done" });
      await fleet.until(() => fleet.idle.length === 15, 10_000);
      await fleet.advance(10_000, () => expectOnce(fleet));
      expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(15));
      expect(alpha.fleet.written.ended.every((end) => end.includes("partner_left"))).toBe(true);
    },
  );

  it("let a bot that talks finish where it is, and give what is idle to the newcomer", async () => {
    const { fleet, replicas } = await settled("alpha");
    const [alpha] = replicas;
    if (!alpha) throw new Error("it was started");
    const rooms: FakeChannel[] = [];
    for (let match = 1; match <= 12; match += 1) rooms.push((await talk(alpha.fleet, `m${match}`)).room);
    const bravo = fleet.start("bravo");
    await fleet.advance(60_000, () => expectOnce(fleet));
    expect([alpha.fleet.manager.counts(), bravo.idle.length]).toMatchObject([{ talking: 12, idle: 0 }, 3]);
    for (const room of rooms.slice(0, 6)) room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.until(() => bravo.idle.length === 7, 10_000);
    expect(alpha.fleet.manager.counts()).toMatchObject({ talking: 6, idle: 2, target: 8 });
    expect(alpha.fleet.written.ended.every((end) => end.includes("partner_left"))).toBe(true);
  });

  it("keep the number while those that lead die one after the other, and none but the lead counts people", async () => {
    const { fleet } = await settled("alpha", "bravo", "charlie", "delta");
    const wanted = new Set<number | null>();
    const look = () => {
      for (const { target } of fleet.rows.live) wanted.add(target);
    };
    while (fleet.alive.length > 1) {
      const lead = fleet.alive.find((each) => each.members.seniors[0]?.replicaId === each.name);
      const others = fleet.alive.filter((each) => each !== lead);
      const counted = others.map(({ countedCount }) => countedCount);
      for (const { fleet: each } of others) each.manager.nudge();
      await fleet.advance(2000, look);
      if (others.length === 1) fleet.people = 20;
      expect(others.map(({ countedCount }) => countedCount)).toEqual(counted);
      lead?.kill();
      const tookMs = await fleet.until(() => fleet.idle.length === 15);
      expect(tookMs).toBeLessThanOrEqual(12_000);
      await fleet.advance(1000, look);
    }
    expect([...wanted].sort()).toEqual([15, null]);
    // The last of them sees fewer people, and knows nothing of the minute before.
    const tookMs = await fleet.until(() => fleet.idle.length < 15, 180_000);
    expect(tookMs).toBeGreaterThan(45_000);
    await fleet.until(() => fleet.idle.length === 6);
  });

  it("go on from the old number where one replaces the only one, whose lobby it has not seen yet", async () => {
    const { fleet, replicas } = await settled("alpha");
    const bravo = fleet.start("bravo");
    await fleet.advance(1000);
    const drained = replicas[0]?.drain();
    const targets: (number | null)[] = [];
    await fleet.advance(15_000, () => {
      targets.push(bravo.members.live.find(({ replicaId }) => replicaId === "bravo")?.target ?? null);
    });
    await drained;
    expect([new Set(targets.filter((target) => target !== null)), bravo.idle.length]).toEqual([new Set([15]), 15]);
  });

  it("keep their bots while the database is away, restart none that others may have, and change nothing afterwards", async () => {
    const { fleet, replicas } = await settled("alpha", "bravo", "charlie");
    const before = replicas.map(({ idle }) => idle.toSorted(byNumber));
    const [alpha] = replicas;
    if (!alpha) throw new Error("it was started");
    const { room } = await talk(alpha.fleet);
    fleet.rows.busyRatio = 0.7;
    fleet.isDatabaseAway = true;
    await fleet.advance(20_000);
    room.receive("message", message("crash"));
    await fleet.advance(60_000);
    expect(replicas.map(({ idle }) => idle.length)).toEqual([4, 5, 5]);
    fleet.isDatabaseAway = false;
    await fleet.until(() => fleet.idle.length === 15, 10_000);
    await fleet.advance(10_000, () => expectOnce(fleet));
    expect(replicas.map(({ idle }) => idle.toSorted(byNumber))).toEqual(before);
  });

  it("give a place up to the others when one of them alone does not reach the database", async () => {
    const { fleet, replicas } = await settled("alpha", "bravo", "charlie");
    const [cut] = replicas;
    if (!cut) throw new Error("it was started");
    cut.isCut = true;
    await fleet.advance(20_000);
    // Its bots stay: nobody is matched with them, and the database may be away for all.
    expect([cut.idle.length, fleet.idle.length]).toEqual([5, 20]);
    cut.isCut = false;
    await fleet.until(() => sizes(fleet).join() === "5,5,5", 10_000);
    await fleet.advance(1000, () => expectOnce(fleet));
  });

  it("run fewer where each has as many as it may, which the lead says once, and all when there are enough", async () => {
    const fleet = new OneFleet();
    fleet.people = MANY;
    for (const name of ["alpha", "bravo"]) fleet.start(name, { botMax: 5, scaling: { minCount: 15 } });
    await fleet.advance(60_000, () => expectOnce(fleet));
    expect(sizes(fleet)).toEqual([5, 5]);
    const said = () => fleet.alive.flatMap(({ lines }) => lines).filter(({ text }) => /may run/.test(text));
    expect(said()).toMatchObject([{ text: expect.stringMatching(/wants more bots/), fields: { target: 15 } }]);
    fleet.start("charlie", { botMax: 5, scaling: { minCount: 15 } });
    await fleet.until(() => sizes(fleet).join() === "5,5,5", 10_000);
    expect(said()).toHaveLength(2);
  });

  it("run another number for one that is quarantined here, until its time is over", async () => {
    const { fleet, replicas } = await settled("alpha", "bravo");
    const [alpha] = replicas;
    if (!alpha) throw new Error("it was started");
    let botId = "";
    for (let crash = 1; crash <= QUARANTINE.crashes; crash += 1) {
      const others = alpha.fleet.registry.idleBots().filter((each) => botId && each.botId !== botId);
      for (const each of others) alpha.fleet.registry.reserve(each.botId);
      const met = await talk(alpha.fleet, `m${crash}`);
      for (const each of others) alpha.fleet.registry.unreserve(each.botId);
      botId = met.botId;
      met.room.receive("message", message("crash"));
      await fleet.until(() => fleet.idle.length === 15, 60_000);
    }
    const number = Number(botId.split("-").at(-1));
    expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(16).filter((each) => each !== number));
    expectOnce(fleet);
    await fleet.advance(QUARANTINE.lengthMs + 61_000, () => expectOnce(fleet));
    expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(15));
  });
});

interface Step {
  readonly kind: "start" | "kill" | "drain" | "freeze" | "thaw" | "cut" | "mend" | "away" | "back" | "people";
  /** Which replica, or how many people. */
  readonly at: number;
  readonly waitMs: number;
}

const stepOf: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("start", "kill", "drain", "freeze", "thaw", "cut", "mend", "away", "back", "people"),
  at: fc.nat(60),
  waitMs: fc.nat(15_000),
});

function apply(fleet: OneFleet, { kind, at }: Step): void {
  const replica = fleet.alive[at % Math.max(1, fleet.alive.length)];
  if (kind === "start") fleet.start(`${String.fromCharCode(97 + fleet.replicas.size)}-replica`);
  if (kind === "kill") replica?.kill();
  if (kind === "drain" && !replica?.isFrozen) void replica?.drain();
  if (kind === "freeze") replica?.freeze();
  if (kind === "thaw") replica?.thaw();
  if (replica && (kind === "cut" || kind === "mend")) replica.isCut = kind === "cut";
  if (kind === "away" || kind === "back") fleet.isDatabaseAway = kind === "away";
  if (kind === "people") fleet.people = at;
  for (const { fleet: each } of fleet.alive) each.manager.nudge();
}

it("is one fleet again whatever happened to its replicas, and runs no bot twice meanwhile", {
  timeout: 3_600_000,
}, async () => {
  const history = fc.array(stepOf, { minLength: 4, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const fleet = new OneFleet();
      fleet.people = MANY;
      fleet.rows.busyRatio = 0.3;
      for (const name of ["x-replica", "y-replica"]) fleet.start(name);
      await fleet.advance(5_000, () => expectOnce(fleet));
      for (const step of steps) {
        apply(fleet, step);
        await fleet.advance(step.waitMs, () => expectOnce(fleet));
      }
      fleet.isDatabaseAway = false;
      fleet.people = MANY;
      fleet.start("z-replica");
      for (const replica of fleet.alive) {
        replica.thaw();
        replica.isCut = false;
      }
      for (let seconds = 0; seconds < 30; seconds += 1) {
        await fleet.advance(1_000, () => expectOnce(fleet));
        for (const { fleet: each } of fleet.alive) each.manager.nudge();
      }
      expect(fleet.idle.toSorted(byNumber)).toEqual(upTo(15));
      expect(fleet.rows.live.filter(({ target }) => target !== null)).toMatchObject([{ target: 15 }]);
      const counts = fleet.alive.map(({ idle }) => idle.length);
      expect(Math.max(...counts) - Math.min(...counts), `${counts}`).toBeLessThanOrEqual(1);
    }),
    { numRuns: soakRuns(20, 1000) },
  );
});
