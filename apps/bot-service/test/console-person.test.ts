import { backends, emptyTables, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PersonSources, readPerson } from "../src/console/person.ts";
import type { BotChange } from "../src/fleet/bot-histories.ts";
import { consolePerson } from "../src/http/console-person-body.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const AT = "2026-01-01T00:00:00.000Z";

describe.each(backends())("what the console knows of a person, on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let changes: BotChange[] = [];
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    changes = [];
    await emptyTables(test.database, ["shoal.match_seats", "shoal.match_tickets", "shoal.matches"]);
  });

  const sources = (): PersonSources => ({
    database: test.database,
    explainer:
      () =>
      ({ userId, hasCompany }) => ({ code: "next-cycle", words: `${userId} ${hasCompany}`, details: {}, rules: null }),
    botChanges: (botId) => (botId === "bot-r1-1" ? changes : []),
    roomTopic: (roomId) => `room:${roomId}`,
    nowMs: () => Date.parse(AT),
  });
  const read = async (userId: string) => consolePerson.parse(await readPerson(sources(), userId));
  const addTicket = (
    n: number,
    userId: string,
    status: string,
    minute: number,
    over: { name?: string; queuedAt?: string } = {},
  ) =>
    test.database.query(
      `insert into shoal.match_tickets (id, user_id, since, name, status, queued_at, opened_at, match_id, closed_at, closed_reason)
       select $1::uuid, $2, at, $5, $3, coalesce($6::timestamptz, at), at,
         case when $3 <> 'waiting' then $7::uuid end,
         case when $3 = 'closed' then at + interval '50 s' end, case when $3 = 'closed' then 'match_ended' end
       from (select timestamptz '2026-01-01Z' + $4::int * interval '1 minute' as at) made`,
      [uuid(n), userId, status, minute, over.name ?? null, over.queuedAt ?? null, uuid(9)],
    );
  const addMatch = (status: "live" | "ended", madeAt = "2026-01-01T00:01:04Z") =>
    test.database.script(`
      insert into shoal.matches (match_id, room_id, status, replica_id, made_at, confirm_by, live_at, ended_at, ended_reason)
      values ('${uuid(9)}', '${uuid(8)}', '${status}', 'r1', '${madeAt}', now(), '2026-01-01T00:01:06Z',
        ${status === "ended" ? "'2026-01-01T00:01:40Z', 'partner_left'" : "null, null"});
      insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id, confirmed_at) values
        ('${uuid(9)}', 1, 'ann', 'Ann', false, '${uuid(2)}', null, '2026-01-01T00:01:06Z'),
        ('${uuid(9)}', 2, 'bot-r1-1', 'Mika', true, null, 'r1', null)`);

  it("is nothing of somebody who is not known", async () => {
    expect(await read("nobody")).toEqual({
      user_id: "nobody",
      at: AT,
      ticket: null,
      why: null,
      match: null,
      room: null,
      timeline: [],
    });
  });

  it("is the ticket in line, and why it is there", async () => {
    await addTicket(1, "ann", "closed", 0);
    await addTicket(2, "ann", "waiting", 1, { name: "<b>Ann" });
    await addTicket(3, "bob", "waiting", 2);
    const { ticket, why, match, room, timeline } = await read("ann");
    expect(ticket).toEqual({
      ...{ id: uuid(2), name: "<b>Ann", status: "waiting", since: "2026-01-01T00:01:00.000Z" },
      ...{ source: "api", closed_reason: null },
    });
    expect([why, match, room]).toEqual([{ code: "next-cycle", text: "ann true" }, null, null]);
    expect(timeline).toEqual([{ at: "2026-01-01T00:01:00.000Z", type: "ticket:opened", summary: "by the API or RPC" }]);
  });

  it("is the match with a bot of this daemon, and what happened when", async () => {
    await addTicket(2, "ann", "matched", 1);
    await addMatch("live");
    const change = (state: BotChange["state"], second: number, matchId = uuid(9)): BotChange => ({
      ...{ at: `2026-01-01T00:01:0${second}.000Z`, state, matchId, errorCode: null },
    });
    changes = [change("talking", 1, uuid(7)), change("joining", 4), change("waiting", 5), change("talking", 7)];
    const { why, match, room, timeline } = await read("ann");
    expect([why, match?.rule, match?.status]).toEqual([null, "bot", "live"]);
    expect(match?.seats).toEqual([
      { id: "ann", name: "Ann", bot: false, is_confirmed: true },
      { id: "bot-r1-1", name: "Mika", bot: true, is_confirmed: false },
    ]);
    expect(room).toEqual({
      topic: `room:${uuid(8)}`,
      bot: { id: "bot-r1-1", state: "talking", since: "2026-01-01T00:01:07.000Z", is_joined: true },
    });
    expect(timeline.map(({ at, type, summary }) => `${at.slice(14, 19)} ${type} ${summary}`)).toEqual([
      "01:00 ticket:opened by the API or RPC",
      "01:04 match:made with a bot",
      "01:04 bot:changed joining",
      "01:05 bot:changed waiting",
      "01:06 seat:confirmed ann",
      "01:06 match:live both are there",
      "01:07 bot:changed talking",
    ]);
  });

  it("is the end of it, of a bot of which this daemon knows nothing", async () => {
    await addTicket(2, "ann", "closed", 1);
    await addMatch("ended");
    const { ticket, match, room, timeline } = await read("ann");
    expect([ticket?.closed_reason, match?.ended_reason, room?.bot]).toEqual(["match_ended", "partner_left", null]);
    expect(timeline.slice(-2).map(({ type, summary }) => `${type} ${summary}`)).toEqual([
      "match:ended partner_left",
      "ticket:closed match_ended",
    ]);
  });

  it("leaves out rows with times that nobody can name, which were written by hand", async () => {
    await addTicket(1, "ann", "waiting", 1, { queuedAt: "infinity" });
    await addTicket(2, "bob", "matched", 1);
    await addMatch("live", "-infinity");
    expect([(await read("ann")).ticket, (await read("bob")).match]).toEqual([null, null]);
  });
});
