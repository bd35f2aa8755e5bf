import { beforeEach, expect, it } from "vitest";
import { ask, makeApp, type TestApp } from "./http.test-support.ts";

let made: TestApp;
beforeEach(() => {
  made = makeApp();
});

const read = async (path: string) => (await ask(made, "GET", path)).json() as Promise<Record<string, unknown>>;

it("lists bots by id, page by page, and counts them by state whatever is asked for", async () => {
  const first = await read("/api/bots?limit=1");
  expect(first).toMatchObject({
    bots: [{ bot_id: "bot-a", name: "Ada", since: "2026-01-01T00:00:00.000Z", until: null, last_error: "KIND_BROKEN" }],
    ...{ after: "bot-a", total: 2, states: { idle: 1, quarantined: 1 } },
  });
  const next = {
    bots: [{ bot_id: "bot-b", until: "2026-01-01T00:00:00.000Z", last_error: null }],
    after: null,
    total: 2,
  };
  expect(await read("/api/bots?limit=1&after=bot-a")).toMatchObject(next);
  const found = async (query: string) =>
    ((await read(`/api/bots?${query}`))["bots"] as { bot_id: string }[]).map(({ bot_id }) => bot_id);
  expect(await found("search=ADA")).toEqual(["bot-a"]);
  expect(await found("search=bot-")).toEqual(["bot-a", "bot-b"]);
  expect(await found("state=quarantined")).toEqual(["bot-b"]);
  expect(await found("kind=dance")).toEqual([]);
  expect(await found("bot_id=bot-b")).toEqual(["bot-b"]);
  expect(await found("bot_id=bot-")).toEqual([]);
});

it("lists channels and sockets of the pool, and what happened to the channels of a topic", async () => {
  expect(await read("/api/channels?search=LOBBY")).toEqual({
    channels: [
      {
        channel: "bot-a lobby",
        topic: "lobby",
        client_id: "bot-a",
        status: "joined",
        socket_id: "s1",
        priority: "lobby",
      },
    ],
    ...{ after: null, total: 1 },
  });
  expect(await read("/api/channels?status=waiting")).toMatchObject({
    channels: [{ topic: "room:1", socket_id: null }],
  });
  expect(await read("/api/sockets")).toEqual({ sockets: [{ socket_id: "s1", status: "open", slots_held: 1 }] });
  made.poolEvents.emit("channel:joining", { topic: "room:1", clientId: "bot-a", attempt: 1 });
  made.poolEvents.emit("channel:failed", { topic: "room:1", clientId: "bot-a", errorClass: "rate", reason: "no" });
  made.poolEvents.emit("channel:joining", { topic: "a-room:1", clientId: "bot-b", attempt: 1 });
  expect(await read("/api/channels/history?topic=room:1")).toMatchObject({
    histories: [
      {
        connection: "channel bot-a room:1",
        changes: [
          { state: "joining", error_class: null },
          { state: "failed", error_class: "rate", reason: "no" },
        ],
      },
    ],
  });
  expect(await read("/api/channels/history?topic=nobody")).toEqual({ histories: [] });
});

it.each([
  "/api/bots?limit=0",
  "/api/bots?limit=1001",
  "/api/bots?state=well",
  "/api/channels?status=x",
  "/api/channels/history",
])("refuses %s", async (path) => {
  expect((await ask(made, "GET", path)).status).toBe(422);
});

it("shows the variables, the kinds of bots and the topics", async () => {
  expect(await read("/api/config")).toMatchObject({
    variables: [{ variable: "HTTP_PORT", value: "1", is_secret: false, is_changed: true, source: "environment" }],
    ...{
      fleet_file: "fleet.config.ts",
      bot_kinds: ["echo"],
      topics: { lobby: "l", user: "u:<user>", room: "r:<room>" },
    },
  });
});

it.each(["/api/bots", "/api/channels", "/api/channels/history?topic=a", "/api/sockets", "/api/config"])(
  "opens %s to the API token only",
  async (path) => {
    expect((await ask(made, "GET", path, undefined, { authorization: "Bearer person:u1" })).status).toBe(401);
  },
);
