import { createSystemRuntime } from "@shoal/kernel";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeKeys } from "../src/index.ts";
import { type ApiProject, startApiProject } from "./support/api-project.ts";

const FUNCTIONS = `
  create function public.add_up(a integer, b integer default 10) returns integer language sql immutable as 'select a + b';
  create function public.whoami() returns jsonb language sql stable as $$
    select jsonb_build_object('role', current_user, 'session', session_user, 'uid', auth.uid(), 'sub', auth.jwt() ->> 'sub',
      'old_sub', current_setting('request.jwt.claim.sub', true), 'method', current_setting('request.method', true),
      'team', current_setting('request.headers', true)::jsonb ->> 'x-team')
  $$;
  create function public.nothing() returns void language sql as '';
  create function public.texts() returns setof text language sql as $$ values ('a'), (null), ('c') $$;
  create function public.pairs(n integer) returns table (id integer, big bigint) language sql as
    'select i, 9007199254740993 from generate_series(1, n) i';
  create function public.one_pair_each(n integer) returns table (id integer) language sql as 'select generate_series(1, n)';
  create function public.one_pair(out id integer, out name text) language sql as $$ select 1, 'x' $$;
  create function public.echo(payload jsonb, tags text[]) returns jsonb language sql as
    'select jsonb_build_object(''payload'', payload, ''tags'', tags)';
  create function public.refuse(code text) returns void language plpgsql as
    $$ begin raise exception 'no' using errcode = code, detail = 'because', hint = 'do'; end $$;
  create function public.escalate(r text) returns text language plpgsql as
    $$ begin perform set_config('role', r, true); return current_user; end $$;
  create function public.numbers() returns integer[] language sql as 'select array[1, 2]';
  create function public.closed() returns integer language sql as 'select 1';
  revoke execute on function public.closed() from public, anon, authenticated;
  create function public.overloaded(a integer, b integer default 1) returns integer language sql as 'select 1';
  create function public.overloaded(a integer, c text default '') returns integer language sql as 'select 2';
  create function public.writes() returns void language sql as $$ insert into public.bot_control (bot_id, command) values ('w', 'X') $$;
  select shoal.open_control('owners');
  create table public.private_things (id integer);
  create type public.mood as enum ('calm', 'loud');
  create function public.feel(m public.mood) returns text language sql as 'select m::text';
`;

const ADD_STRATEGY = `
with code as (
  insert into shoal.strategy_code (id, language, source, checked) values (repeat('a', 64), 'typescript', '', '{}')
  on conflict (id) do update set language = excluded.language returning id
), added as (
  insert into shoal.strategies (owner_id, name, code_id, interval_ms, market, account, status)
  select $1::uuid, $2, id, 60000, 'synthetic', '{}', 'stopped' from code returning id, owner_id
), clock as (
  insert into shoal.strategy_clock (strategy_id, owner_id) select id, owner_id from added
)
insert into shoal.strategy_balances (strategy_id, currency, amount) select id, 'USDT', 5 from added`;

let api: ApiProject;
beforeAll(async () => {
  api = await startApiProject();
  await api.database.database.script(FUNCTIONS);
});
afterAll(() => api[Symbol.asyncDispose]());

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  api.ask(`/rest/v1${path}`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

describe("a call of a function", () => {
  it.each([
    ["a value", "add_up", { a: 1 }, 11],
    ["arguments by name", "add_up", { b: 1, a: 2 }, 3],
    ["nothing", "nothing", {}, null],
    ["a list of values", "texts", {}, ["a", null, "c"]],
    ["rows", "one_pair_each", { n: 2 }, [{ id: 1 }, { id: 2 }]],
    ["one row", "one_pair", {}, { id: 1, name: "x" }],
    ["an array", "numbers", {}, [1, 2]],
    [
      "JSON and arrays",
      "echo",
      { payload: { a: [null] }, tags: ["x", 'y"'] },
      { payload: { a: [null] }, tags: ["x", 'y"'] },
    ],
    ["a type of the project", "feel", { m: "calm" }, "calm"],
  ])("answers %s", async (_case, name, args, expected) => {
    const { data, error } = await api.client().rpc(name, args);
    expect(error).toBeNull();
    expect(data).toEqual(expected);
  });

  it("keeps the digits of large numbers", async () => {
    const response = await fetch(`${api.project.url}/rest/v1/rpc/pairs?n=1`, {
      headers: { apikey: api.project.anonKey },
    });
    expect(await response.text()).toContain("9007199254740993");
  });

  it("runs as the caller, with claims and headers, and under no role of more rights", async () => {
    const { client, userId } = await api.signedIn();
    const { data } = await client.rpc("whoami").setHeader("x-team", "red");
    expect(data).toEqual({
      role: "authenticated",
      session: "authenticator",
      uid: userId,
      sub: userId,
      old_sub: userId,
      method: "POST",
      team: "red",
    });
    expect((await api.client().rpc("whoami")).data).toMatchObject({ role: "anon", uid: null, old_sub: "" });
    const asService = api.client(api.project.serviceRoleKey);
    expect((await asService.rpc("whoami")).data).toMatchObject({ role: "service_role" });
    expect(await client.rpc("escalate", { r: "postgres" })).toMatchObject({ status: 403, error: { code: "42501" } });
  });

  it("takes arguments from the query of a GET, which may not write", async () => {
    const client = api.client();
    expect((await client.rpc("add_up", { a: 5, b: 6 }, { get: true })).data).toBe(11);
    const asService = api.client(api.project.serviceRoleKey);
    expect(await asService.rpc("writes", {}, { get: true })).toMatchObject({ status: 405, error: { code: "25006" } });
    expect((await asService.rpc("writes")).error).toBeNull();
  });

  it("is one object of a list where the client wants a single one", async () => {
    const client = api.client();
    expect((await client.rpc("pairs", { n: 1 }).single()).data).toMatchObject({ id: 1 });
    const none = await client.rpc("pairs", { n: 0 }).single();
    expect(none).toMatchObject({
      status: 406,
      error: { code: "PGRST116", details: "The result contains 0 rows", hint: null },
    });
  });

  it.each([
    ["P0001", 400],
    ["23505", 409],
    ["42501", 401],
    ["PT418", 418],
    ["54000", 500],
    ["22P02", 400],
    ["XX000", 500],
  ])("passes on what Postgres refuses with %s", async (code, status) => {
    const answer = await api.client().rpc("refuse", { code });
    expect(answer).toMatchObject({ status, error: { code, message: "no", details: "because", hint: "do" } });
  });

  it.each([
    ["an unknown function", "no_such", { a: 1 }, 404, "PGRST202"],
    ["an unknown argument", "add_up", { a: 1, z: 2 }, 404, "PGRST202"],
    ["a missing argument", "add_up", { b: 1 }, 404, "PGRST202"],
    ["a name from outside SQL", 'add_up"; drop table bot_control; --', {}, 404, "PGRST202"],
    ["a function of another schema", "pg_sleep", { seconds: 1 }, 404, "PGRST202"],
    ["a closed function", "closed", {}, 401, "42501"],
    ["several that fit", "overloaded", { a: 1 }, 300, "PGRST203"],
    ["a value of another type", "add_up", { a: "x" }, 400, "22P02"],
    ["an argument of an odd name", "add_up", { 'a" integer); --': 1 }, 404, "PGRST202"],
  ])("refuses %s", async (_case, name, args, status, code) => {
    expect(await api.client().rpc(encodeURIComponent(name), args)).toMatchObject({ status, error: { code } });
  });

  it("says which role of a signed-in user is missing, by 403", async () => {
    const { client } = await api.signedIn();
    expect(await client.rpc("closed")).toMatchObject({ status: 403, error: { code: "42501" } });
  });

  it.each([
    ["no JSON", "{", 400],
    ["a list of arguments", "[1]", 400],
    ["nested beyond reason", `{"a":${"[".repeat(40_000)}${"]".repeat(40_000)}}`, 400],
    ["over a megabyte", `{"a":"${"x".repeat(1_000_000)}"}`, 413],
  ])("refuses a body that is %s", async (_case, body, status) => {
    expect(await post("/rpc/add_up", body)).toMatchObject({ status, json: { code: "PGRST102" } });
  });

  it("refuses what it does not do, in place of leaving it out", async () => {
    expect(await post("/rpc/texts?select=a", "{}")).toMatchObject({ status: 400, json: { code: "PGRST100" } });
    expect(await post("/rpc/texts", "{}", { "content-type": "text/csv" })).toMatchObject({ status: 415 });
    expect(await post("/rpc/texts", "{}", { accept: "text/csv" })).toMatchObject({ json: { code: "PGRST107" } });
    expect(await post("/rpc/texts", "{}", { "content-profile": "auth" })).toMatchObject({ json: { code: "PGRST106" } });
    expect(await api.ask("/rest/v1/rpc/texts", { method: "DELETE" })).toMatchObject({ status: 405 });
  });
});

describe("a token", () => {
  const sign = (claims: Record<string, unknown>, secret = api.project.jwtSecret) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
  const exp = 4_000_000_000;

  it.each([
    ["is none", () => "a.b", "PGRST301", 401],
    ["is of another secret", () => sign({ role: "anon", exp }, "x".repeat(40)), "PGRST301", 401],
    ["is over", () => sign({ role: "anon", exp: 1 }), "PGRST303", 401],
    ["names a role that is not there", () => sign({ role: "nobody", exp }), "22023", 401],
    ["names a role that no client may have", () => sign({ role: "postgres", exp }), "42501", 403],
  ])("that %s gets nothing", async (_case, token, code, status) => {
    const headers = { authorization: `Bearer ${await token()}` };
    expect(await post("/rpc/whoami", "{}", headers)).toMatchObject({ status, json: { code } });
  });

  it("of a user from a backend that signs with the secret counts, too", async () => {
    const { clock } = createSystemRuntime();
    const { authenticated } = await makeKeys({ jwtSecret: api.project.jwtSecret, now: () => clock.now() });
    const id = "11111111-1111-4111-8111-111111111111";
    const headers = { authorization: `Bearer ${await authenticated(id)}` };
    expect(await post("/rpc/whoami", "{}", headers)).toMatchObject({ status: 200, json: { uid: id } });
  });
});

describe("the tables", () => {
  const command = (bot_id: string) => ({ bot_id, command: "START_BOT", payload: { kind: "echo" } });

  it("take a command of an owner and return the row", async () => {
    const { client, userId } = await api.signedIn();
    const { data, error, status } = await client.from("bot_control").insert(command("sam")).select().single();
    expect(error).toBeNull();
    expect(status).toBe(201);
    expect(data).toMatchObject({ ...command("sam"), issued_by: userId, applied_at: null });
    const { data: mine } = await client.from("bot_control").select("bot_id, is_of:issued_by").eq("id", data.id);
    expect(mine).toEqual([{ bot_id: "sam", is_of: userId }]);
  });

  it("show an owner no rows of others, and a stranger none", async () => {
    const { client: other } = await api.signedIn();
    await other.from("bot_control").insert(command("theirs"));
    const { client } = await api.signedIn();
    expect((await client.from("bot_control").select()).data).toEqual([]);
    expect(await api.client().from("bot_control").select()).toMatchObject({ status: 401, error: { code: "42501" } });
    expect(await api.client().from("bot_control").insert(command("x"))).toMatchObject({ status: 401 });
    const asOther = { ...command("sam"), issued_by: "22222222-2222-4222-8222-222222222222" };
    expect(await client.from("bot_control").insert(asOther)).toMatchObject({ status: 403, error: { code: "42501" } });
  });

  it("return nothing unless asked, and take several rows at once", async () => {
    const client = api.client(api.project.serviceRoleKey);
    expect(await client.from("bot_control").insert(command("a"))).toMatchObject({ status: 201, data: null });
    const rows = [command("b"), { bot_id: "c", command: "STOP_BOT", payload: {} }];
    expect((await client.from("bot_control").insert(rows).select("bot_id")).data).toEqual([
      { bot_id: "b" },
      { bot_id: "c" },
    ]);
    expect((await client.from("bot_control").insert([]).select()).data).toEqual([]);
  });

  it("write nothing when a single row was wanted and more would come", async () => {
    const client = api.client(api.project.serviceRoleKey);
    const rows = [command("never-1"), command("never-2")];
    const answer = await client.from("bot_control").insert(rows).select().single();
    expect(answer).toMatchObject({ status: 406, error: { code: "PGRST116" } });
    expect((await client.from("bot_control").select().in("bot_id", ["never-1", "never-2"])).data).toEqual([]);
  });

  it("pass on what Postgres refuses", async () => {
    const client = api.client(api.project.serviceRoleKey);
    const { data } = await client.from("bot_control").insert(command("twice")).select("id").single();
    const again = await client.from("bot_control").insert({ ...command("twice"), id: data?.id });
    expect(again).toMatchObject({
      status: 409,
      error: { code: "23505", details: expect.stringContaining("already exists") },
    });
    const long = await client.from("bot_control").insert(command("x".repeat(200)));
    expect(long).toMatchObject({ status: 400, error: { code: "23514" } });
    expect(await client.from("bot_control").insert({ no: 1 })).toMatchObject({ error: { code: "PGRST204" } });
    const upsert = client.from("bot_control").upsert(command("sam"));
    expect(await upsert).toMatchObject({ status: 400, error: { code: "PGRST100" } });
    expect(await client.from("bot_control").update({ error: "x" }).eq("bot_id", "a")).toMatchObject({ status: 405 });
    expect(await client.from("bot_control").delete().eq("bot_id", "a")).toMatchObject({ status: 405 });
  });

  it("show an owner own strategies by their views, and nobody writes there", async () => {
    const [mine, theirs] = [await api.signedIn(), await api.signedIn()];
    for (const [name, { userId }] of Object.entries({ mine, theirs })) {
      await api.database.database.query(ADD_STRATEGY, [userId, name]);
    }
    const found = await mine.client.from("strategies").select("id, name, executionInterval").order("name");
    expect(found).toMatchObject({ status: 200, data: [{ name: "mine", executionInterval: 60 }] });
    const id = found.data?.[0]?.id;
    const balances = await mine.client.from("strategy_balances").select();
    expect(balances.data).toMatchObject([{ strategy_id: id, currency: "USDT" }]);
    expect(await api.client().from("strategies").select()).toMatchObject({ status: 401, error: { code: "42501" } });
    const written = await mine.client.from("strategy_balances").insert({ strategy_id: id, currency: "EUR", amount: 1 });
    expect(written.status).toBeGreaterThanOrEqual(400);
    expect((await mine.client.from("strategy_balances").select()).data).toEqual(balances.data);
  });

  it("are few, and no other relation is reached", async () => {
    const client = api.client(api.project.serviceRoleKey);
    for (const name of ["private_things", "users", "pg_roles", "matches"]) {
      expect(await client.from(name).select()).toMatchObject({ status: 404, error: { code: "PGRST205" } });
    }
  });

  it("filter, order and limit deployments", async () => {
    await api.database.database.script(`
      insert into public.bot_deployments (bot_id, kind, name, desired, status, replica, config) values
        ('d1', 'echo', 'One, first', 'running', 'running', null, '{"a": 1}'),
        ('d2', 'echo', 'Two', 'running', 'crashed', 'r1', '{}'),
        ('d3', 'echo', 'Three', 'stopped', 'stopped', 'r2', '{}')`);
    const client = api.client(api.project.serviceRoleKey);
    const ids = async (query: PromiseLike<{ data: { bot_id: string }[] | null; error: unknown }>) => {
      const { data, error } = await query;
      expect(error).toBeNull();
      return data?.map(({ bot_id }) => bot_id);
    };
    const rows = () => client.from("bot_deployments").select("bot_id");
    expect(await ids(rows().eq("desired", "running").order("bot_id", { ascending: false }))).toEqual(["d2", "d1"]);
    expect(await ids(rows().neq("desired", "running"))).toEqual(["d3"]);
    expect(await ids(rows().is("replica", null))).toEqual(["d1"]);
    expect(await ids(rows().in("name", ["One, first", "Three"]).order("bot_id"))).toEqual(["d1", "d3"]);
    expect(await ids(rows().gt("bot_id", "d1").lte("bot_id", "d2"))).toEqual(["d2"]);
    expect(await ids(rows().gte("generation", 1).lt("generation", 2).order("bot_id").limit(1))).toEqual(["d1"]);
    expect(await ids(rows().order("replica", { nullsFirst: true }).order("bot_id").range(1, 2))).toEqual(["d2", "d3"]);
    expect(await ids(rows().eq("config", '{"a":1}'))).toEqual(["d1"]);
    expect((await client.from("bot_deployments").select("bot_id").eq("bot_id", "d9").maybeSingle()).data).toBeNull();
  });

  it.each([
    ["an unknown column in a filter", "no=eq.1", 400, "42703"],
    ["an unknown column in select", "select=no", 400, "42703"],
    ["an unknown column in order", "order=no.asc", 400, "42703"],
    ["a system column", "select=ctid", 400, "42703"],
    ["a column that ends its quotes", "select=bot_id%22%20from%20auth.users%3B--", 400, "42703"],
    ["an alias that ends its quotes", "select=a%22b:bot_id", 200, undefined],
    ["an operator it does not know", "bot_id=like.*", 400, "PGRST100"],
    ["a name of every object", "bot_id=constructor.x", 400, "PGRST100"],
    ["logic", "or=(a.eq.1,b.eq.2)", 400, "42703"],
    ["other relations", "select=bot_control(*)", 400, "42703"],
    ["a list with quotes in quotes", "bot_id=in.(%22a%5C%22,b%22,c)", 200, undefined],
    ["no limit", "limit=x", 400, "PGRST100"],
    ["a value of another type", "generation=eq.x", 400, "22P02"],
    ["a character 0", "bot_id=eq.%00", 400, "PGRST100"],
    ["more filters than anybody needs", "bot_id=neq.x&".repeat(60), 400, "PGRST100"],
    ["a list without an end", "bot_id=in.(a,%22b)", 400, "PGRST100"],
  ])("answer %s", async (_case, query, status, code) => {
    const headers = { apikey: api.project.serviceRoleKey };
    const answer = await api.ask(`/rest/v1/bot_deployments?${query}`, { headers });
    expect(answer).toMatchObject({ status, ...(code && { json: { code } }) });
  });
});
