import { randomUUID } from "node:crypto";
import { backends, emptyTables, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type HandOverStore, type Offer, sqlHandOverStore } from "../src/fleet/hand-over/store.ts";

const OFFER: Offer = {
  ...{ roomId: "r", partner: { id: "ann", name: "Ann" }, botId: "bot-a-3", name: "Mika", kind: "conversation" },
  ...{ place: 3, deployed: null },
};
const DEPLOYED: Offer = {
  ...OFFER,
  ...{ botId: "mine", place: null },
  deployed: { config: { idle_ms: 5000 }, generation: 2, isPaused: true, isOperators: false },
};

describe.each(backends())("hand-overs on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let a: HandOverStore;
  let b: HandOverStore;
  let c: HandOverStore;
  let matchId: string;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    [a, b, c] = ["a", "b", "c"].map((id) => sqlHandOverStore(test.database, id)) as [
      HandOverStore,
      HandOverStore,
      HandOverStore,
    ];
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const query = <Row extends object>(text: string, params: readonly unknown[] = []) =>
    test.database.query<Row>(text, params as string[]);

  beforeEach(async () => {
    await emptyTables(test.database, [
      ...["shoal.hand_overs", "shoal.match_seats", "shoal.match_tickets", "shoal.matches", "shoal.replicas"],
      ...["shoal.leases", "public.bot_deployments"],
    ]);
    for (const id of ["a", "b", "c"]) {
      await query(
        `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, renewed_at, expires_at, bot_max, places)
         values ($1, 1, '1', 'all', $1 = 'a', now(), now() + interval '1 minute', 9, case when $1 = 'a' then array[3] else array[8] end)`,
        [id],
      );
      await query("insert into shoal.leases values (shoal.match_lease_name($1), $1, 1, now() + interval '1 minute')", [
        id,
      ]);
    }
    matchId = await addMatch("live");
  });

  async function addMatch(status: "pending" | "live", botId = "bot-a-3"): Promise<string> {
    const [id, ticketId] = [randomUUID(), randomUUID()];
    await query(
      `insert into shoal.matches (match_id, room_id, status, replica_id, confirm_by, live_at)
       values ($1::text::uuid, gen_random_uuid(), $2, 'a', now() + interval '8 s', case when $2 = 'live' then now() end)`,
      [id, status],
    );
    await query(
      `insert into shoal.match_tickets (id, user_id, status, match_id)
       values ($2::text::uuid, $2, case when $3 = 'live' then 'matched' else 'reserved' end, $1::text::uuid)`,
      [id, ticketId, status],
    );
    await query(
      `insert into shoal.match_seats values ($1::text::uuid, 1, $2, 'Ann', false, $2::text::uuid, null, now(), true),
         ($1::text::uuid, 2, $3, 'Mika', true, null, 'a', now(), true)`,
      [id, ticketId, botId],
    );
    return id;
  }

  async function ownerOf(id = matchId) {
    const [row] = await query<{ replica: string; seat: string }>(
      `select m.replica_id as replica, s.replica_id as seat from shoal.matches m join shoal.match_seats s using (match_id)
       where m.match_id = $1::text::uuid and s.bot`,
      [id],
    );
    return row;
  }
  const places = async () =>
    Object.fromEntries(
      (
        await query<{ replica_id: string; places: number[]; revision: string }>(
          "select replica_id, places, revision from shoal.replicas",
        )
      ).map(({ replica_id, places, revision }) => [replica_id, { places, revision: Number(revision) }]),
    );
  const end = (id = matchId) => query("select shoal.match_end($1::text::uuid, 'left', null)", [id]);
  const mail = async (replicaId: string) => {
    const [row] = await query<{ mail: number | null }>("select shoal.replica_mail($1) as mail", [replicaId]);
    return row?.mail;
  };

  it("go from the offer to the bot that is present: match, seat and place are the taker's, and nothing is left of what was said", async () => {
    expect(await a.offer(matchId, "b", OFFER)).toBe(true);
    expect(await b.read()).toEqual([{ matchId, giver: "a", taker: "b", state: "offered", offer: OFFER, memory: null }]);
    expect([await mail("a"), await mail("b"), await mail("c")]).toEqual([0, 0, null]);
    expect(await a.give(matchId, "b", "{}")).toBe("kept");
    expect(await b.answer(matchId, "present")).toBe(false);
    expect(await b.answer(matchId, "ready")).toBe(true);
    expect(await a.read()).toEqual([{ matchId, giver: "a", taker: "b", state: "ready", offer: null, memory: null }]);
    expect(await a.give(matchId, "b", '"\\u0000 secret"')).toBe("given");
    expect(await ownerOf()).toEqual({ replica: "b", seat: "b" });
    expect(await places()).toEqual({
      a: { places: [], revision: 2 },
      b: { places: [8, 3], revision: 2 },
      c: { places: [8], revision: 1 },
    });
    expect(await b.read()).toMatchObject([{ state: "given", memory: '"\\u0000 secret"' }]);
    expect(await a.read()).toMatchObject([{ state: "given", memory: null }]);
    expect(await b.answer(matchId, "present")).toBe(true);
    expect([await a.read(), await b.read(), await mail("a")]).toEqual([[], [], null]);
  });

  it("give no place that another replica has been granted meanwhile, because the giver was away", async () => {
    await query(
      "update shoal.replicas set places = case replica_id when 'a' then '{7}' else '{8,3}'::integer[] end where replica_id <> 'b'",
    );
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    expect(await a.give(matchId, "b", "{}")).toBe("given");
    expect(await ownerOf()).toEqual({ replica: "b", seat: "b" });
    expect(await places()).toEqual({
      a: { places: [7], revision: 1 },
      b: { places: [8], revision: 1 },
      c: { places: [8, 3], revision: 1 },
    });
  });

  it("are given once, however often an answer is lost", async () => {
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    expect([await a.give(matchId, "b", "1"), await a.give(matchId, "b", "2")]).toEqual(["given", "given"]);
    expect(await b.read()).toMatchObject([{ memory: "1" }]);
    await b.answer(matchId, "present");
    expect(await a.give(matchId, "b", "3")).toBe("given");
    expect(await b.read()).toEqual([]);
    // The taker has given it on.
    expect(await b.offer(matchId, "c", OFFER)).toBe(true);
    await c.answer(matchId, "ready");
    expect([await b.give(matchId, "c", "4"), await a.give(matchId, "b", "5")]).toEqual(["given", "over"]);
    expect(await ownerOf()).toEqual({ replica: "c", seat: "c" });
  });

  it.each([
    ["is draining", "update shoal.replicas set is_draining = true where replica_id = 'b'"],
    ["is dead", "update shoal.replicas set expires_at = now() - interval '1 s' where replica_id = 'b'"],
    ["is gone", "delete from shoal.replicas where replica_id = 'b'"],
    ["pairs nobody any more", "update shoal.leases set expires_at = now() - interval '1 s' where holder = 'b'"],
  ])("keep the match at the giver while the taker %s", async (_, change) => {
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    await query(change);
    expect(await a.give(matchId, "b", "1")).toBe("kept");
    expect(await ownerOf()).toEqual({ replica: "a", seat: "a" });
    expect((await places()).a).toEqual({ places: [3], revision: 1 });
  });

  it("stay ready when the same is offered again, because an answer was lost", async () => {
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    await a.offer(matchId, "b", OFFER);
    expect(await a.give(matchId, "b", "1")).toBe("given");
  });

  it("go to the next one when the first refuses or is left out, and the first can do nothing then", async () => {
    await a.offer(matchId, "b", OFFER);
    expect(await b.answer(matchId, "refused")).toBe(true);
    expect(await a.read()).toMatchObject([{ state: "refused" }]);
    expect(await a.offer(matchId, "c", OFFER)).toBe(true);
    expect(await b.read()).toEqual([]);
    expect([await b.answer(matchId, "ready"), await c.answer(matchId, "ready")]).toEqual([false, true]);
    expect([await a.give(matchId, "b", "1"), await a.give(matchId, "c", "1")]).toEqual(["kept", "given"]);
    expect(await c.answer(matchId, "refused")).toBe(false);
  });

  it("are taken back while they are not given", async () => {
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    await a.withdraw(matchId);
    expect([await b.read(), await a.give(matchId, "b", "1")]).toEqual([[], "kept"]);
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    await a.give(matchId, "b", "1");
    await a.withdraw(matchId);
    expect(await b.read()).toMatchObject([{ state: "given" }]);
  });

  it("are of live matches of their giver alone, and end with the match", async () => {
    const pending = await addMatch("pending", "bot-a-4");
    expect([await a.offer(pending, "b", OFFER), await c.offer(matchId, "b", OFFER)]).toEqual([false, false]);
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    await a.give(matchId, "b", "secret");
    await end();
    expect(await query("select * from shoal.hand_overs")).toEqual([]);
    expect([await a.give(matchId, "b", "1"), await b.answer(matchId, "present")]).toEqual(["over", false]);
    expect(await a.offer(matchId, "b", OFFER)).toBe(false);
  });

  it("take the lease and the deployment of a deployed bot along, or nothing", async () => {
    await query("insert into shoal.leases values ('bot:mine', 'a', 7, now() + interval '5 s')");
    await query(
      "insert into public.bot_deployments (bot_id, kind, name, desired, status, replica) values ('mine', 'k', 'n', 'running', 'running', 'a')",
    );
    await a.offer(matchId, "b", DEPLOYED);
    expect((await b.read())[0]?.offer).toEqual(DEPLOYED);
    await b.answer(matchId, "ready");
    await query("update shoal.leases set expires_at = now() - interval '1 s' where resource = 'bot:mine'");
    expect(await a.give(matchId, "b", "1")).toBe("kept");
    await query("update shoal.leases set expires_at = now() + interval '5 s' where resource = 'bot:mine'");
    expect(await a.give(matchId, "b", "1")).toBe("given");
    const lease = "select holder, epoch::int, expires_at > now() + interval '8 s' as is_fresh from shoal.leases";
    expect(await query(`${lease} where resource = 'bot:mine'`)).toEqual([{ holder: "b", epoch: 8, is_fresh: true }]);
    expect(await query("select replica, status from public.bot_deployments")).toEqual([
      { replica: "b", status: "running" },
    ]);
    expect((await places()).a).toEqual({ places: [3], revision: 1 });
  });

  it("refuse a memory that is too large, and give nothing then", async () => {
    await a.offer(matchId, "b", OFFER);
    await b.answer(matchId, "ready");
    await expect(a.give(matchId, "b", "x".repeat(262_145))).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
    expect(await ownerOf()).toEqual({ replica: "a", seat: "a" });
    expect(await a.give(matchId, "b", "x".repeat(262_144))).toBe("given");
  });

  it("read as null an offer that another version wrote in a way that is not known", async () => {
    await a.offer(matchId, "b", OFFER);
    await query("update shoal.hand_overs set offer = '{\"room\": 1}'");
    expect(await b.read()).toMatchObject([{ matchId, offer: null }]);
  });
});
