import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFleetConfig } from "../fleet-config.ts";
import { channelPolicies, policyScript } from "./policies.ts";
import { judgePolicies, type PolicyState, readPolicyState, readWanted } from "./policy-check.ts";

const TOPICS = {
  lobby: "it's the \\ lobby",
  user: (id: string) => `it's \\ user:${id}`,
  room: (id: string) => `café \u{1F41F} '${id}' \\ room`,
};
const ADA = "00000000-0000-4000-8000-00000000000a";
const BEN = "00000000-0000-4000-8000-00000000000b";
/** A bot that has the id of a person. */
const BOT = "00000000-0000-4000-8000-0000000000b2";
const ROOM = "00000000-0000-4000-8000-0000000000cc";

let test: TestDatabase;
const policies = channelPolicies(buildFleetConfig({ topics: TOPICS }, { disclosure: true }).topics, null);

beforeAll(async () => {
  test = await testDatabase();
  await test.database.script(`
    insert into shoal.matches (match_id, room_id, replica_id, confirm_by)
      values ('${ROOM}', '${ROOM}', 'r', now() + interval '1 hour');
    insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id) values
      ('${ROOM}', 1, '${ADA}', 'Ada', false, '${ADA}', null),
      ('${ROOM}', 2, '${BOT}', 'Bot', true, null, 'r');`);
  await test.database.script(policyScript(policies).replaceAll(/^(begin|commit);$/gm, ""));
});
afterAll(() => test[Symbol.asyncDispose]());

interface Asked {
  readonly role?: string;
  readonly sub: string | null;
  readonly topic: string;
}

/** Does what Realtime does to find the rights of a token: writes rows, reads them as its role, tries to write as its role. */
async function rightsOf({ role = "authenticated", sub, topic }: Asked): Promise<string> {
  const undone = new Error("rolled back");
  let rights: string[] = [];
  const asking = test.database.transaction(async (tx) => {
    for (const extension of ["broadcast", "presence"]) {
      await tx.query("insert into realtime.messages (topic, extension) values ($1, $2)", [topic, extension]);
    }
    const claims = JSON.stringify({ role, ...(sub === null ? {} : { sub }) });
    await tx.query("select set_config('request.jwt.claims', $1, true), set_config('realtime.topic', $2, true)", [
      claims,
      topic,
    ]);
    await tx.query(`set local role ${role}`);
    const read = await tx.query<{ extension: string }>(
      "select extension from realtime.messages where topic = $1 order by extension",
      [topic],
    );
    rights = read.map(({ extension }) => `read ${extension}`);
    for (const extension of ["broadcast", "presence"]) {
      await tx.query(`savepoint before_${extension}`);
      try {
        await tx.query("insert into realtime.messages (topic, extension) values ($1, $2)", [topic, extension]);
        rights.push(`write ${extension}`);
      } catch {
        await tx.query(`rollback to savepoint before_${extension}`);
      }
    }
    throw undone;
  });
  await asking.catch((thrown) => {
    if (thrown !== undone) throw thrown;
  });
  return rights.join(", ");
}

const LOBBY_RIGHTS = "read broadcast, read presence, write presence";
const ALL_RIGHTS = "read broadcast, read presence, write broadcast, write presence";

describe("who may do what", () => {
  it.each<[string, Asked, string]>([
    ["the lobby, signed in", { sub: BEN, topic: TOPICS.lobby }, LOBBY_RIGHTS],
    ["the lobby, with an id that is no uuid", { sub: "google|7", topic: TOPICS.lobby }, LOBBY_RIGHTS],
    ["the lobby, by the public key", { role: "anon", sub: null, topic: TOPICS.lobby }, ""],
    ["a topic that begins as the lobby's", { sub: ADA, topic: `${TOPICS.lobby}2` }, ""],
    ["one's own notices", { sub: ADA, topic: TOPICS.user(ADA) }, "read broadcast"],
    ["another's notices", { sub: BEN, topic: TOPICS.user(ADA) }, ""],
    ["notices without a sub", { sub: null, topic: TOPICS.user(ADA) }, ""],
    ["notices of an empty id", { sub: null, topic: TOPICS.user("") }, ""],
    ["a room with one's seat", { sub: ADA, topic: TOPICS.room(ROOM) }, ALL_RIGHTS],
    ["a room of others", { sub: BEN, topic: TOPICS.room(ROOM) }, ""],
    ["a room in which a bot of one's id has the seat", { sub: BOT, topic: TOPICS.room(ROOM) }, ""],
    ["a room, by the public key", { role: "anon", sub: null, topic: TOPICS.room(ROOM) }, ""],
    ["a room that is no uuid", { sub: ADA, topic: TOPICS.room("constructor") }, ""],
    ["a topic between prefix and suffix of rooms", { sub: ADA, topic: "café \u{1F41F} ' \\ room" }, ""],
    ["the room's id alone", { sub: ADA, topic: ROOM }, ""],
    ["no topic of ours", { sub: ADA, topic: "anything" }, ""],
  ])("%s", async (_, asked, rights) => expect(await rightsOf(asked)).toBe(rights));

  it("the seat is gone when the match has ended", async () => {
    await test.database.query("update shoal.matches set status = 'ended', ended_at = now(), ended_reason = 'x'");
    await test.database.query("update shoal.match_seats set is_open = false");
    expect(await rightsOf({ sub: ADA, topic: TOPICS.room(ROOM) })).toBe("");
  });
});

describe("the policies of a database", () => {
  it("are as generated once the script has run, also when it runs again", async () => {
    await test.database.script(policyScript(policies).replaceAll(/^(begin|commit);$/gm, ""));
    const state = await readPolicyState(test.database, await readWanted(test.database, policies));
    expect(state).toEqual({ hasTable: true, isRowSecurityOn: true, missing: [], changed: [], unbounded: [] });
    expect(judgePolicies(state)).toBeNull();
  });

  it("are told when one is missing, one was changed, and one of the project's own names no topic", async () => {
    await test.database.script(`
      drop policy "shoal room read" on realtime.messages;
      drop policy "shoal lobby read" on realtime.messages;
      create policy "shoal lobby read" on realtime.messages for select to authenticated using (true);
      create policy "our own" on realtime.messages for select to authenticated using (true);
      create policy "of its topic" on realtime.messages for select to authenticated using (realtime.topic() = 'news');`);
    const state = await readPolicyState(test.database, await readWanted(test.database, policies));
    expect(state).toMatchObject({
      missing: ["shoal room read"],
      changed: ["shoal lobby read"],
      unbounded: ["our own"],
    });
    expect(judgePolicies(state)?.todo).toContain("shoal policies | psql");
  });

  it.each<[string, Partial<PolicyState>, RegExp]>([
    ["another database", { hasTable: false }, /not that of the project/],
    ["no row security", { isRowSecurityOn: false }, /row level security is off/],
    ["a missing policy", { missing: ["shoal user read"] }, /no policy "shoal user read"/],
    ["a changed policy", { changed: ["shoal user read"] }, /fleet file: "shoal user read"/],
  ])("are judged: %s", (_, over, found) => {
    const fine: PolicyState = { hasTable: true, isRowSecurityOn: true, missing: [], changed: [], unbounded: [] };
    expect(judgePolicies(fine)).toBeNull();
    expect(judgePolicies({ ...fine, ...over })?.found).toMatch(found);
  });
});
