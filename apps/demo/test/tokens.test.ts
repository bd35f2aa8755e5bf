import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { createSystemRuntime, type Runtime, sleep } from "@shoal/kernel";
import { type LocalSupabase, startLocalSupabase } from "@shoal/local-supabase";
import { spawnProgram, type TestDatabase, testDatabase } from "@shoal/testkit";
import { createClient } from "@supabase/supabase-js";
import { expect, it } from "vitest";
import { Link } from "../src/people/link.ts";
import type { Match } from "../src/people/person.state.ts";
import { PeopleStats } from "../src/people/stats.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/person.ts");
const FASTER_TIMERS = join(import.meta.dirname, "programs/faster-timers.ts");
const POLICIES = readFileSync(join(import.meta.dirname, "../../../supabase/private-channels.sql"), "utf8");
/** Longer than the pause between two heartbeats, with which a link gives its channels a new token. */
const TOKEN_SECONDS = 10;

/** A person whose link reports what happens to it. */
function makePerson(project: LocalSupabase, runtime: Runtime, name: string) {
  const online = Promise.withResolvers<void>();
  const notices = new Map<string, () => void>();
  const stats = new PeopleStats();
  const link = new Link({
    ...{ url: project.url, anonKey: project.anonKey, runtime, rng: runtime.rng, stats, name, attributes: null },
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

/** Returns the id of the person in line, once somebody is. */
async function waiterIn({ database, runtime }: TestDatabase): Promise<string> {
  for (;;) {
    const [waiter] = await database.query<{ user_id: string }>("select user_id from shoal.match_tickets");
    if (waiter) return waiter.user_id;
    await sleep(runtime.clock, 20);
  }
}

/** Makes a match of a person for whom a ticket is opened and one who waits, as a matchmaker does. */
async function matchOf(database: TestDatabase["database"], first: string, second: string) {
  const [made] = await database.query<{ match_id: string; room_id: string }>(
    "select gen_random_uuid()::text as match_id, gen_random_uuid()::text as room_id",
  );
  await database.query("select shoal.ticket_open($1::text, null, 'api', null)", [first]);
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

/** Runs examples/person.ts unchanged, but for the pace of its libraries. */
function startExample({ url, anonKey }: LocalSupabase) {
  const env = { SUPABASE_URL: url, SUPABASE_ANON_KEY: anonKey };
  const { stdout } = spawnProgram(["--preload", FASTER_TIMERS, EXAMPLE], { env, stderr: "inherit" });
  const lines = createInterface({ input: Readable.fromWeb(stdout as never) });
  return { lines, saysNext: () => new Promise<string>((resolve) => lines.once("line", resolve)) };
}

it("people who stay longer than an access token is good go on hearing, speaking and asking: the demo's and the example's", async () => {
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
  const ben = makePerson(project, runtime, "Ben");
  undo.defer(() => ben.link.close());
  await ben.online;
  const example = startExample(project);
  const annId = await waiterIn(test);
  const [forBen, forAnn] = await matchOf(test.database, ben.link.userId, annId);
  const service = createClient(project.url, project.serviceRoleKey, { auth: { persistSession: false } });
  const tell = async (userId: string, { matchId, roomId, partner }: Match) => {
    const notice = { match_id: matchId, room_id: roomId, partner: { ...partner, bot: false } };
    await service.channel(`user:${userId}`, { config: { private: true } }).httpSend("stranger_matched", notice);
  };
  await tell(annId, forAnn);

  let heard = Promise.withResolvers<string>();
  const first = ben.enter(forBen, (text) => heard.resolve(text));
  undo.defer(() => first.room?.leave());
  await first.partnerPresent;
  expect(await heard.promise).toBe("Hi!");
  // Whatever tokens they joined with are over by then.
  await new Promise<void>((resolve) => runtime.clock.after(TOKEN_SECONDS * 1000, resolve));
  const printed = example.saysNext();
  expect(first.say("still here")).toBe(true);
  expect(await printed).toMatch(/: still here$/);
  const told = ben.noticeOf(forBen.matchId);
  await tell(ben.link.userId, forBen);
  await told;
  expect(ben.stats.report([])).toMatchObject({ joins: 3, errorsByClass: {} });

  // The example speaks whenever its partner comes into the room.
  heard = Promise.withResolvers();
  await first.room?.leave();
  const second = ben.enter(forBen, (text) => heard.resolve(text));
  undo.defer(() => second.room?.leave());
  expect(await heard.promise).toBe("Hi!");
  // The line is asked with the new token, too: leaving cancels the match.
  await ben.link.close();
  expect(await test.database.query("select ended_reason from shoal.matches")).toEqual([{ ended_reason: "cancelled" }]);
});
