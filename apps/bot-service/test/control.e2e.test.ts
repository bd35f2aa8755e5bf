import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { expect, it } from "vitest";
import { startTestService, until } from "./test-service.ts";

it("starts a bot by a row, which meets a person, and stops it with a goodbye by another; nothing is left after the drain", async () => {
  // No bots but those that commands start.
  await using service = await startTestService({ BOT_MIN_COUNT: "0", BOT_MAX_COUNT: "0" });
  await until(async () => (await service.dependency("control")).state === "ok");
  await until(async () => (await service.get("/readyz")).status === 200);
  const database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
  await using _ = { [Symbol.asyncDispose]: () => database.close() };
  const statusIs = (wanted: string) =>
    until(async () => {
      const [row] = await database.query<{ status: string }>("select status from bot_deployments where bot_id = 'sam'");
      return row?.status === wanted;
    });

  await database.query("insert into bot_control (bot_id, command) values ('sam', 'START_BOT'), ('sam', 'FLY_BOT')");
  await statusIs("running");
  const commands = await database.query("select command, outcome from bot_control order by seq");
  expect(commands).toEqual([
    { command: "START_BOT", outcome: "applied" },
    { command: "FLY_BOT", outcome: "rejected" },
  ]);

  const ada = await service.person("ada");
  const notice = await ada.meet();
  expect(notice.partner).toMatchObject({ id: "sam", bot: true });
  const greeting = ada.events.next("message");
  await ada.enterRoom(notice);
  expect((await greeting).from).toBe("sam");

  const goodbye = ada.events.next("leave");
  const response = await service.api("POST", "/api/bot/stop", { bot_id: "sam" });
  expect(response.status).toBe(202);
  expect((await goodbye).from).toBe("sam");
  await statusIs("stopped");
  const command = await (await service.api("GET", response.headers.get("location") ?? "")).json();
  expect(command).toMatchObject({ command: "STOP_BOT", outcome: "applied" });

  expect((await service.api("POST", "/api/bot/start-runtime", {})).status).toBe(202);
  await statusIs("running");
  await ada[Symbol.asyncDispose]();
  const { clean, left } = await service.drain();
  expect(left).toEqual({ sockets: 0, slots: 0, leases: 0, timers: 0 });
  expect(clean).toBe(true);
});
