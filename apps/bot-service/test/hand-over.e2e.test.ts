import type { LogFields } from "@shoal/kernel";
import { testDatabase } from "@shoal/testkit";
import { expect, it } from "vitest";
import type { Environment } from "../src/config.ts";
import { sameProject, startTestService, type TestService, until } from "./test-service.ts";

/** Bots of one replica alone have conversations, the other one may take them. */
const ENVIRONMENT = { BOT_MIN_COUNT: "2", BOT_MAX_COUNT: "2", CHANNEL_ACCESS: "private", BOT_TARGET_PERCENTAGE: "0" };

it("goes on talking as the same bot while its daemon is replaced by another, with what was said", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const test = cleanUp.use(await testDatabase());
  const lines: { readonly fields: LogFields; readonly message: string }[] = [];
  const start = async (more: Environment): Promise<TestService> => {
    const service = await startTestService({ ...ENVIRONMENT, DATABASE_URL: test.url, ...more }, (fields, message) =>
      lines.push({ fields, message }),
    );
    await service.opened;
    return service;
  };
  // Realtime is that of the one that stays.
  const staying = cleanUp.use(await start({ BOT_MAX_PER_REPLICA: "0" }));
  const going = cleanUp.use(await start(sameProject(staying)));
  await until(() => going.snapshot().bots.idle === 2);
  const person = cleanUp.use(await staying.signIn());
  const notice = await person.meet();
  const greeting = person.events.next("message");
  await person.enterRoom(notice);
  await person.confirm(notice);
  expect((await greeting).from).toBe(notice.partner.id);
  await person.ask("my name is Zoe");
  const heard: { from: string; text: string }[] = [];
  const leaves: string[] = [];
  person.events.on("message", (said) => heard.push(said));
  person.events.on("leave", ({ from }) => leaves.push(from));

  const drained = going.drain();
  await person.say("i like jazz");
  expect(await drained).toMatchObject({ clean: true });
  await until(() => heard.length > 0);
  // A reply may have two lines, and the second may come after the question.
  await person.say("what is my name?");
  await until(() => heard.some(({ text }) => text.includes("Zoe")));
  expect(new Set(heard.map(({ text }) => text)).size).toBe(heard.length);
  expect(leaves).toEqual([]);
  expect(new Set(heard.map(({ from }) => from))).toEqual(new Set([notice.partner.id]));
  const rows = await test.database.query("select status, ended_reason from shoal.matches");
  expect(rows).toEqual([{ status: "live", ended_reason: null }]);
  expect(await test.database.query("select * from shoal.hand_overs")).toEqual([]);
  expect(lines.filter(({ fields }) => JSON.stringify(fields).includes("jazz"))).toEqual([]);
  const figures = await (await staying.get("/metrics")).text();
  expect(figures).toContain('shoal_hand_overs_total{outcome="taken"} 1');
});
