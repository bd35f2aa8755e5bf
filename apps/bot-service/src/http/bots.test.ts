import { beforeEach, describe, expect, it } from "vitest";
import { ask, COMMAND_ID, makeApp, type TestApp } from "./http.test-support.ts";

let made: TestApp;
beforeEach(() => {
  made = makeApp();
});

const OWNER = "3c5e1f0a-1b2c-4d3e-8f4a-5b6c7d8e9f00";

describe("commands to bots", () => {
  it.each([
    ["/api/bot/start", { bot_id: "a" }, "START_BOT", {}],
    [
      "/api/bot/start",
      { bot_id: "a", owner_id: OWNER, kind: "k", name: "n", config: { x: 1 } },
      "START_BOT",
      { owner_id: OWNER, kind: "k", name: "n", config: { x: 1 } },
    ],
    ["/api/bot/stop", { bot_id: "a" }, "STOP_BOT", { graceful: false }],
    ["/api/bot/stop", { bot_id: "a", graceful: true }, "STOP_BOT", { graceful: true }],
    ["/api/bot/commands", { bot_id: "a", command: "PAUSE_BOT" }, "PAUSE_BOT", {}],
    ["/api/bot/commands", { bot_id: "a", command: "STOP_BOT" }, "STOP_BOT", { graceful: false, remove: false }],
    [
      "/api/bot/commands",
      { bot_id: "a", command: "UPDATE_CONFIG", payload: { config: { y: [] } } },
      "UPDATE_CONFIG",
      { config: { y: [] } },
    ],
  ])("issues the command of %s %j at once", async (path, body, command, payload) => {
    const response = await ask(made, "POST", path, body);
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/api/bot/commands/${COMMAND_ID}`);
    expect(await response.json()).toEqual({ command_id: COMMAND_ID });
    expect(made.calls).toEqual([["issue", { botId: "a", command, payload }]]);
  });

  it("starts what is deployed and stopped: one, or all", async () => {
    const one = await ask(made, "POST", "/api/bot/start-runtime", { bot_id: "bot-a" });
    const all = await ask(made, "POST", "/api/bot/start-runtime");
    expect([one.status, all.status]).toEqual([202, 202]);
    expect(await all.json()).toEqual({ command_ids: [COMMAND_ID] });
    expect(made.calls).toEqual([
      ["startStopped", "bot-a"],
      ["startStopped", undefined],
    ]);
  });

  it("shows what became of a command, and the deployments", async () => {
    const command = await (await ask(made, "GET", `/api/bot/commands/${COMMAND_ID}`)).json();
    expect(command).toMatchObject({ id: COMMAND_ID, bot_id: "bot-a", outcome: null, applied_at: null });
    const list = await (await ask(made, "GET", "/api/bot/deployments?limit=2&before=z")).json();
    expect(list).toMatchObject({ deployments: [{ bot_id: "bot-a", desired: "stopped", replica: null }] });
    expect(made.calls).toEqual([["deployments", { limit: 2, before: "z" }]]);
    const one = await (await ask(made, "GET", "/api/bot/deployments/bot-a")).json();
    expect(one).toMatchObject({ bot_id: "bot-a", status: "stopped" });
  });

  it.each(["00000000-0000-0000-0000-000000000001", "33333333-3333-3333-3333-333333333333", OWNER.toUpperCase()])(
    "takes %s as a user's id, as Postgres does",
    async (owner) => {
      const response = await ask(made, "POST", "/api/bot/start", { bot_id: "a", owner_id: owner });
      expect(response.status).toBe(202);
      const payload = { owner_id: owner.toLowerCase() };
      expect(made.calls).toEqual([["issue", { botId: "a", command: "START_BOT", payload }]]);
    },
  );

  it("removes a deployment by a command", async () => {
    const response = await ask(made, "DELETE", "/api/bot/deployments/bot-a");
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/api/bot/commands/${COMMAND_ID}`);
    expect(made.calls).toEqual([["remove", "bot-a"]]);
  });

  it.each([
    ["POST", "/api/bot/start", {}, 422, "bot_id"],
    ["POST", "/api/bot/start", { bot_id: "" }, 422, "bot_id"],
    ["POST", "/api/bot/start", { bot_id: "x".repeat(129) }, 422, "bot_id"],
    ["POST", "/api/bot/start", { bot_id: "a\0" }, 422, "bot_id"],
    ["POST", "/api/bot/start", { bot_id: "a", owner_id: "ada" }, 422, "owner_id"],
    ["POST", "/api/bot/start", { bot_id: "a", config: [] }, 422, "config"],
    ["POST", "/api/bot/start", { bot_id: "a", name: 7 }, 422, "name"],
    ["POST", "/api/bot/start", { bot_id: "a", size: 7 }, 422, "size"],
    ["POST", "/api/bot/stop", { bot_id: "a", graceful: "yes" }, 422, "graceful"],
    ["POST", "/api/bot/start-runtime", { bot_id: "nobody" }, 404, "bot_id"],
    ["POST", "/api/bot/start-runtime", { bot: "bot-a" }, 422, "bot"],
    ["POST", "/api/bot/commands", { bot_id: "a", command: "DANCE" }, 422, "command"],
    ["POST", "/api/bot/commands", { bot_id: "a", command: "UPDATE_CONFIG" }, 422, "payload"],
    ["POST", "/api/bot/commands", { bot_id: "a", command: "UPDATE_CONFIG", payload: {} }, 422, "payload.config"],
    ["POST", "/api/bot/commands", { bot_id: "a", command: "PAUSE_BOT", payload: { for: 1 } }, 422, "payload.for"],
    ["POST", "/api/bot/commands", "[]", 422, "body"],
    ["GET", "/api/bot/commands/7b0f3c1e-8e0a-4f5c-9d6a-000000000000", undefined, 404, "id"],
    ["GET", "/api/bot/commands/first", undefined, 404, "id"],
    ["GET", "/api/bot/deployments?limit=0", undefined, 422, "limit"],
    ["GET", "/api/bot/deployments?before=%00", undefined, 422, "before"],
    ["GET", "/api/bot/deployments/nobody", undefined, 404, "id"],
    ["GET", "/api/bot/deployments/%00", undefined, 404, "id"],
    ["DELETE", "/api/bot/deployments/nobody", undefined, 404, "id"],
  ])("refuses %s %s %j with %i, naming %s, and changes nothing", async (method, path, body, status, field) => {
    const response = await ask(made, method, path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ field });
    expect(made.calls).toEqual([]);
  });

  it.each([
    ["POST", "/api/bot/start"],
    ["POST", "/api/bot/stop"],
    ["POST", "/api/bot/start-runtime"],
    ["POST", "/api/bot/commands"],
    ["GET", "/api/bot/deployments"],
    ["DELETE", "/api/bot/deployments/bot-a"],
  ])("opens %s %s to the API token only", async (method, path) => {
    const response = await ask(made, method, path, undefined, { authorization: "Bearer cron-secret-that-comes" });
    expect(response.status).toBe(401);
    expect(made.calls).toEqual([]);
  });
});
