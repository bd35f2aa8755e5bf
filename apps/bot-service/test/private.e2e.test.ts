import type { LogFields } from "@shoal/kernel";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joined, type Notice, TestPerson, testClient } from "./test-person.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

const REFUSED = "Unauthorized: You do not have permissions to read from this Channel topic: ";

const lines: { readonly fields: LogFields; readonly message: string }[] = [];
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ CHANNEL_ACCESS: "private" }, (fields, message) => lines.push({ fields, message }));
  // "Allow public access" is off, as in a project that follows the advice of Supabase.
  service.realtime?.setTenant({ isPrivateOnly: true });
  await until(async () => (await service.dependency("lobby")).state === "ok");
});
afterAll(() => service[Symbol.asyncDispose]());

/** Brings a new person into a conversation with a bot. */
async function talkWithBot(): Promise<{ readonly person: TestPerson; readonly notice: Notice }> {
  const person = await service.signIn();
  const notice = await person.meet();
  const greeting = person.events.next("message");
  await person.enterRoom(notice);
  expect((await greeting).from).toBe(notice.partner.id);
  return { person, notice };
}

/** Tries to join each topic as a private channel, on a socket of its own as a refusal holds it up, and returns the answers. */
function tryToJoin(client: () => Promise<SupabaseClient>, topics: readonly string[]): Promise<string[]> {
  return Promise.all(
    topics.map(async (topic) => {
      const own = await client();
      const answer = joined(own.channel(topic, { config: { private: true } })).then(
        () => "joined",
        (error: Error) => error.message + String((error.cause as { reason?: string })?.reason ?? ""),
      );
      const said = await answer;
      await own.realtime.disconnect();
      return said;
    }),
  );
}

const stranger = async () => testClient(service.environment);
async function signedIn(): Promise<SupabaseClient> {
  const client = testClient(service.environment);
  await client.auth.signInAnonymously();
  return client;
}

describe("with private channels, and public access switched off", () => {
  it("a signed-in person talks with a bot, leaves at once, and meets another person", async () => {
    const { person: ada, notice } = await talkWithBot();
    expect(notice.partner.bot).toBe(true);
    expect((await ada.ask("hi, I like jazz")).from).toBe(notice.partner.id);
    await ada.leaveRoom();
    await until(() => service.snapshot().bots.talking === 0);

    const ben = await service.signIn();
    const [forAda, forBen] = await Promise.all([ada.meet(), ben.meet()]);
    expect(forAda.match_id).toBe(forBen.match_id);
    expect(forAda.partner).toMatchObject({ id: ben.id, bot: false });
    for (const person of [ada, ben]) {
      await person.confirm(forAda);
      await person.enterRoom(forAda);
    }
    expect(await ben.state()).toMatchObject({ status: "matched", is_confirmed: true });
    const heard = ben.events.next("message");
    await ada.say("hello Ben");
    expect((await heard).text).toBe("hello Ben");
    expect(service.snapshot().matches).toMatchObject({ personPerson: 1, personBot: 1 });
    await until(() => service.snapshot().people.present === 2);
    for (const person of [ada, ben]) await person[Symbol.asyncDispose]();
  });

  it("nobody else hears or joins a person's notices or room: not by the public key, not signed in without a seat", async () => {
    const { person: victim, notice } = await talkWithBot();
    const topics = [`user:${victim.id}`, `room:${notice.room_id}`];
    const refused = topics.map((topic) => expect.stringContaining(REFUSED + topic));
    const [strangers, others, lobby] = await Promise.all([
      tryToJoin(stranger, [...topics, "global:lobby"]),
      tryToJoin(signedIn, topics),
      tryToJoin(signedIn, ["global:lobby"]),
    ]);
    expect(strangers).toEqual([...refused, expect.stringContaining(`${REFUSED}global:lobby`)]);
    expect(others).toEqual(refused);
    expect(lobby).toEqual(["joined"]);
    await victim[Symbol.asyncDispose]();
    // Its bot gives the person a moment to come back; the next test counts bots.
    await until(() => service.snapshot().bots.talking === 0);
  });

  it("nobody else speaks, leaves or waits in a person's name", async () => {
    const { person: victim, notice } = await talkWithBot();
    const heard: string[] = [];
    for (const event of ["message", "leave"] as const) victim.events.on(event, ({ from }) => heard.push(from));
    const attacker = await service.signIn();
    const leave = { type: "broadcast", event: "leave", payload: { from: victim.id, reason: "spoofed" } } as const;
    // Over HTTP, since no channel of the room can be joined; to the private and the public topic of that name.
    for (const client of [await stranger(), await signedIn()]) {
      for (const isPrivate of [true, false]) {
        const channel = client.channel(`room:${notice.room_id}`, { config: { private: isPrivate } });
        await channel.httpSend(leave.event, leave.payload).catch(() => {});
      }
    }
    const mark = { status: "waiting", since: "2999-01-01T00:00:00Z", name: "thief" };
    await until(() => service.snapshot().people.present === 2);
    await attacker.show({ ...mark, user_id: victim.id });
    await attacker.show({ ...mark, user_id: notice.partner.id, since: new Date().toISOString() });
    // The bot answers: the conversation is the same, and nobody was put in line by the lobby.
    expect((await victim.ask("are you still there?")).from).toBe(notice.partner.id);
    expect(heard).not.toContain(victim.id);
    expect(service.snapshot()).toMatchObject({ bots: { talking: 1 }, people: { waiting: 0 } });
    for (const person of [victim, attacker]) await person[Symbol.asyncDispose]();
  });

  it("without its policies a person is refused with Supabase's error, and the log and /readyz say what to do", async () => {
    const database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
    try {
      await database.query('drop policy "shoal user read" on realtime.messages');
    } finally {
      await database.close();
    }
    const person = await TestPerson.signIn(service.environment);
    await expect(person.enter()).rejects.toThrow(`${REFUSED}user:${person.id}`);
    await person[Symbol.asyncDispose]();
    const isTold = ({ fields }: (typeof lines)[number]) =>
      fields["dependency"] === "channels" && fields["state"] === "down";
    await until(() => lines.some(isTold));
    expect(lines.find(isTold)?.fields["detail"]).toMatch(/no policy "shoal user read".*shoal policies \| psql/);
    expect((await service.dependency("channels")).state).toBe("down");
  });
});
