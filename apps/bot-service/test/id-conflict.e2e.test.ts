import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { expect, it } from "vitest";
import type { TestPerson } from "./test-person.ts";
import { startTestService, until } from "./test-service.ts";

/** Resolves with the partner of that person when the bot has greeted. `wait` makes the person wait. */
async function partnerOf(person: TestPerson, wait: () => Promise<unknown>): Promise<string> {
  const told = person.events.next("notice");
  await wait();
  const notice = await told;
  const greeting = person.events.next("message");
  await person.enterRoom(notice);
  expect((await greeting).from).toBe(notice.partner.id);
  return notice.partner.id;
}

it("keeps bots apart from people of their ids, whatever the lobby claims, and deploys no new bot under the id of a person", async () => {
  await using service = await startTestService({ BOT_MIN_COUNT: "0", BOT_MAX_COUNT: "0" });
  await until(async () => (await service.get("/readyz")).status === 200);
  const database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
  await using _ = { [Symbol.asyncDispose]: () => database.close() };
  const deploy = async (botId: string) => {
    await database.query("insert into bot_control (bot_id, command) values ($1, 'START_BOT')", [botId]);
    const text = "select error from bot_control where bot_id = $1 and outcome is not null";
    await until(async () => (await database.query(text, [botId])).length > 0);
    const [row] = await database.query<{ error: string | null }>(text, [botId]);
    return row?.error;
  };

  expect([await deploy("ann"), await deploy("zoe")]).toEqual([null, null]);
  // Anybody may claim any id in the lobby: this takes no bot out, and gives no ticket.
  const thief = await service.person("zoe");
  await thief.wait();
  const ann = await service.person("ann");
  expect(await partnerOf(ann, () => service.api("POST", "/api/match/tickets", { user_id: "ann" }))).toBe("zoe");
  const bob = await service.person("bob");
  const met = partnerOf(bob, () => bob.wait());
  expect(await deploy("max")).toBeNull();
  expect(await met).toBe("max");
  const matches = await database.query<{ status: string }>("select status from shoal.matches");
  expect(matches).toEqual([{ status: "live" }, { status: "live" }]);
  expect(await database.query("select from shoal.match_tickets where user_id = 'zoe'")).toEqual([]);

  // Nor does a wait in the name of somebody who talks end that match, or keep that person from the next one.
  const impostor = await service.person("bob");
  await impostor.wait();
  const cid = await service.person("cid");
  await cid.wait();
  await until(async () => (await database.query("select from shoal.match_tickets where user_id = 'cid'")).length > 0);
  expect(await database.query("select status from shoal.matches")).toEqual(matches);
  await impostor[Symbol.asyncDispose]();
  expect((await bob.meet()).partner.id).toBe("cid");

  await service.api("POST", "/api/match/tickets", { user_id: "eve" });
  expect(await deploy("eve")).toMatch(/^CONTROL_BOT_ID_TAKEN: /);
  await Promise.all([thief, ann, bob, cid].map((person) => person[Symbol.asyncDispose]()));
});
