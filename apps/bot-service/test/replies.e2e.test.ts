import { join } from "node:path";
import { type ModelServer, startModelServer } from "@shoal/replies/stand-in";
import { afterEach, expect, it } from "vitest";
import type { RepliesView } from "../src/http/reply-bodies.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

const SENTENCES = ["Jazz it is, then.", "Which record would you keep?"] as const;
const SECRET = "xyzzy";

let service: TestService | undefined;
let model: ModelServer | undefined;
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

/** The pages that an operator has. */
async function read<Body>(running: TestService, path: string): Promise<Body> {
  return (await (await running.api("GET", path)).json()) as Body;
}

it("a person hears the model, the rules where it fails or its money is spent, and fixed words in danger", async () => {
  const logged: string[] = [];
  const endpoint = await startModelServer({ answer: () => SENTENCES.join(" ") });
  model = endpoint;
  const running = await startTestService(
    {
      // Its bots type quickly.
      FLEET_CONFIG: join(import.meta.dirname, "../../demo/src/chat.fleet.config.ts"),
      ...{ LLM_BASE_URL: endpoint.url, LLM_MODEL: "stand-in", LLM_API_KEY: endpoint.apiKey, LLM_BUDGET_DAY: "0.02" },
      ...{ LLM_PRICE_INPUT: "1", LLM_PRICE_OUTPUT: "1", LLM_BUDGET_CONVERSATION: "1", LLM_BUDGET_PERSON_DAY: "1" },
    },
    (fields, message) => void logged.push(JSON.stringify({ ...fields, message })),
  );
  service = running;
  const view = () => read<RepliesView>(running, "/api/replies");
  await until(async () => (await view()).model?.status === "up");

  const ada = await running.person("ada");
  const heard: string[] = [];
  ada.events.on("message", ({ from, text }) => void (from === ada.id || heard.push(text)));
  /** Says something, and resolves with the whole turn of the bot that answers it. */
  const ask = async (text: string, engine: keyof RepliesView["engines"], count = 1): Promise<string[]> => {
    const before = { count: heard.length, turns: (await view()).engines[engine] };
    await ada.say(text);
    await until(async () => (await view()).engines[engine] > before.turns && heard.length >= before.count + count);
    return heard.slice(before.count);
  };
  await ada.enterRoom(await ada.meet());
  await until(() => heard.length === 1);
  expect([heard[0], endpoint.requests.length]).toEqual([expect.stringMatching(/\bbot\b/i), 0]);

  expect(await ask(`I like jazz and ${SECRET}`, "model", 2)).toEqual(SENTENCES);
  for (const fault of ["hang up", "page"] as const) {
    endpoint.misbehave(fault);
    expect(SENTENCES).not.toContain((await ask(`I like jazz and ${SECRET}`, "rules"))[0]);
  }
  expect((await view()).codes).toEqual({ REPLY_UNAVAILABLE: 1, REPLY_MALFORMED: 1 });

  // More than the budget of the day, as the endpoint tells it afterwards.
  endpoint.misbehave({ says: [SENTENCES[0]], usage: { prompt_tokens: 9_000_000, completion_tokens: 1_000_000 } });
  await ask(`I like jazz and ${SECRET}`, "model");
  await ask(`I like jazz and ${SECRET}`, "rules");
  expect((await view()).codes).toMatchObject({ REPLY_BUDGET: 1 });
  await until(async () => (await running.dependency("replies")).errorCode === "REPLY_BUDGET");
  expect((await running.get("/readyz")).status).toBe(200);
  expect(logged.filter((line) => line.includes("the budget of replies by the model is spent"))).toHaveLength(1);

  expect((await ask(`I will end it all, ${SECRET}`, "safety", 2)).join(" ")).toContain("findahelpline.com");
  await until(async () => (await read<{ marks: readonly unknown[] }>(running, "/api/marks")).marks.length === 1);
  const kept = JSON.stringify([await view(), await read(running, "/api/marks"), logged]);
  const metrics = await (await running.get("/metrics")).text();
  for (const text of [kept, metrics]) expect(text).not.toMatch(new RegExp(`${SECRET}|${endpoint.apiKey}|jazz`));
  expect(metrics).toMatch(/shoal_replies_total\{engine="model",code="none"\} 2/);
  expect(metrics).toMatch(/shoal_reply_overruns_total 1/);
  expect(metrics).toMatch(/shoal_reply_cost_dollars_total 0\.0[2-9]/);

  const person = "/api/people/ada";
  expect(JSON.stringify(await read(running, person))).toContain("self_harm");
  expect((await running.api("DELETE", person)).status).toBe(200);
  expect(JSON.stringify(await read(running, person))).not.toMatch(/self_harm|match_id/);
  expect((await read<{ marks: readonly unknown[] }>(running, "/api/marks")).marks).toEqual([]);
});
