import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { expect, it } from "vitest";
import type { TestPerson } from "./test-person.ts";
import { startTestService, until } from "./test-service.ts";

/** Resolves with the partner of that person when the bot has greeted. */
async function partnerOf(person: TestPerson): Promise<string> {
  const notice = await person.meet();
  const greeting = person.events.next("message");
  await person.enterRoom(notice);
  expect((await greeting).from).toBe(notice.partner.id);
  return notice.partner.id;
}

it("keeps bots apart from people of their ids, in either order, and deploys no new bot under the id of a person", async () => {
  await using service = await startTestService({ BOT_MIN_COUNT: "0", BOT_MAX_COUNT: "0" });
  await until(async () => (await service.get("/readyz")).status === 200);
  const database = createDatabase({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
  await using _ = { [Symbol.asyncDispose]: () => database.close() };
  const deploy = async (botId: string) => {
    await database.query("insert into bot_control (bot_id, command) values ($1, 'START_BOT')", [botId]);
    const text = "select error from bot_control where bot_id = $1 and outcome is not null";
    await until(async () => (await database.query(text, [botId])).length > 0);
    const [row] = await database.query<{ error: string | null }>(text, [botId]);
    return row?.error;
  };

  expect([await deploy("ann"), await deploy("zoe")]).toEqual([null, null]);
  const ann = await service.person("ann");
  expect(await partnerOf(ann)).toBe("zoe");
  const zoe = await service.person("zoe");
  const met = partnerOf(zoe);
  expect(await deploy("max")).toBeNull();
  expect(await met).toBe("max");
  const matches = await database.query<{ status: string }>("select status from shoal.matches");
  expect(matches).toEqual([{ status: "live" }, { status: "live" }]);

  await service.api("POST", "/api/match/tickets", { user_id: "eve" });
  expect(await deploy("eve")).toMatch(/^CONTROL_BOT_ID_TAKEN: /);
  await Promise.all([ann, zoe].map((person) => person[Symbol.asyncDispose]()));
});
