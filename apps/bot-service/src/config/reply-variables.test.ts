import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../config.ts";

const MODEL = {
  LLM_BASE_URL: "https://llm.example/v1",
  LLM_MODEL: "m",
  LLM_PRICE_INPUT: "0.15",
  LLM_PRICE_OUTPUT: "0",
};

/** Variables at fault. */
function refused(env: Record<string, string>): string[] {
  try {
    parseConfig(env);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    expect(thrown.message).not.toContain("sk-hidden");
    return thrown.problems.map(({ variable }) => variable);
  }
}

describe("a language model", () => {
  it("is none, with budgets for the day that there is one", () => {
    const { config, warnings } = parseConfig({});
    expect(config).toMatchObject({ llmBaseUrl: null, llmMemory: "off", safetyMinAge: 18, safetyRegion: "XX" });
    expect(config).toMatchObject({
      llmBudgetConversationMicros: 20_000,
      llmBudgetPersonDayMicros: 100_000,
      llmBudgetDayMicros: 5_000_000,
      llmBudgetMonthMicros: 100_000_000,
    });
    expect(warnings).toEqual([]);
  });

  it("has a name and both prices, of which 0 is one", () => {
    expect(parseConfig(MODEL).config).toMatchObject({ llmModel: "m", llmPriceInput: 0.15, llmPriceOutput: 0 });
    for (const name of ["LLM_MODEL", "LLM_PRICE_INPUT", "LLM_PRICE_OUTPUT"])
      expect(refused({ ...MODEL, [name]: "" })).toEqual([name]);
    expect(refused({ LLM_BASE_URL: MODEL.LLM_BASE_URL })).toHaveLength(3);
  });

  it("is not taken from half of its variables, and says so", () => {
    const { warnings } = parseConfig({ ...MODEL, LLM_BASE_URL: "" });
    expect(warnings).toEqual([expect.stringMatching(/^LLM_MODEL, LLM_PRICE_INPUT, LLM_PRICE_OUTPUT: no effect/)]);
  });

  it("has a key that is never shown", () => {
    const { config } = parseConfig({ ...MODEL, LLM_API_KEY: "sk-hidden" });
    expect(config.llmApiKey).toBe("sk-hidden");
    expect(config.shown.find(({ variable }) => variable === "LLM_API_KEY")?.value).toBe("[secret]");
    expect(JSON.stringify(config.shown)).not.toContain("sk-hidden");
    expect(refused({ ...MODEL, LLM_API_KEY: "sk-hidden and more" })).toEqual(["LLM_API_KEY"]);
  });
});

it.each([
  ["LLM_BUDGET_DAY", "12.5", 12_500_000],
  ["LLM_BUDGET_DAY", "0", 0],
  ["LLM_BUDGET_CONVERSATION", "0.000001", 1],
  // As a sum of binary fractions it would be 4,999,999.999….
  ["LLM_BUDGET_MONTH", "1.1", 1_100_000],
])("reads %s=%s as whole micros", (name, given, micros) => {
  expect(Object.values(parseConfig({ [name]: given }).config)).toContain(micros);
});

it.each([
  ["LLM_BASE_URL", "llm.example/v1"],
  ["LLM_BASE_URL", "ftp://llm.example"],
  ["LLM_BASE_URL", "https://sk-hidden@llm.example"],
  ["LLM_BASE_URL", "https://llm.example/v1?api_key=sk-hidden"],
  ["LLM_PRICE_INPUT", "free"],
  ["LLM_PRICE_INPUT", "-1"],
  ["LLM_PRICE_OUTPUT", "1e3"],
  ["LLM_BUDGET_DAY", "1,5"],
  ["LLM_BUDGET_DAY", "0.0000001"],
  ["LLM_BUDGET_MONTH", "1000001"],
  ["LLM_MAX_CONCURRENCY", "0"],
  ["LLM_MEMORY", "sometimes"],
  ["SAFETY_MIN_AGE", "100"],
  ["SAFETY_REGION", "de"],
  ["SAFETY_REGION", "Germany"],
  ["SAFETY_ALLOW_LINKS", "some"],
])("refuses %s=%s", (name, given) => {
  expect(refused({ ...MODEL, [name]: given })).toEqual([name]);
});

it("warns of a name that is nearly one of these", () => {
  expect(parseConfig({ LLM_BUDGET_DAYS: "3", SAFETY_REGIO: "DE" }).warnings.join()).toMatch(
    /LLM_BUDGET_DAY\?.*SAFETY_REGION\?/,
  );
});
