import { backends, faultProxy, testDatabase } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { startTestService, type TestService, type TicketBody, until } from "./test-service.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

async function serviceOn(backend: "embedded" | "server", environment = {}): Promise<TestService> {
  const database = cleanUp.use(await testDatabase({ backend, migrate: false }));
  return cleanUp.use(await startTestService({ DATABASE_URL: database.url, ...environment }));
}

/** A daemon whose database can go away. */
async function behindProxy(backend: "embedded" | "server", environment = {}) {
  const database = cleanUp.use(await testDatabase({ backend, migrate: false }));
  const url = new URL(database.url);
  const proxy = cleanUp.use(await faultProxy(Number(url.port)));
  await proxy.open();
  url.port = String(proxy.port);
  const service = cleanUp.use(await startTestService({ DATABASE_URL: url.toString(), ...environment }));
  return { service, proxy };
}

const FULL = { sqlstate: "XX000", message: "MaxClientsInSessionMode: max clients reached" };

/** A pooler's port before a database; it lets nobody in at first. */
async function fullPooler(backend: "embedded" | "server") {
  const database = cleanUp.use(await testDatabase({ backend, migrate: false }));
  const url = new URL(database.url);
  const pooler = cleanUp.use(await faultProxy(Number(url.port)));
  url.port = String(pooler.port);
  await pooler.refuse(FULL);
  return { pooler, url: url.toString() };
}

/** A person in the middle of a conversation with a bot. */
async function talking(service: TestService, id: string) {
  const person = cleanUp.use(await service.person(id));
  const greeting = person.events.next("message");
  await person.enterRoom(await person.meet());
  await greeting;
  return person;
}

const metricsOf = async (service: TestService) => (await service.get("/metrics")).text();
const statusOf = async (service: TestService, path: string) => (await service.get(path)).status;

describe.each(backends())("on the %s Postgres", (backend) => {
  it("pairs people who come in by HTTP, and says why somebody still waits", async () => {
    const service = await serviceOn(backend, { MATCH_BOT_AFTER_MS: "3600000" });
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    const open = async (user_id: string): Promise<TicketBody> =>
      (await service.api("POST", "/api/match/tickets", { user_id })).json() as Promise<TicketBody>;
    const first = await open("a");
    expect(first).toMatchObject({ status: "waiting", user_id: "a" });
    await until(async () => ["alone", "waiting-for-bot-time"].includes((await service.ticket(first.id)).rule ?? ""));
    expect(await service.ticket(first.id)).toMatchObject({
      position: 1,
      waited_ms: expect.any(Number),
      bot_allowed_at: expect.any(String),
    });

    const second = await open("b");
    await until(async () => (await service.ticket(second.id)).status === "reserved");
    for (const { id } of [first, second]) await service.api("POST", `/api/match/tickets/${id}/confirm`);
    const { match_id } = await service.ticket(second.id);
    expect(await service.ticket(first.id)).toMatchObject({ status: "matched", match_id });
    await service.api("DELETE", `/api/match/tickets/${first.id}`);
    expect(await service.ticket(first.id)).toMatchObject({ status: "closed", closed_reason: "cancelled" });
    await until(async () => (await service.ticket(second.id)).status === "closed");
  });

  it("frees everybody when a person vanishes while waiting, before confirming, and in a conversation", async () => {
    const service = await serviceOn(backend, { MATCH_BOT_AFTER_MS: "50" });
    const idle = () => {
      const { bots, people, matches } = service.snapshot();
      return bots.idle === 3 && people.waiting === 0 && matches.live === 0;
    };

    const beforeConfirming = cleanUp.use(await service.person("a"));
    expect((await beforeConfirming.meet()).partner.bot).toBe(true);
    beforeConfirming.vanish();
    await until(idle);

    const talking = cleanUp.use(await service.person("b"));
    const greeting = talking.events.next("message");
    await talking.enterRoom(await talking.meet());
    await greeting;
    talking.vanish();
    await until(idle);
  });

  it("drops what it cannot read, counts it, and goes on", async () => {
    const service = await serviceOn(backend);
    const ada = cleanUp.use(await service.person("ada"));
    const stranger = cleanUp.use(await service.person("stranger"));
    await stranger.show({ status: "dancing", since: 7 });
    const notice = await ada.meet();
    const greeting = ada.events.next("message");
    await ada.enterRoom(notice);
    await greeting;
    await ada.broadcast("message", { text: { nested: true } });
    await ada.broadcast("message", { id: "x", from: ada.id, text: "", sent_at: "now" });
    await ada.broadcast("typing", { typing: "perhaps" });
    await ada.broadcast("leave", { reason: [] });
    expect((await ada.ask("are you still there?")).from).toBe(notice.partner.id);
    expect(service.snapshot().messages.malformed).toBeGreaterThanOrEqual(5);
    const metrics = await (await service.get("/metrics")).text();
    expect(metrics).toMatch(/shoal_messages_malformed_total\{kind="message"\} 2/);
    expect(metrics).toMatch(/shoal_messages_malformed_total\{kind="typing"\} 1/);
    expect(metrics).toMatch(/shoal_messages_malformed_total\{kind="leave"\} 1/);
  });

  it("starts without its database, is alive but not ready, and takes people once it is there", async () => {
    const database = cleanUp.use(await testDatabase({ backend, migrate: false }));
    const url = new URL(database.url);
    const proxy = cleanUp.use(await faultProxy(Number(url.port)));
    url.port = String(proxy.port);
    const service = cleanUp.use(await startTestService({ DATABASE_URL: url.toString() }));
    await until(async () => (await service.dependency("database")).errorCode === "STORE_UNAVAILABLE");
    expect(await statusOf(service, "/healthz")).toBe(200);
    expect(await statusOf(service, "/readyz")).toBe(503);
    expect((await service.api("POST", "/api/match/tickets", { user_id: "a" })).status).toBe(503);
    await until(() => service.snapshot().bots.idle === 3);

    await proxy.open();
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    const ada = cleanUp.use(await service.person("ada"));
    expect((await ada.meet()).partner.bot).toBe(true);
  });

  it("goes on waiting at start while a pooler lets nobody in, answers 503 with Retry-After, and then works", async () => {
    const { pooler, url } = await fullPooler(backend);
    const service = cleanUp.use(await startTestService({ DATABASE_URL: url }));
    await until(async () => (await service.dependency("database")).errorCode === "STORE_UNAVAILABLE");
    const refused = await service.api("POST", "/api/match/tickets", { user_id: "a" });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).not.toBeNull();

    await pooler.open();
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    const ada = cleanUp.use(await service.person("ada"));
    expect((await ada.meet()).partner.bot).toBe(true);
  });

  it("ends a match that was left while a pooler let nobody in, and its bot meets the next person", async () => {
    const { pooler, url } = await fullPooler(backend);
    await pooler.open();
    const oneBot = { BOT_MIN_COUNT: "1", BOT_MAX_COUNT: "1" };
    const service = cleanUp.use(await startTestService({ DATABASE_URL: url, ...oneBot }));
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    const ada = cleanUp.use(await service.person("ada"));
    const notice = ada.events.next("notice");
    const opened = await service.api("POST", "/api/match/tickets", { user_id: "ada" });
    const { id } = (await opened.json()) as TicketBody;
    const greeting = ada.events.next("message");
    await ada.enterRoom(await notice);
    await greeting;

    await pooler.refuse(FULL);
    await ada.leaveRoom();
    await until(() => service.snapshot().bots.idle === 1);
    const asked = await service.api("GET", `/api/match/tickets/${id}`);
    expect(asked.status).toBe(503);
    expect(asked.headers.get("retry-after")).not.toBeNull();
    await pooler.open();
    await until(async () => (await service.ticket(id)).status === "closed");
    const ben = cleanUp.use(await service.person("ben"));
    expect((await ben.meet()).partner.bot).toBe(true);
  });

  it("keeps a conversation going while the database is away, and matches again when it is back", async () => {
    const { service, proxy } = await behindProxy(backend);
    const ada = await talking(service, "ada");

    await proxy.close();
    await until(async () => (await statusOf(service, "/readyz")) === 503);
    expect((await ada.ask("do you like music?")).text).not.toBe("");
    await ada.leaveRoom();
    await proxy.open();
    const ben = cleanUp.use(await service.person("ben"));
    expect((await ben.meet()).partner.bot).toBe(true);
  });
});

describe("a database that does not even refuse", () => {
  it("stays alive while nothing comes back from the database, goes on talking, and matches again after", async () => {
    const { service, proxy } = await behindProxy("embedded");
    const ada = await talking(service, "ada");

    proxy.freeze();
    const asked = service.api("POST", "/api/match/tickets", { user_id: "carl" });
    await until(async () => (await statusOf(service, "/readyz")) === 503);
    expect((await ada.ask("do you like music?")).text).not.toBe("");
    // An answer means that the limit of a query has passed.
    expect((await asked).status).toBe(503);
    expect(await statusOf(service, "/healthz")).toBe(200);
    expect((await ada.ask("and books?")).text).not.toBe("");
    await until(async () => /database_errors_total\{code="STORE_UNAVAILABLE"\} \d/.test(await metricsOf(service)));
    expect(await statusOf(service, "/healthz")).toBe(200);

    await proxy.open();
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    const ben = cleanUp.use(await service.person("ben"));
    expect((await ben.meet()).partner.bot).toBe(true);
  });

  it("says goodbye and ends in time although nothing comes back from the database", async () => {
    const { service, proxy } = await behindProxy("embedded", { DRAIN_TIMEOUT_MS: "8000" });
    const ada = await talking(service, "ada");
    proxy.freeze();
    const goodbye = ada.events.next("message");
    const leave = ada.events.next("leave");
    const drained = service.drain();
    expect((await goodbye).text).not.toBe("");
    await leave;
    expect(await drained).toMatchObject({ clean: false, left: { sockets: 0, slots: 0 } });
  });

  it("ends cleanly before its database was ever there", async () => {
    const database = cleanUp.use(await testDatabase({ migrate: false }));
    const url = new URL(database.url);
    const proxy = cleanUp.use(await faultProxy(Number(url.port)));
    url.port = String(proxy.port);
    const service = cleanUp.use(await startTestService({ DATABASE_URL: url.toString() }));
    expect(await service.drain()).toMatchObject({
      clean: true,
      left: { sockets: 0, slots: 0, leases: 0, timers: 0 },
    });
  });
});

it("starts without Supabase, is alive but not ready, and ends cleanly all the same", async () => {
  const database = cleanUp.use(await testDatabase({ migrate: false }));
  const nobody = cleanUp.use(await faultProxy(9));
  const service = cleanUp.use(
    await startTestService({
      DATABASE_URL: database.url,
      SUPABASE_URL: `http://127.0.0.1:${nobody.port}`,
      SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
      SHOAL_API_TOKEN: "0123456789abcdef",
    }),
  );
  await until(async () => (await service.dependency("database")).state === "ok");
  await until(async () => (await service.dependency("realtime")).state === "down");
  expect(await statusOf(service, "/healthz")).toBe(200);
  expect(await statusOf(service, "/readyz")).toBe(503);
  await until(() => (service.snapshot().errorsByClass.network ?? 0) > 0);
  expect((await service.drain()).left).toEqual({ sockets: 0, slots: 0, leases: 0, timers: 0 });
});
