import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readFleet, readReplicas } from "../src/replicas/fleet-view.ts";

interface Renewed {
  readonly live: readonly string[];
  readonly late: readonly string[];
  readonly granted: readonly number[];
  readonly next_end_ms: number | null;
  readonly changed: readonly { readonly replica_id: string; readonly revision: number }[];
}

const OWN = {
  ...{ protocol: 1, version: "1.2.3", role: "all", is_draining: false, people: null, target: null },
  ...{ bot_max: 100, deployed: 0, wanted_places: [], term_ms: 60_000, late_after_ms: 30_000, known: {} },
};

describe.each(backends())("rows of replicas on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => test.database.query("delete from shoal.replicas"));

  const renew = async (
    replicaId: string,
    more: object = {},
    sql: Pick<TestDatabase["database"], "query"> = test.database,
  ) => {
    const [row] = await sql.query<{ renewed: Renewed }>("select shoal.replica_renew(($1::text)::jsonb) as renewed", [
      JSON.stringify({ ...OWN, replica_id: replicaId, ...more }),
    ]);
    if (!row) throw new Error("a renewal has an answer");
    return row.renewed;
  };
  /** Lets the term of a replica end, or its renewal be long ago. */
  const age = (replicaId: string, ms: number) =>
    test.database.query(
      `update shoal.replicas set renewed_at = renewed_at - $2::float8 * interval '1 ms', expires_at = expires_at - $2::float8 * interval '1 ms'
       where replica_id = $1`,
      [replicaId, ms],
    );

  it("say who lives, who is late and when it ends, and what is not known yet", async () => {
    await renew("a");
    expect(await renew("b", { known: { a: 1 } })).toMatchObject({ changed: [{ replica_id: "b", revision: 1 }] });
    await renew("a", { target: 15, known: { a: 1 } });
    const answer = await renew("b", { known: { a: 1, b: 1 } });
    expect(answer).toMatchObject({
      late: [],
      next_end_ms: null,
      changed: [{ replica_id: "a", revision: 2, target: 15 }],
    });
    expect(answer.live.toSorted()).toEqual(["a", "b"]);
    await age("a", 40_000);
    const late = await renew("b", { known: { a: 2, b: 1 } });
    expect(late).toMatchObject({ late: ["a"], changed: [] });
    expect(late.next_end_ms).toBeLessThanOrEqual(20_000);
    await age("a", 20_000);
    expect(await renew("b", { known: { a: 2, b: 1 } })).toMatchObject({ live: ["b"], late: [], changed: [] });
    await test.database.query("select shoal.replica_gone('b')");
    expect(await renew("c")).toMatchObject({ live: ["c"] });
  });

  it("grant a place to one live replica, and what a dead one had to others, also when it comes back", async () => {
    expect(await renew("a", { wanted_places: [3, 1, 2] })).toMatchObject({ granted: [1, 2, 3] });
    expect(await renew("b", { wanted_places: [2, 3, 4] })).toMatchObject({ granted: [4] });
    await renew("a", { wanted_places: [1] });
    expect(await renew("b", { wanted_places: [1, 2, 3, 4] })).toMatchObject({ granted: [2, 3, 4] });
    await age("b", 61_000);
    expect(await renew("a", { wanted_places: [1, 2] })).toMatchObject({ granted: [1, 2] });
    expect(await renew("b", { wanted_places: [2, 3, 4] })).toMatchObject({ granted: [3, 4] });
  });

  it("grant each place once, however many ask at a time", async () => {
    const places = Array.from({ length: 40 }, (_, at) => at + 1);
    const databases = Array.from({ length: 6 }, () => test.connect());
    const rounds = Array.from({ length: 5 }, (_, round) => round);
    for (const round of rounds) {
      const answers = await Promise.all(
        databases.map((database, at) =>
          renew(`r${at}`, { wanted_places: places.filter((n) => (n + at + round) % 3 > 0) }, database),
        ),
      );
      const granted = answers.flatMap((answer) => answer.granted);
      expect(new Set(granted).size).toBe(granted.length);
    }
  });

  it("leave to a replica that was away what nobody else was granted meanwhile", async () => {
    await renew("a", { wanted_places: [1, 2, 3] });
    await age("a", 61_000);
    expect(await renew("b", { wanted_places: [3, 9] })).toMatchObject({ granted: [3, 9] });
    await test.database.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtextextended('shoal.replicas.places', 0))");
      expect(await renew("a", { wanted_places: [1, 2, 3] })).toMatchObject({ granted: [1, 2], is_busy: true });
    });
    expect(await renew("a", { wanted_places: [1, 2] })).toMatchObject({ granted: [1, 2], is_busy: false });
  });

  it("are renewed without new places while others are granted some", async () => {
    await renew("a", { wanted_places: [1, 2] });
    await test.database.transaction(async (tx) => {
      await renew("b", { wanted_places: [9] }, tx);
      expect(await renew("a", { wanted_places: [2, 3] })).toMatchObject({ granted: [2], is_busy: true });
    });
    expect(await renew("a", { wanted_places: [2, 3] })).toMatchObject({ granted: [2, 3], is_busy: false });
  });

  it("keep after their term what nobody has been granted any of, also while others are granted some", async () => {
    await renew("a", { wanted_places: [1, 2] });
    await age("a", 61_000);
    await test.database.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock(hashtextextended('shoal.replicas.places', 0))");
      expect(await renew("a", { wanted_places: [1, 2] })).toMatchObject({ granted: [1, 2], is_busy: false });
    });
    await age("a", 61_000);
    expect(await renew("b", { wanted_places: [2] })).toMatchObject({ granted: [2] });
    expect(await renew("a", { wanted_places: [1, 2] })).toMatchObject({ granted: [1] });
  });

  it("announce what others wait for, and nothing else", async () => {
    const heard: string[] = [];
    const listener = await test.database.listen(
      "shoal_replicas",
      (payload) => void heard.push(payload ?? ""),
      () => {},
    );
    await renew("a");
    await renew("a", { people: 3, deployed: 1, snapshot: { bots: 1 } });
    await renew("a", { people: 3, deployed: 1, wanted_places: [1] });
    await renew("a", { people: 3, deployed: 1, wanted_places: [1] });
    await renew("a", { people: 3, deployed: 1, wanted_places: [1], is_draining: true });
    await renew("end");
    await expect.poll(() => heard).toEqual(["a", "a", "a", "end"]);
    await listener.close();
    const [{ snapshot } = {}] = await test.database.query("select snapshot from shoal.replicas where replica_id = 'a'");
    expect(snapshot).toEqual({ bots: 1 });
  });

  it("are shown to people as the database judges them, with the matches of their bots, those lost lately too", async () => {
    await renew("a", { people: 60, target: 15, wanted_places: [1, 2], snapshot: { sockets: 4 } });
    for (const id of ["late", "lost", "old"]) await renew(id);
    await renew("leaving", { is_draining: true });
    await age("late", 6_000);
    await age("lost", 60_000 + 1_000);
    await age("old", 60_000 + 601_000);
    await test.database.query(
      `insert into shoal.matches (match_id, room_id, replica_id, status, confirm_by, live_at)
       select gen_random_uuid(), gen_random_uuid(), replica, status, now(), case status when 'live' then now() end
       from unnest(array['a', 'a', 'a', 'lost'], array['live', 'live', 'pending', 'live']) t (replica, status)`,
    );
    const rows = await readReplicas(test.database);
    const fleet = await readFleet(test.database);
    expect(fleet).toMatchObject({ people: 60, target: 15, wanted_replicas: 2 });
    const shown = fleet.replicas.map((replica) => [
      ...[replica.replica_id, replica.state, replica.places, replica.matches_live, replica.sockets],
    ]);
    expect(shown.toSorted()).toEqual([
      ["a", "live", 2, 2, 4],
      ["late", "late", 0, 0, null],
      ["leaving", "draining", 0, 0, null],
      ["lost", "lost", 0, 1, null],
    ]);
    expect(rows.find((row) => row.replica_id === "lost")?.renewed_ago_ms).toBeGreaterThanOrEqual(61_000);
  });

  it("forget those that died ten minutes ago, when another one comes, also where nobody wants a place", async () => {
    await renew("old", { role: "worker" });
    await renew("a", { role: "worker" });
    await age("old", 60_000 + 601_000);
    await renew("b", { role: "worker" });
    const ids = await test.database.query("select replica_id from shoal.replicas order by replica_id");
    expect(ids).toEqual([{ replica_id: "a" }, { replica_id: "b" }]);
  });

  it.each(["a", "new"])("do not live on after the clock was set back, as %s sees it", async (id) => {
    const hourMs = 3_600_000;
    await renew("a", { wanted_places: [1] });
    await renew("dead", { wanted_places: [2] });
    for (const each of ["a", "dead"]) await age(each, -hourMs);
    expect(await renew(id, { wanted_places: [1] })).toMatchObject({ live: expect.arrayContaining(["a", "dead"]) });
    await age("dead", 61_000);
    expect(await renew(id, { wanted_places: [2] })).toMatchObject({ granted: [2] });
  });

  it("are renewed by a beat, which says what is due as the pulse does", async () => {
    const replica = JSON.stringify({ ...OWN, replica_id: "w", role: "worker" });
    const [beat] = await test.database.query(
      "select shoal.beat(($1::text)::jsonb, '{jobs,hand_overs}', '{}') as outlook",
      [replica],
    );
    expect(beat?.["outlook"]).toMatchObject({
      due: { jobs: null, hand_overs: null },
      unannounced: [],
      members: { live: ["w"] },
    });
  });
});
