import { silentLog } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";
import type { Database } from "@shoal/store";
import { backends, leakCheck, readSeries, type TestDatabase, testDatabase, testRuntime, until } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createHttpApp } from "../http/app.ts";
import { makeApp, TOKEN } from "../http/http.test-support.ts";
import type { MarkBody, MarkPageBody } from "../http/marks.ts";
import { createMarksPart } from "./part.ts";

const leaks = leakCheck();
const health = { reportLoop: () => ({ succeeded() {}, failed() {} }) };

/** A match of two people that has ended, so that they may have others. */
async function talk(test: TestDatabase, ...people: readonly string[]): Promise<string> {
  const matchId = test.runtime.ids.uuid();
  await test.database.query(
    "insert into shoal.matches (match_id, room_id, status, confirm_by, live_at, ended_at, ended_reason) values ($1, gen_random_uuid(), 'ended', now(), now(), now(), 'x')",
    [matchId],
  );
  for (const [index, person] of people.entries()) {
    await test.database.query(
      "insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, is_open) values ($1, $2, $3, 'Ann', false, gen_random_uuid(), false)",
      [matchId, index + 1, person],
    );
  }
  return matchId;
}

describe.each(backends())("marks in %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  const mark = async (
    matchId: string,
    person: string,
    kind: string,
    reporter: string | null = null,
    reason: string | null = null,
  ) => {
    const [row] = await test.database.query<{ id: number | null }>(
      "select shoal.mark_conversation($1, $2, null, $3, $4, $5, $6)::float8 as id",
      [matchId, person, kind, reporter === null ? "bot" : "person", reporter, reason],
    );
    return row?.id ?? null;
  };

  it("are made once of a conversation, a person and a kind, and only of who is in it", async () => {
    const matchId = await talk(test, "ann", "bob");
    const first = await mark(matchId, "ann", "self_harm");
    expect(first).toBeGreaterThan(0);
    expect(await Promise.all([mark(matchId, "ann", "self_harm"), mark(matchId, "ann", "self_harm")])).toEqual([
      first,
      first,
    ]);
    expect(await mark(matchId, "ann", "minor")).toBeGreaterThan(first ?? 0);
    expect(await mark(matchId, "carl", "minor")).toBeNull();
    expect(await mark(test.runtime.ids.uuid(), "ann", "minor")).toBeNull();
  });

  it("are bounded by person and by reporter a day, and reports crowd out no danger", async () => {
    const matches = await Promise.all(Array.from({ length: 22 }, (_, nth) => talk(test, `victim-${nth}`, "flood")));
    const reports: (number | null)[] = [];
    for (const [nth, matchId] of matches.entries())
      reports.push(await mark(matchId, `victim-${nth}`, "report", "flood", "x"));
    expect(reports.map((id) => id !== null)).toEqual([...Array(20).fill(true), false, false]);
    await test.database.query(
      "update shoal.conversation_marks set created_at = created_at - interval '1 day' where reporter_id = 'flood'",
    );
    expect(await mark(matches[21] as string, "victim-21", "report", "flood", "x")).not.toBeNull();

    const of = await Promise.all(Array.from({ length: 52 }, () => talk(test, "zoe")));
    const made = await Promise.all(of.map((matchId, nth) => mark(matchId, "zoe", "report", `reporter-${nth}`)));
    expect(made.filter((id) => id !== null)).toHaveLength(50);
    expect(await mark(of[0] as string, "zoe", "self_harm")).not.toBeNull();
  });

  it("go after 90 days", async () => {
    const matchId = await talk(test, "old");
    await mark(matchId, "old", "minor");
    await test.database.query(
      "update shoal.conversation_marks set created_at = now() - interval '91 days' where person_id = 'old'",
    );
    expect(await test.database.query("select shoal.marks_forget(10) as count")).toEqual([{ count: 1 }]);
  });

  it("keep of a report what fits and is no blank", async () => {
    const matchId = await talk(test, "rob", "rod");
    await mark(matchId, "rob", "report", "rod", ` ${"é".repeat(600)}`);
    await mark(matchId, "rod", "report", "rob", "  ");
    const rows = await test.database.query(
      "select char_length(reason) as length from shoal.conversation_marks where match_id = $1 order by id",
      [matchId],
    );
    expect(rows).toEqual([{ length: 500 }, { length: null }]);
  });
});

describe("the marks part", () => {
  it("shows, counts and tells what is marked by whomever, and notes who has looked", async () => {
    const test = await testDatabase();
    const part = createMarksPart({ runtime: test.runtime, database: test.database as unknown as Database, health });
    const metrics = createMetrics({ version: "1" });
    const offs = part.observe(metrics);
    onTestFinished(async () => {
      for (const off of offs) off();
      await part.close();
      await test[Symbol.asyncDispose]();
    });
    const told: string[] = [];
    part.events.on("mark:made", ({ kind, source }) => void told.push(`${kind} ${source}`));
    part.start();
    const matchId = await talk(test, "ann", "bob");
    // Until somebody listens, nothing is told.
    await until(async () => {
      await test.database.query(
        'select pg_notify(\'shoal_marks\', \'{"id": 0, "match_id": "m", "kind": "minor", "source": "bot"}\')',
      );
      return told.length > 0;
    });
    part.mark({ conversationId: matchId, personId: "ann", botId: "b", kind: "self_harm" });
    part.mark({ conversationId: matchId, personId: "ann", botId: "b", kind: "self_harm" });
    await until(() => told.includes("self_harm bot"));
    await test.database.query("select shoal.mark_conversation($1, 'bob', null, 'report', 'person', 'ann', $2)", [
      matchId,
      "<b>rude</b>",
    ]);
    await until(() => told.includes("report person"));
    expect(told.filter((each) => each === "self_harm bot")).toHaveLength(1);
    await until(async () => (await readSeries(metrics))['shoal_conversation_marks_unseen{kind="report"}'] === 1);
    expect(await readSeries(metrics)).toMatchObject({
      'shoal_conversation_marks_total{kind="self_harm"}': 1,
      'shoal_conversation_marks_unseen{kind="self_harm"}': 1,
      'shoal_conversation_marks_oldest_unseen_seconds{kind="minor"}': 0,
    });

    const app = createHttpApp({ ...makeApp().options, routes: part.routes() });
    const ask = async (path: string, method = "GET") => {
      const answer = await app.request(path, { method, headers: { authorization: `Bearer ${TOKEN}` } });
      return { status: answer.status, body: (await answer.json()) as MarkPageBody & MarkBody };
    };
    const { body } = await ask("/api/marks?limit=1");
    expect(body.marks).toEqual([
      expect.objectContaining({
        kind: "report",
        person_id: "bob",
        reporter_id: "ann",
        reason: "<b>rude</b>",
        seen_at: null,
      }),
    ]);
    expect((await ask(`/api/marks?before=${body.next}`)).body.marks).toEqual([
      expect.objectContaining({ kind: "self_harm", bot_id: "b" }),
    ]);
    const id = body.marks[0]?.id;
    const seen = await ask(`/api/marks/${id}/seen`, "POST");
    expect(seen.body).toMatchObject({ id, seen_by: "api", seen_at: expect.any(String) });
    expect(await ask(`/api/marks/${id}/seen`, "POST")).toEqual(seen);
    const kinds = async (query: string) => (await ask(`/api/marks?${query}`)).body.marks.map(({ kind }) => kind);
    expect([await kinds("seen=true"), await kinds("seen=false"), await kinds("kind=minor")]).toEqual([
      ["report"],
      ["self_harm"],
      [],
    ]);
    expect([(await ask("/api/marks/99/seen", "POST")).status, (await ask("/api/marks?seen=no")).status]).toEqual([
      404, 422,
    ]);
  });

  it("marks a conversation when the database is back, and says once that it cannot", async () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const lines: unknown[] = [];
    const log = { ...silentLog, child: () => log, warn: (fields: object) => void lines.push(fields) };
    const state = { isAway: true, asked: 0 };
    const database = {
      async query() {
        state.asked += 1;
        if (state.isAway) throw new Error("gone");
        return [];
      },
    } as unknown as Database;
    const part = createMarksPart({ runtime: { ...runtime, log }, database, health });
    part.mark({ conversationId: "m", personId: "sentinel-person", botId: "b", kind: "minor" });
    await runtime.clock.advance(60_000);
    expect(state.asked).toBeGreaterThan(2);
    state.isAway = false;
    await runtime.clock.advance(10_000);
    const { asked } = state;
    await runtime.clock.advance(60_000);
    expect([state.asked, lines.length]).toEqual([asked, 1]);
    expect(JSON.stringify(lines)).not.toContain("sentinel");
    await part.close();
  });
});
