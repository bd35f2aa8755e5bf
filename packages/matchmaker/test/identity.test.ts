import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  brokenPromises,
  emptyMatchTables,
  type LoggedEvent,
  makeReplica,
  makeWorld,
  type Replica,
  type World,
} from "./support.ts";

const ANN = "a0000000-0000-4000-8000-000000000001";
const BOB = "b0000000-0000-4000-8000-000000000002";
const NOBODY = "00000000-0000-4000-8000-00000000dead";

interface State {
  readonly ticket_id: string;
  readonly status: string;
  readonly closed_reason: string | null;
  readonly match_id: string | null;
  readonly room_id: string | null;
  readonly is_confirmed: boolean;
  readonly partner: { readonly id: string; readonly name: string; readonly bot: boolean } | null;
}

describe.each(backends())("signed-in people on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let world: World;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(async () => {
    await emptyMatchTables(test.database);
    world = makeWorld(test.database);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** Runs a statement as PostgREST and Realtime do it for that user. */
  const as = <Row extends object>(sub: string | null, statement: string, role = "authenticated"): Promise<Row[]> =>
    test.database.transaction(async (tx) => {
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ role, sub })]);
      await tx.query(`set local role ${role}`);
      return tx.query<Row>(statement);
    });
  const call = async (sub: string, expression: string): Promise<State> => {
    const [row] = await as<{ state: State }>(sub, `select public.${expression} as state`);
    return row?.state as State;
  };
  const wait = (sub: string, ...args: string[]) => call(sub, `match_wait(${args.join()})`);
  /** Says whether that user has a seat in the room, with the rights that a policy has: it is not looked up by its name. */
  const hasSeat = async (sub: string | null, roomId: string, role = "authenticated") => {
    await test.database.script(`
      create or replace view public.seat_probe as select r, shoal.has_open_seat(r) as has_seat from (values ('${roomId}')) as t (r);
      grant select on public.seat_probe to anon, authenticated, service_role;`);
    const [row] = await as<{ has_seat: boolean }>(sub, "select has_seat from public.seat_probe", role);
    return row?.has_seat;
  };

  it("wait, are matched, find their match again, confirm and talk, each in the own name", async () => {
    const replica = makeReplica(world);
    const ann = await wait(ANN, "'Ann'", `'{"likes": ["chess"]}'`);
    expect(ann).toMatchObject({ status: "waiting", match_id: null, partner: null });
    expect((await wait(ANN)).ticket_id).toBe(ann.ticket_id);
    await wait(BOB);
    await replica.cycle();
    const [made] = replica.seen("match:made");
    const reserved = await wait(ANN);
    expect(reserved).toEqual({
      ...{ ticket_id: ann.ticket_id, status: "reserved", closed_reason: null, is_confirmed: false },
      ...{ match_id: made?.match.matchId, room_id: made?.match.roomId, confirm_by: expect.any(String) },
      partner: { id: BOB, name: BOB, bot: false },
    });
    const confirm = `match_confirm('${reserved.match_id}')`;
    expect(await call(ANN, confirm)).toMatchObject({ status: "reserved", is_confirmed: true });
    expect(await call(BOB, confirm)).toMatchObject({ status: "matched", partner: { id: ANN, name: "Ann" } });
    expect(await wait(ANN)).toMatchObject({ ticket_id: ann.ticket_id, status: "matched", confirm_by: null });
    expect(await test.database.query("select user_id, source, attributes from shoal.match_tickets order by 1")).toEqual(
      [
        { user_id: ANN, source: "api", attributes: { likes: ["chess"] } },
        { user_id: BOB, source: "api", attributes: {} },
      ],
    );
  });

  it("leave a live match, and the replica of the bot in it hears of that in its next cycle", async () => {
    const replica = makeReplica(world, { bots: ["x"], policy: { botAfterMs: 0 } });
    await wait(ANN);
    await replica.cycle();
    const { match_id: matchId } = await wait(ANN);
    await replica.matchmaker.confirm(matchId ?? "", "x");
    await call(ANN, `match_confirm('${matchId}')`);
    await world.passTime(1_000);
    await replica.cycle();
    expect(replica.seen("match:live")).toMatchObject([{ matchId }]);
    expect(await call(ANN, "match_cancel()")).toMatchObject({
      status: "closed",
      closed_reason: "cancelled",
      room_id: null,
    });
    expect(await call(ANN, "match_cancel()")).toBeNull();
    await world.passTime(1_000);
    await replica.cycle();
    expect(replica.seen("match:ended")).toMatchObject([{ matchId, reason: "cancelled" }]);
    expect(replica.fleet.busy.size).toBe(0);
    expect(await brokenPromises(test.database)).toEqual([]);
    expect((await wait(ANN)).status).toBe("waiting");
  });

  it("are told of by one of several replicas, whatever they do, and counted by all", async () => {
    const replicas = ["r1", "r2"].map((id) => makeReplica(world, { id }));
    const [one, two] = replicas as [Replica, Replica];
    const cycles = async () => {
      await world.passTime(1_000);
      await Promise.all(replicas.map((replica) => replica.cycle()));
    };
    const told = (...names: readonly LoggedEvent["name"][]) =>
      replicas.flatMap(({ log }) => log.map(({ name }) => name).filter((name) => names.includes(name))).sort();
    await wait(ANN);
    await one.matchmaker.openTicket({ userId: BOB, source: "api" });
    await cycles();
    expect(told("ticket:opened", "match:made")).toEqual(["match:made", "ticket:opened", "ticket:opened"]);
    const { match_id: matchId } = await wait(ANN);
    for (const person of [ANN, BOB, BOB]) await call(person, `match_confirm('${matchId}')`);
    await cycles();
    expect(told("match:live")).toEqual(["match:live"]);
    expect([one.matchmaker.liveCount, two.matchmaker.liveCount]).toEqual([1, 1]);
    await call(ANN, "match_cancel()");
    await cycles();
    await cycles();
    expect(told("match:ended", "ticket:closed")).toEqual(["match:ended", "ticket:closed", "ticket:closed"]);
    expect([one.matchmaker.liveCount, two.matchmaker.liveCount]).toEqual([0, 0]);
    expect(await test.database.query("select from shoal.match_untold")).toEqual([]);
  });

  it("are told of once where a bot is their partner, by its replica", async () => {
    const one = makeReplica(world, { id: "r1", bots: ["x"], policy: { botAfterMs: 0 } });
    const two = makeReplica(world, { id: "r2" });
    await wait(ANN);
    await one.cycle();
    const { match_id: matchId } = await wait(ANN);
    await one.matchmaker.confirm(matchId ?? "", "x");
    await call(ANN, `match_confirm('${matchId}')`);
    await call(ANN, "match_cancel()");
    await world.passTime(1_000);
    for (const replica of [two, one]) await replica.cycle();
    expect(one.seen("match:ended")).toMatchObject([{ matchId, reason: "cancelled" }]);
    expect(two.seen("match:ended")).toEqual([]);
    expect([...one.seen("ticket:closed"), ...two.seen("ticket:closed")]).toHaveLength(1);
  });

  it("may not confirm a match that is over, unknown or of others", async () => {
    const replica = makeReplica(world);
    for (const userId of ["eve", "dan"]) await replica.matchmaker.openTicket({ userId, source: "api" });
    await wait(ANN);
    await replica.cycle();
    const others = replica.seen("match:made")[0]?.match.matchId;
    for (const id of [others, NOBODY]) {
      await expect(call(BOB, `match_confirm('${id}')`)).rejects.toMatchObject({ details: { sqlstate: "22023" } });
    }
    await expect(call(BOB, "match_confirm(null)")).rejects.toMatchObject({ details: { sqlstate: "22023" } });
  });

  it.each([
    ["an empty name", "''", "'{}'"],
    ["a blank name", "'  '", "'{}'"],
    ["a name of 81 characters", "repeat('x', 81)", "'{}'"],
    ["a name with a line break", "E'a\\nb'", "'{}'"],
    ["a name with a control character beyond ASCII", "E'a\\u009bb'", "'{}'"],
    ["attributes that are no object", "'a'", "'[]'"],
    ["attributes of more than 1 KB", "'a'", "jsonb_build_object('a', repeat('x', 1024))"],
    ["attributes that are nested deep", "'a'", `'{"a": {"b": {"c": {"d": 1}}}}'`],
    ["attributes of 400 arrays", "'a'", "('{\"a\":' || repeat('[', 400) || repeat(']', 400) || '}')::jsonb"],
  ])("are refused with %s, and get no ticket", async (_what, name, attributes) => {
    await expect(wait(ANN, name, attributes)).rejects.toMatchObject({ details: { sqlstate: "22023" } });
    expect(await test.database.query("select from shoal.match_tickets")).toEqual([]);
  });

  it("may use each letter in 80 of a name, no name, and attributes up to the limits", async () => {
    for (const [name, attributes] of [
      ["repeat('\u{1F41F}', 80)", "null"],
      ["null", `'{"a": {"b": {"c": 1}}}'`],
      ["'O''Neil 李'", "jsonb_build_object('a', repeat('x', 1000))"],
    ] as const) {
      expect((await wait(ANN, name, attributes)).status).toBe("waiting");
      await call(ANN, "match_cancel()");
    }
  });

  it("cannot fill the table: 30 waits begin within a minute", async () => {
    for (let count = 0; count < 30; count += 1) {
      await wait(ANN);
      await call(ANN, "match_cancel()");
    }
    await expect(wait(ANN)).rejects.toMatchObject({ details: { sqlstate: "54000" } });
    const { matchmaker } = makeReplica(world);
    const byPerson = { userId: ANN, source: "api", isByPerson: true } as const;
    await expect(matchmaker.openTicket(byPerson)).rejects.toMatchObject({
      code: "MATCH_TOO_MANY_WAITS",
      retryable: true,
    });
    expect((await wait(BOB)).status).toBe("waiting");
    // The app's server answers for itself; and a wait that is open already can be asked for as often as one likes.
    const { id } = await matchmaker.openTicket({ userId: ANN, source: "api" });
    expect([await matchmaker.openTicket(byPerson), await wait(ANN)]).toMatchObject([
      { id, outcome: "known" },
      { ticket_id: id },
    ]);
  });

  it.each(["match_wait()", `match_confirm('${NOBODY}')`, "match_cancel()"])(
    "alone may call %s: others learn what to do, or that they may not",
    async (expression) => {
      const statement = `select public.${expression}`;
      const denied = { details: { sqlstate: "42501" } };
      for (const sub of [null, "", "not a uuid"]) {
        await expect(as(sub, statement)).rejects.toMatchObject({
          ...denied,
          message: expect.stringMatching(/signed in/),
        });
      }
      for (const role of ["anon", "service_role"]) {
        await expect(as(ANN, statement, role)).rejects.toMatchObject({
          ...denied,
          message: expect.stringMatching(/permission denied for function/),
        });
      }
    },
  );

  it("see the room they have a seat in, from the match until its end, and nobody else does", async () => {
    const replica = makeReplica(world);
    await wait(ANN);
    await wait(BOB);
    await replica.cycle();
    const { room_id: roomId, match_id: matchId } = await wait(ANN);
    const room = roomId ?? "";
    expect([await hasSeat(ANN, room), await hasSeat(BOB, room)]).toEqual([true, true]);
    for (const sub of [ANN, BOB]) await call(sub, `match_confirm('${matchId}')`);
    expect(await hasSeat(ANN, room)).toBe(true);
    for (const other of [NOBODY, null, "not a uuid"]) expect(await hasSeat(other, room)).toBe(false);
    expect(await hasSeat(null, room, "service_role")).toBe(false);
    await expect(hasSeat(ANN, room, "anon")).rejects.toMatchObject({ details: { sqlstate: "42501" } });
    await call(BOB, "match_cancel()");
    expect([await hasSeat(ANN, room), await hasSeat(BOB, room)]).toEqual([false, false]);
  });

  it.each(["", "x", "room", NOBODY, `${NOBODY} `, `{${NOBODY}}`, `${NOBODY}\n`, "9".repeat(10_000)])(
    "have no seat in the room %j, and asking raises nothing",
    async (roomId) => {
      expect(await hasSeat(ANN, roomId)).toBe(false);
    },
  );

  it("are looked for by indexes, however many seats there are", async () => {
    await test.database.query(
      `with made as (
         insert into shoal.matches (match_id, room_id, status, confirm_by, live_at)
         select md5('match' || n)::uuid, md5('room' || n)::uuid, 'live', now(), now() from generate_series(1, 20000) n
       )
       insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id)
       select md5('match' || n)::uuid, seat, md5('person' || n || seat)::uuid::text, 'p', false, gen_random_uuid(), null
       from generate_series(1, 20000) n, generate_series(1, 2) seat`,
    );
    const [person] = await test.database.query<{ id: string; room: string }>(
      "select md5('person' || 7777 || 1)::uuid::text as id, md5('room' || 7777)::uuid::text as room",
    );
    const touched = async (sub: string) => {
      return test.database.transaction(async (tx) => {
        await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub })]);
        await tx.query("select shoal.has_open_seat($1)", [person?.room ?? ""]);
        const [plan] = await tx.query<{ "QUERY PLAN": { Plan: Record<string, number> }[] }>(
          `explain (analyze, buffers, format json) select shoal.has_open_seat('${person?.room}')`,
        );
        const { Plan } = plan?.["QUERY PLAN"][0] ?? { Plan: {} };
        return (Plan["Shared Hit Blocks"] ?? 0) + (Plan["Shared Read Blocks"] ?? 0);
      });
    };
    // Reading either table whole touches more than 200 blocks; the look-ups touch the heights of two trees.
    const blocks = await touched(person?.id ?? "");
    expect(blocks).toBeGreaterThan(3);
    expect(blocks).toBeLessThan(40);
    await test.database.query("analyze shoal.matches, shoal.match_seats");
    expect(await touched(person?.id ?? "")).toBeLessThan(40);
    expect(await hasSeat(person?.id ?? "", person?.room ?? "")).toBe(true);
  });

  it("cannot read or write a table of Shoal, nor call anything else of it", async () => {
    const tables = await test.database.query<{ name: string }>(
      "select oid::regclass::text as name from pg_class where relnamespace = 'shoal'::regnamespace and relkind in ('r', 'v', 'S')",
    );
    expect(tables.length).toBeGreaterThan(10);
    const open = await test.database.query(
      `select rolname, c.oid::regclass::text from pg_roles, pg_class c
       where rolname in ('anon', 'authenticated') and c.relnamespace = 'shoal'::regnamespace and (
         c.relkind in ('r', 'v') and has_table_privilege(rolname, c.oid, 'select, insert, update, delete, truncate, references, trigger')
         or c.relkind = 'S' and has_sequence_privilege(rolname, c.oid, 'usage, select, update')
       )`,
    );
    expect(open).toEqual([]);
    for (const role of ["anon", "authenticated"]) {
      await expect(as(ANN, "select 1 from shoal.match_tickets", role)).rejects.toMatchObject({
        details: { sqlstate: "42501" },
      });
      await expect(as(ANN, "select shoal.ticket_close('{}', 'x', false)", role)).rejects.toMatchObject({
        details: { sqlstate: "42501" },
      });
    }
    const callable = await test.database.query(
      `select p.oid::regprocedure::text as name, array_agg(rolname::text order by rolname) as roles
       from pg_proc p, pg_roles where pronamespace::regnamespace::text in ('shoal', 'public')
         and rolname in ('anon', 'authenticated', 'service_role') and has_function_privilege(rolname, p.oid, 'execute')
       group by p.oid order by 1`,
    );
    expect(callable).toEqual([
      { name: "bot_memory_allow(boolean)", roles: ["authenticated"] },
      { name: "match_block(uuid,text)", roles: ["authenticated"] },
      { name: "match_cancel()", roles: ["authenticated"] },
      { name: "match_confirm(uuid)", roles: ["authenticated"] },
      { name: "match_report(uuid,text)", roles: ["authenticated"] },
      { name: "match_unblock(text)", roles: ["authenticated"] },
      { name: "match_wait(text,jsonb)", roles: ["authenticated"] },
      { name: "shoal.has_open_seat(text)", roles: ["authenticated", "service_role"] },
      { name: "shoal.request_uid()", roles: ["service_role"] },
    ]);
  });
});
