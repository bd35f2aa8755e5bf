import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createMembers, LATE_AFTER_MS, MEMBER_TERM_MS, type MemberRow, type MembersAnswer } from "./members.ts";

function row(replicaId: string, more: Partial<MemberRow> = {}): MemberRow {
  return {
    ...{ replica_id: replicaId, protocol: 1, version: "0", role: "all", is_draining: false, started_at_ms: 0 },
    ...{ revision: 1, people: null, target: null, bot_max: 9, places: [], deployed: 0 },
    ...more,
  };
}

const answer = (more: Partial<MembersAnswer>): MembersAnswer => ({
  ...{ live: ["a", "b"], late: [], granted: [], is_busy: false, next_end_ms: null, changed: [] },
  ...more,
});

function makeMembers() {
  const runtime = testRuntime();
  const members = createMembers({ runtime, replicaId: "a", version: "0", role: "all", botMax: 9 });
  const heard: [string, unknown][] = [];
  members.events.onAny((name, event) => void heard.push([name, event]));
  const take = () => heard.splice(0);
  const answered = (more: Partial<MembersAnswer>, sentAtMs = runtime.clock.monotonicMs()) =>
    members.answered(answer(more), sentAtMs);
  return { members, clock: runtime.clock, take, answered };
}

describe("the members of the fleet", () => {
  it("come, change and go by what pulses say, and are asked for by their revisions", () => {
    const { members, take, answered } = makeMembers();
    expect(members.request()).toMatchObject({ replica_id: "a", known: {}, wanted_places: [] });
    answered({ changed: [row("b"), row("a")] });
    expect(take()).toEqual([["members:changed", { joined: ["a", "b"], gone: [] }]]);
    expect(members.live.map(({ replicaId }) => replicaId)).toEqual(["a", "b"]);
    expect(members.request()).toMatchObject({ known: { a: 1, b: 1 } });
    answered({});
    expect(take()).toEqual([]);
    answered({ changed: [row("b", { revision: 2, is_draining: true })] });
    expect(take()).toEqual([["members:updated", {}]]);
    expect(members.fleet.map(({ replicaId }) => replicaId)).toEqual(["a"]);
    answered({ live: ["a"] });
    expect(take()).toEqual([["members:changed", { joined: [], gone: ["b"] }]]);
    expect(members.request()).toMatchObject({ known: { a: 1 } });
  });

  it("leave bots to those that run some, and what must not wait to those that are not late", () => {
    const { members, answered, take } = makeMembers();
    const live = ["a", "b", "c", "w"];
    answered({ live, changed: [row("a"), row("b"), row("c"), row("w", { role: "worker" })] });
    const [first, ...others] = members.order("lobby").map(({ replicaId }) => replicaId);
    expect([first, ...others].sort()).toEqual(["a", "b", "c"]);
    take();
    answered({ live, late: [first ?? ""] });
    expect(members.order("lobby").map(({ replicaId }) => replicaId)).toEqual([...others, first]);
    expect(take()).toEqual([["members:updated", {}]]);
  });

  it("ask for a pulse when a late one ends, and when what the others wait for is reported", async () => {
    const { members, clock, answered, take } = makeMembers();
    answered({ changed: [row("a"), row("b")], late: ["b"], next_end_ms: 500 });
    take();
    await clock.advance(500);
    expect(take()).toEqual([]);
    await clock.advance(5);
    expect(take()).toEqual([["members:stale", {}]]);
    answered({ is_busy: true });
    take();
    await clock.advance(10);
    expect(take()).toEqual([["members:stale", {}]]);
    members.report({ people: 7, deployed: 2 });
    expect(take()).toEqual([]);
    members.report({ wantedPlaces: [2, 1] });
    members.report({ wantedPlaces: [1, 2] });
    members.report({ isDraining: true });
    expect(take()).toEqual([
      ["members:stale", {}],
      ["members:stale", {}],
    ]);
    expect(members.request()).toMatchObject({ people: 7, deployed: 2, wanted_places: [1, 2], is_draining: true });
  });

  it("are led by the oldest that is not late", () => {
    const { members, answered } = makeMembers();
    const changed = ["a", "b", "c"].map((id, at) => row(id, { started_at_ms: 100 - at }));
    const seniors = () => members.seniors.map(({ replicaId }) => replicaId);
    answered({ live: ["a", "b", "c"], changed });
    expect(seniors()).toEqual(["c", "b", "a"]);
    answered({ live: ["a", "b", "c"], late: ["c"] });
    expect(seniors()).toEqual(["b", "a", "c"]);
  });

  it("put this replica last for what must not wait once it has missed a renewal, as the others do, until it is renewed", async () => {
    const { members, clock, answered, take } = makeMembers();
    const live = ["a", "b", "c"];
    const changed = live.map((id) => row(id));
    answered({ live, changed }, clock.monotonicMs() - 500);
    const first = () => members.order("x").map(({ replicaId }) => replicaId);
    const before = first();
    take();
    await clock.advance(3_999);
    expect([members.isLate, first(), take()]).toEqual([false, before, []]);
    await clock.advance(1);
    const others = before.filter((id) => id !== "a");
    expect([members.isLate, first(), take()]).toEqual([true, [...others, "a"], [["members:updated", {}]]]);
    answered({ live });
    expect([members.isLate, first(), take()]).toEqual([false, before, [["members:updated", {}]]]);
  });

  it("say when the own term is over, counted from when the pulse was sent", async () => {
    const { members, clock, answered, take } = makeMembers();
    answered({ changed: [row("a"), row("b")] }, clock.monotonicMs() - 1_000);
    take();
    await clock.advance(MEMBER_TERM_MS - 1_001);
    expect([members.isCurrent, take()]).toEqual([true, [["members:updated", {}]]]);
    await clock.advance(1);
    expect([members.isCurrent, take()]).toEqual([false, [["members:term-over", {}]]]);
    members.report({ wantedPlaces: [4] });
    take();
    answered({ granted: [3, 4] });
    expect([members.isCurrent, members.granted, take()]).toEqual([true, new Set([4]), [["members:updated", {}]]]);
    members.report({ wantedPlaces: [5] });
    expect(members.granted).toEqual(new Set());
    members.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([LATE_AFTER_MS, MEMBER_TERM_MS])(
    "wait for those that lived before, after %d ms in which nobody was renewed",
    async (silenceMs) => {
      const { members, clock, answered, take } = makeMembers();
      const seen = () => members.live.map(({ replicaId, isLate }) => `${replicaId}${isLate ? " late" : ""}`);
      const live = ["a", "b", "c"];
      answered({ live, changed: live.map((id) => row(id, { places: [1] })) });
      await clock.advance(silenceMs);
      take();
      answered({ live: ["a"] });
      expect([seen(), take()]).toEqual([["a", "b late", "c late"], [["members:updated", {}]]]);
      await clock.advance(2_000);
      answered({ live: ["a", "c"] });
      expect([seen(), members.live[2]?.places, take()]).toEqual([["a", "b late", "c"], [1], [["members:updated", {}]]]);
      await clock.advance(3_005);
      expect(take()).toEqual([["members:stale", {}]]);
      answered({ live: ["a", "c"] });
      expect([seen(), take()]).toEqual([["a", "c"], [["members:changed", { joined: [], gone: ["b"] }]]]);
      // Once it goes on, one that is missing has died.
      answered({ live: ["a"] });
      expect(seen()).toEqual(["a"]);
    },
  );

  it("show figures every 5 s at most", async () => {
    const { members, clock } = makeMembers();
    let count = 0;
    members.showFigures(() => ({ count: ++count }));
    expect([members.request(), members.request()].map((sent) => "snapshot" in sent)).toEqual([true, false]);
    await clock.advance(5_000);
    expect(members.request()).toMatchObject({ snapshot: { count: 2 } });
  });

  it("ask anew for what others announce at once, and seldom enough that many replicas are no storm", async () => {
    const { members, clock, take, answered } = makeMembers();
    const ids = Array.from({ length: 200 }, (_, at) => `r${at}`);
    answered({ live: ids, changed: ids.map((id) => row(id)) });
    take();
    for (let at = 0; at < 200; at += 1) members.refresh();
    expect(take()).toEqual([["members:stale", {}]]);
    await clock.advance(399);
    // What was asked meanwhile does not stand for what was announced after it.
    answered({ live: ids });
    expect(take()).toEqual([]);
    await clock.advance(1);
    expect(take()).toEqual([["members:stale", {}]]);
    members.refresh();
    members.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
