import { faultProxy, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { startTestService, type TestService, type TicketBody, until } from "./test-service.ts";

/** Returns what ends with that test: several run at the same time, as they mostly wait. */
function endingWith({ onTestFinished }: TestContext): AsyncDisposableStack {
  const cleanUp = new AsyncDisposableStack();
  onTestFinished(() => cleanUp.disposeAsync());
  return cleanUp;
}

const FULL = { sqlstate: "XX000", message: "MaxClientsInSessionMode: max clients reached" };

/** A database behind a proxy, through which it can go away. Closed at first. */
async function proxiedDatabase(stack: AsyncDisposableStack, options: Parameters<typeof testDatabase>[0] = {}) {
  const database = stack.use(await testDatabase(options));
  const url = new URL(database.url);
  const proxy = stack.use(await faultProxy(Number(url.port)));
  url.port = String(proxy.port);
  return { proxy, environment: { DATABASE_URL: url.toString() } };
}

/** A person in the middle of a conversation with a bot. */
async function talking(cleanUp: AsyncDisposableStack, service: TestService, id: string) {
  const person = cleanUp.use(await service.person(id));
  const greeting = person.events.next("message");
  await person.enterRoom(await person.meet());
  await greeting;
  return person;
}

const metricsOf = async (service: TestService) => (await service.get("/metrics")).text();
const statusOf = async (service: TestService, path: string) => (await service.get(path)).status;

it.concurrent("pairs people who come in by HTTP, and says why somebody still waits", async (context) => {
  const cleanUp = endingWith(context);
  const service = cleanUp.use(await startTestService({ MATCH_BOT_AFTER_MS: "3600000" }));
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

describe.concurrent("people who vanish or send nonsense", () => {
  let service: TestService;
  const held = new AsyncDisposableStack();
  beforeAll(async () => {
    service = held.use(await startTestService({ MATCH_BOT_AFTER_MS: "50" }));
  });
  afterAll(() => held.disposeAsync());

  it("leave everybody free: while waiting, before confirming, and in a conversation", {
    concurrent: false,
  }, async (context) => {
    const cleanUp = endingWith(context);
    const idle = () => {
      const { bots, people, matches } = service.snapshot();
      return bots.idle === 3 && people.waiting === 0 && matches.live === 0;
    };

    const beforeConfirming = cleanUp.use(await service.person("a"));
    expect((await beforeConfirming.meet()).partner.bot).toBe(true);
    beforeConfirming.vanish();
    await until(idle);

    const person = await talking(cleanUp, service, "b");
    person.vanish();
    await until(idle);
  });

  it("are read as far as they can be: the rest is dropped and counted", { concurrent: false }, async (context) => {
    const cleanUp = endingWith(context);
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
    const metrics = await metricsOf(service);
    expect(metrics).toMatch(/shoal_messages_malformed_total\{kind="message"\} 2/);
    expect(metrics).toMatch(/shoal_messages_malformed_total\{kind="typing"\} 1/);
    expect(metrics).toMatch(/shoal_messages_malformed_total\{kind="leave"\} 1/);
  });
});

it.concurrent.for([
  ["its database is away", false],
  ["a pooler lets nobody in", true],
] as const)(
  "starts while %s, is alive but not ready, and takes people once it is there",
  async ([_why, isRefused], context) => {
    const cleanUp = endingWith(context);
    const { proxy, environment } = await proxiedDatabase(cleanUp, { migrate: false });
    if (isRefused) await proxy.refuse(FULL);
    const service = cleanUp.use(await startTestService(environment));
    await until(async () => (await service.dependency("database")).errorCode === "STORE_UNAVAILABLE");
    expect(await statusOf(service, "/healthz")).toBe(200);
    expect(await statusOf(service, "/readyz")).toBe(503);
    const refused = await service.api("POST", "/api/match/tickets", { user_id: "a" });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).not.toBeNull();

    await proxy.open();
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    await until(() => service.snapshot().bots.idle === 3);
    const ada = cleanUp.use(await service.person("ada"));
    expect((await ada.meet()).partner.bot).toBe(true);
  },
);

it.concurrent("ends a match that was left while a pooler let nobody in, and its bot meets the next person", async (context) => {
  const cleanUp = endingWith(context);
  const { proxy, environment } = await proxiedDatabase(cleanUp);
  await proxy.open();
  const oneBot = { BOT_MIN_COUNT: "1", BOT_MAX_COUNT: "1" };
  const service = cleanUp.use(await startTestService({ ...environment, ...oneBot }));
  await until(async () => (await statusOf(service, "/readyz")) === 200);
  const ada = cleanUp.use(await service.person("ada"));
  const notice = ada.events.next("notice");
  const opened = await service.api("POST", "/api/match/tickets", { user_id: "ada" });
  const { id } = (await opened.json()) as TicketBody;
  const greeting = ada.events.next("message");
  await ada.enterRoom(await notice);
  await greeting;

  await proxy.refuse(FULL);
  await ada.leaveRoom();
  await until(() => service.snapshot().bots.idle === 1);
  const asked = await service.api("GET", `/api/match/tickets/${id}`);
  expect(asked.status).toBe(503);
  expect(asked.headers.get("retry-after")).not.toBeNull();
  await proxy.open();
  await until(async () => (await service.ticket(id)).status === "closed");
  const ben = cleanUp.use(await service.person("ben"));
  expect((await ben.meet()).partner.bot).toBe(true);
});

// One daemon for all of it: each test leaves the database there again, and the last one ends the daemon.
describe.concurrent("a daemon whose Postgres goes away", () => {
  let service: TestService;
  let proxy: Awaited<ReturnType<typeof proxiedDatabase>>["proxy"];
  const held = new AsyncDisposableStack();
  beforeAll(async () => {
    const proxied = await proxiedDatabase(held);
    proxy = proxied.proxy;
    await proxy.open();
    service = held.use(await startTestService({ ...proxied.environment, DRAIN_TIMEOUT_MS: "8000" }));
  });
  afterAll(() => held.disposeAsync());

  it("keeps a conversation going while it is away, and matches again when it is back", {
    concurrent: false,
  }, async (context) => {
    const cleanUp = endingWith(context);
    const ada = await talking(cleanUp, service, "ada");
    await proxy.close();
    await until(async () => (await statusOf(service, "/readyz")) === 503);
    expect((await ada.ask("do you like music?")).text).not.toBe("");
    await ada.leaveRoom();
    await proxy.open();
    const ben = cleanUp.use(await service.person("ben"));
    expect((await ben.meet()).partner.bot).toBe(true);
  });

  it("stays alive while nothing comes back from it, goes on talking, and matches again after", {
    concurrent: false,
  }, async (context) => {
    const cleanUp = endingWith(context);
    const carl = await talking(cleanUp, service, "carl");
    proxy.freeze();
    // A write that gets no answer may be done all the same once the database is back, and its person would be matched.
    const asked = service.api("GET", `/api/match/tickets/${crypto.randomUUID()}`);
    await until(async () => (await statusOf(service, "/readyz")) === 503);
    expect((await carl.ask("do you like music?")).text).not.toBe("");
    // An answer means that the limit of a query has passed.
    expect((await asked).status).toBe(503);
    expect(await statusOf(service, "/healthz")).toBe(200);
    expect((await carl.ask("and books?")).text).not.toBe("");
    await until(async () => /database_errors_total\{code="STORE_UNAVAILABLE"\} \d/.test(await metricsOf(service)));
    expect(await statusOf(service, "/healthz")).toBe(200);

    await proxy.open();
    await until(async () => (await statusOf(service, "/readyz")) === 200);
    const eve = cleanUp.use(await service.person("eve"));
    expect((await eve.meet()).partner.bot).toBe(true);
  });

  it("says goodbye and ends in time although nothing comes back from it", { concurrent: false }, async (context) => {
    const cleanUp = endingWith(context);
    const finn = await talking(cleanUp, service, "finn");
    proxy.freeze();
    const goodbye = finn.events.next("message");
    const leave = finn.events.next("leave");
    const drained = service.drain();
    expect((await goodbye).text).not.toBe("");
    await leave;
    expect(await drained).toMatchObject({ clean: false, left: { sockets: 0, slots: 0 } });
  });
});

it.concurrent("ends cleanly before its database was ever there", async (context) => {
  const cleanUp = endingWith(context);
  const { environment } = await proxiedDatabase(cleanUp, { migrate: false });
  const service = cleanUp.use(await startTestService(environment));
  expect(await service.drain()).toMatchObject({
    clean: true,
    left: { sockets: 0, slots: 0, leases: 0, timers: 0 },
  });
});

it.concurrent("starts without Supabase, is alive but not ready, and ends cleanly all the same", async (context) => {
  const cleanUp = endingWith(context);
  const nobody = cleanUp.use(await faultProxy(9));
  const service = cleanUp.use(
    await startTestService({
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
