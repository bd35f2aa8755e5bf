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

  it("finds deployments by a part of their names and by their status, and says where the page after this one begins", async () => {
    const list = await ask(made, "GET", "/api/bot/deployments?search=Ad&status=crashed&only=bots");
    expect(await list.json()).toMatchObject({ deployments: [{ bot_id: "bot-a" }], next: "bot-a" });
    const filter = { limit: 100, search: "Ad", status: "crashed", only: "bots" };
    const ids = ["a,b", '"'];
    await ask(made, "GET", `/api/bot/deployments?ids=${encodeURIComponent(JSON.stringify(ids))}`);
    expect(made.calls).toEqual([
      ["deployments", filter],
      ["deployments", { limit: 100, ids }],
    ]);
  });

  it("says who may run a deployed bot, and how many commands wait for that one", async () => {
    const one = await ask(made, "GET", "/api/bot/deployments/bot-a");
    const lease = { holder: "replica-1", expires_in_ms: 9000 };
    expect(await one.json()).toMatchObject({ replica: null, last_error: null, lease, waiting_commands: 1 });
  });

  it("lists the commands to one bot, or follows several, without their payloads", async () => {
    const [other] = ["00000000-0000-0000-0000-000000000001"];
    const ofBot = await (await ask(made, "GET", `/api/bot/commands?bot_id=bot-a&limit=5&before=${other}`)).json();
    await ask(made, "GET", `/api/bot/commands?ids=${COMMAND_ID},${other}`);
    expect(ofBot).toMatchObject({ commands: [{ id: COMMAND_ID, outcome: null }] });
    expect(ofBot).not.toHaveProperty("commands.0.payload");
    expect(made.calls).toEqual([
      ["commands", { botId: "bot-a", limit: 5, before: other }],
      ["commands", { ids: [COMMAND_ID, other] }],
    ]);
  });

  it("issues one command to several bots at once", async () => {
    const body = { bot_ids: ["a", "b"], command: "STOP_BOT", payload: { graceful: true } };
    const issued = await ask(made, "POST", "/api/bot/commands/batch", body);
    expect(issued.status).toBe(202);
    expect(await issued.json()).toEqual({ command_ids: [COMMAND_ID, COMMAND_ID] });
    const payload = { graceful: true, remove: false };
    expect(made.calls).toEqual([["issue", ...["a", "b"].map((botId) => ({ botId, command: "STOP_BOT", payload }))]]);
  });

  it("says what can be deployed, and what is wrong with settings", async () => {
    const kinds = await ask(made, "GET", "/api/bot/kinds");
    expect(await kinds.json()).toEqual({
      kinds: [{ kind: "conversation", names: ["Ada", "Ben"], takes_settings: true }],
    });
    const check = async (kind: string, config: object) =>
      (await ask(made, "POST", "/api/bot/settings", { kind, config })).json();
    expect(await check("conversation", {})).toEqual({ problem: null });
    expect(await check("conversation", { persona: 1 })).toMatchObject({
      problem: { code: "CONTROL_SETTINGS_INVALID", message: "config: persona: must be one of them" },
    });
    expect(await check("dance", {})).toMatchObject({ problem: { code: "CONTROL_KIND_UNKNOWN" } });
    expect(made.calls).toEqual([]);
  });

  it("shows the last states of a bot, and of one that it does not know none", async () => {
    const history = async (id: string) => (await ask(made, "GET", `/api/bots/${id}/history`)).json();
    expect(await history("bot-a")).toMatchObject({ changes: [{ state: "crashed", error_code: "KIND_BROKEN" }] });
    expect(await history("nobody")).toEqual({ changes: [] });
  });

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
    ["GET", "/api/bot/deployments?search=", undefined, 422, "search"],
    ["GET", "/api/bot/deployments?search=%00", undefined, 422, "search"],
    ["GET", "/api/bot/deployments?status=well", undefined, 422, "status"],
    ["GET", "/api/bot/deployments?only=people", undefined, 422, "only"],
    ["GET", "/api/bot/deployments?ids=a", undefined, 422, "ids"],
    ["GET", "/api/bot/deployments?ids=[]", undefined, 422, "ids"],
    ["GET", "/api/bot/commands", undefined, 422, "bot_id"],
    ["GET", `/api/bot/commands?bot_id=a&ids=${COMMAND_ID}`, undefined, 422, "bot_id"],
    ["GET", "/api/bot/commands?ids=first", undefined, 422, "ids.0"],
    ["GET", "/api/bot/commands?bot_id=a&before=first", undefined, 422, "before"],
    ["GET", `/api/bot/commands?ids=${Array.from({ length: 101 }, () => COMMAND_ID)}`, undefined, 422, "ids"],
    ["POST", "/api/bot/commands/batch", { bot_ids: [], command: "STOP_BOT" }, 422, "bot_ids"],
    ["POST", "/api/bot/commands/batch", { bot_ids: ["a", ""], command: "STOP_BOT" }, 422, "bot_ids.1"],
    ["POST", "/api/bot/commands/batch", { bot_ids: ["a"], command: "UPDATE_CONFIG" }, 422, "command"],
    ["POST", "/api/bot/settings", { kind: "conversation", config: [] }, 422, "config"],
    ["GET", "/api/bots/%00/history", undefined, 404, "id"],
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
    ["GET", "/api/bot/commands?bot_id=a"],
    ["POST", "/api/bot/commands/batch"],
    ["GET", "/api/bot/kinds"],
    ["POST", "/api/bot/settings"],
    ["GET", "/api/bots/bot-a/history"],
  ])("opens %s %s to the API token only", async (method, path) => {
    const response = await ask(made, method, path, undefined, { authorization: "Bearer cron-secret-that-comes" });
    expect(response.status).toBe(401);
    expect(made.calls).toEqual([]);
  });
});
