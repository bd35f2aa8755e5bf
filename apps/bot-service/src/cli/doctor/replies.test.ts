import { type ModelPart, ReplyError, type ReplyModel } from "@shoal/replies";
import { expect, it } from "vitest";
import { judgeModel } from "./replies.ts";

const CONFIG = {
  llmBaseUrl: "http://llm/v1",
  llmModel: "m",
  llmApiKey: "sk-hidden",
  llmPriceInput: 1,
  llmPriceOutput: 10,
};
const hello: ModelPart = { kind: "text", text: "Hello." };
const end = (inputTokens?: number, outputTokens?: number): ModelPart => ({
  ...{ kind: "end", isWhole: true, usage: { inputTokens, outputTokens } },
});

/** What the doctor finds of a model that answers with these parts, each `everyMs` after the one before, or fails. */
function judge(parts: readonly ModelPart[], everyMs = 300, fault?: ReplyError) {
  let nowMs = 0;
  const model: ReplyModel = {
    host: "llm",
    async *stream() {
      if (fault) throw fault;
      for (const part of parts) {
        nowMs += everyMs;
        yield part;
      }
    },
  };
  return judgeModel(model, CONFIG, new AbortController().signal, () => nowMs);
}

it("names model, time and price of one that answers", async () => {
  expect(await judge([hello, end(20, 2)])).toEqual({
    ...{ status: "ok", found: "m at llm answered in 600 ms for 0.000040 US dollars" },
    figures: { took_ms: 600, cost_dollars: 0.00004 },
  });
});

it.each([
  ["too slow", [hello, end(20, 2)], 2600, "quicker model"],
  ["without a word", [end(20, 16)], 300, "thinks first"],
  ["without its tokens", [hello, end()], 300, "usage"],
] as const)("warns of one that is %s", async (_, parts, everyMs, todo) => {
  expect(await judge(parts, everyMs)).toMatchObject({ status: "warn", todo: expect.stringContaining(todo) });
});

it.each([
  [401, "LLM_API_KEY"],
  [402, "credit"],
  [404, "LLM_MODEL"],
  [429, "LLM_MAX_CONCURRENCY"],
  [500, "is up"],
])("says what to do about HTTP %i", async (status, todo) => {
  const finding = await judge([], 0, new ReplyError(status < 429 ? "REPLY_REFUSED" : "REPLY_UNAVAILABLE", { status }));
  expect(finding).toMatchObject({ status: "fail", todo: expect.stringContaining(todo), figures: { status } });
  expect(JSON.stringify(finding)).not.toContain("sk-hidden");
});
