import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, type Runtime } from "@shoal/kernel";
import { type LocalSupabase, startLocalSupabase } from "@shoal/local-supabase";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { createClient } from "@supabase/supabase-js";
import { expect, it } from "vitest";
import { Link } from "../src/people/link.ts";
import type { Match } from "../src/people/person.state.ts";
import { PeopleStats } from "../src/people/stats.ts";

const POLICIES = readFileSync(join(import.meta.dirname, "../../../supabase/private-channels.sql"), "utf8");
/** Longer than the pause between two heartbeats, with which a link gives its channels a new token. */
const TOKEN_SECONDS = 10;

/** A person whose link reports what happens to it. */
function makePerson(project: LocalSupabase, runtime: Runtime, name: string) {
  const online = Promise.withResolvers<void>();
  const notices = new Map<string, () => void>();
  const stats = new PeopleStats();
  const link = new Link({
    ...{ url: project.url, anonKey: project.anonKey, runtime, rng: runtime.rng, stats, name },
    listener: {
      onOnline: online.resolve,
      onOffline() {},
      onNotice: ({ matchId }) => notices.get(matchId)?.(),
      onWaiting() {},
    },
  });
  link.open();
  return {
    link,
    online: online.promise,
    /** Resolves when that match is told. */
    noticeOf: (matchId: string) => new Promise<void>((resolve) => notices.set(matchId, resolve)),
    stats,
    /** Enters the room; `heard` is called with each text of the partner. */
    enter(match: Match, heard: (text: string) => void) {
      const present = Promise.withResolvers<void>();
      const onHeard = (_id: string, text: string) => heard(text);
      const room = link.enterRoom(match, { onPartnerPresent: present.resolve, onHeard, onPartnerLeft() {} });
      const say = (text: string) => room?.send("message", { id: runtime.ids.uuid(), from: link.userId, text });
      return { room, say, partnerPresent: present.promise };
    },
  };
}

/** Opens a ticket for both as they do it themselves, and makes a match of them as a matchmaker does. */
async function matchOf(database: TestDatabase["database"], first: string, second: string) {
  const [made] = await database.query<{ match_id: string; room_id: string }>(
    "select gen_random_uuid()::text as match_id, gen_random_uuid()::text as room_id",
  );
  await database.query("select shoal.ticket_open(u, u, 'api', null) from unnest($1::text[]) u", [[first, second]]);
  await database.query(
    `select shoal.match_commit('r1', 60000, jsonb_build_array(jsonb_build_object('match_id', $1::text, 'room_id', $2::text,
       'first', (select id from shoal.match_tickets where user_id = $3::text),
       'second', (select id from shoal.match_tickets where user_id = $4::text))))`,
    [made?.match_id ?? "", made?.room_id ?? "", first, second],
  );
  const partner = (id: string) => ({ id, name: id, isBot: false });
  const { match_id: matchId = "", room_id: roomId = "" } = made ?? {};
  return [
    { matchId, roomId, partner: partner(second) },
    { matchId, roomId, partner: partner(first) },
  ] as const;
}

it("a person who stays longer than an access token is good goes on hearing, speaking and asking", async () => {
  await using test = await testDatabase();
  await test.connect(1).script(POLICIES);
  const runtime = createSystemRuntime();
  await using undo = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "shoal-tokens-"));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  const project = await startLocalSupabase({
    ...{ directory, runtime, databaseUrl: test.url, accessTokenSeconds: TOKEN_SECONDS },
  });
  undo.defer(() => project.stop());
  const [ann, ben] = [makePerson(project, runtime, "Ann"), makePerson(project, runtime, "Ben")];
  for (const { link } of [ann, ben]) undo.defer(() => link.close());
  await Promise.all([ann.online, ben.online]);
  const [forAnn, forBen] = await matchOf(test.database, ann.link.userId, ben.link.userId);

  const heard = new Map<string, () => void>();
  const onHeard = (text: string) => heard.get(text)?.();
  const rooms = [ann.enter(forAnn, onHeard), ben.enter(forBen, onHeard)] as const;
  for (const { room } of rooms) undo.defer(() => room?.leave());
  await Promise.all(rooms.map(({ partnerPresent }) => partnerPresent));
  // Whatever tokens they joined with are over by then.
  await new Promise<void>((resolve) => runtime.clock.after(TOKEN_SECONDS * 1000, resolve));
  for (const [index, text] of ["still here", "so am I"].entries()) {
    const said = new Promise<void>((resolve) => heard.set(text, resolve));
    expect(rooms[index]?.say(text)).toBe(true);
    await said;
  }
  const told = ben.noticeOf(forBen.matchId);
  const service = createClient(project.url, project.serviceRoleKey, { auth: { persistSession: false } });
  const { matchId: match_id, roomId: room_id, partner } = forBen;
  const notices = service.channel(`user:${ben.link.userId}`, { config: { private: true } });
  await notices.httpSend("stranger_matched", { match_id, room_id, partner: { ...partner, bot: false } });
  await told;
  for (const { stats } of [ann, ben]) expect(stats.report([])).toMatchObject({ joins: 3, errorsByClass: {} });
  // The line is asked with the new token, too: leaving cancels the match.
  await ann.link.close();
  expect(await test.database.query("select ended_reason from shoal.matches")).toEqual([{ ended_reason: "cancelled" }]);
});
