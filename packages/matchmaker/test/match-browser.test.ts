import type { Sql, SqlValue } from "@shoal/store";
import { backends, ExplainedSession, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMatchBrowser, type Page, type PageRequest } from "../src/match-browser.ts";
import { makeReplica, makeWorld } from "./support.ts";

const COUNT = 20_000;

/** All pages, each of which must be full but the last. */
async function allOf<Entry>(read: (page: PageRequest) => Promise<Page<Entry>>, limit: number): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Page<Entry> = await read({ limit, cursor });
    all.push(...page.entries);
    cursor = page.next;
  }
  return all;
}

describe.each(backends())("who waits and who talks, on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  const clear = () => test.database.query("with t as (delete from shoal.match_tickets) delete from shoal.matches");

  it("lists who waits in the order of the line, page by page, also where many came at one moment", async () => {
    await clear();
    await test.database.query(
      `insert into shoal.match_tickets (user_id, name, source, queued_at)
       select 'u' || n, 'Person ' || n, 'api', timestamptz '2026-01-01Z' + (n / 3) * interval '1 microsecond' from generate_series(1, 10) n`,
    );
    await test.database.query("insert into shoal.match_tickets (user_id, queued_at) values ('endless', 'infinity')");
    const browser = createMatchBrowser(test.database);
    const line = await allOf(browser.line, 3);
    const rows = await test.database.query<{ user_id: string }>(
      "select user_id from shoal.match_tickets where isfinite(queued_at) order by queued_at, id",
    );
    expect(line.map(({ userId }) => userId)).toEqual(rows.map((row) => row.user_id));
    expect(line[0]).toMatchObject({
      source: "api",
      unconfirmed: 0,
      hasCompany: true,
      queuedAt: "2026-01-01T00:00:00.000Z",
    });
    expect((await browser.line({ limit: 100, cursor: "' or 1=1" })).entries).toHaveLength(10);
    await test.database.query("delete from shoal.match_tickets where user_id <> 'u1'");
    expect((await browser.line({ limit: 100 })).entries).toMatchObject([
      { userId: "u1", name: "Person 1", hasCompany: false },
    ]);
  });

  it("shows matches with their seats, and ends one in the name of an operator", async () => {
    await clear();
    const { matchmaker, cycle, seen } = makeReplica(makeWorld(test.database));
    await Promise.all(
      ["a", "b"].map((userId) => matchmaker.openTicket({ userId, name: `<b>${userId}`, source: "api" })),
    );
    await cycle();
    const browser = createMatchBrowser(test.database);
    const { entries } = await browser.matches("pending", { limit: 5 });
    const matchId = entries[0]?.matchId ?? "";
    expect(entries).toMatchObject([
      {
        status: "pending",
        replicaId: null,
        seats: [{ name: expect.stringMatching(/^<b>/), bot: false, confirmed: false }, {}],
      },
    ]);
    for (const id of ["a", "b"]) await matchmaker.confirm(matchId, id);
    expect((await browser.matches("live", { limit: 5 })).entries).toMatchObject([
      { matchId, seats: [{ confirmed: true }, {}] },
    ]);
    expect(await matchmaker.endByOperator(matchId, "console")).toBe(true);
    expect(await matchmaker.endByOperator(matchId, "console")).toBe(false);
    expect(await matchmaker.endByOperator("7", "console")).toBe(false);
    expect(seen("match:ended")).toMatchObject([{ matchId, reason: "ended_by_operator" }]);
    expect(await browser.match(matchId)).toMatchObject({ status: "ended", endedReason: "ended_by_operator" });
    expect(await browser.match("7")).toBeUndefined();
    expect(await browser.ends()).toEqual([{ reason: "ended_by_operator", lastHour: 1, lastDay: 1 }]);
    expect(await test.database.query("select actor, action, outcome, message from shoal.job_audit")).toEqual([
      { actor: "console", action: "end_match", outcome: "done", message: `match ${matchId}` },
    ]);
  });

  it(`reads few pages of ${COUNT.toLocaleString("en")} matches and tickets, wherever a page begins`, async () => {
    await clear();
    await test.database.query(
      `with made as (
         insert into shoal.matches (match_id, room_id, status, made_at, confirm_by, live_at, ended_at, ended_reason)
         select gen_random_uuid(), gen_random_uuid(), case when n % 10 = 0 then 'live' else 'ended' end, now() - interval '3 days', now(),
           case when n % 10 = 0 then now() - n * interval '1 second' end,
           case when n % 10 > 0 then now() - n * interval '1 minute' end, case when n % 10 > 0 then 'left' end
         from generate_series(1, $1::int) n returning match_id
       )
       insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, is_open)
       select match_id, 1, match_id::text, 'x', false, match_id, false from made`,
      [COUNT],
    );
    await test.database.query(
      "insert into shoal.match_tickets (user_id, queued_at) select 'w' || n, now() - n * interval '1 second' from generate_series(1, $1::int) n",
      [COUNT],
    );
    await test.database.query("analyze shoal.matches, shoal.match_seats, shoal.match_tickets");
    await using session = await ExplainedSession.open(test.url);
    const browser = createMatchBrowser({
      query: <Row extends object>(text: string, params?: readonly SqlValue[]) => session.query<Row>(text, params),
    } satisfies Pick<Sql<string>, "query">);
    const [middle] = await test.database.query<{ at: string }>(
      "select (extract(epoch from now() - interval '5000 minutes') * 1000000)::int8::text as at",
    );
    const cursor = `${middle?.at}.00000000-0000-0000-0000-000000000000`;
    const reads = {
      line: () => browser.line({ limit: 50 }),
      live: () => browser.matches("live", { limit: 50 }),
      ended: () => browser.matches("ended", { limit: 50 }),
      "ended, from the middle": () => browser.matches("ended", { limit: 50, cursor }),
    };
    for (const [name, read] of Object.entries(reads)) {
      const { scans, pageCount } = await session.rolledBack(read);
      const whole = scans.filter((scan) => scan["Node Type"] === "Seq Scan");
      expect([name, whole]).toEqual([name, []]);
      // A page and its seats: each row in a page of its own, and the index above it.
      expect([name, pageCount < 700]).toEqual([name, true]);
    }
  });
});
