import {
  type Common,
  define,
  isUrl,
  oneOf,
  optionalText,
  text,
  trueOrFalse,
  type Variable,
  wholeNumber,
} from "./variable.ts";

/** Millionths of a US dollar in one. */
export const MICROS_PER_DOLLAR = 1_000_000;

const DOLLARS = { most: 1_000_000, expected: "0 to 1000000 (US dollars, at most 6 digits after the point)" };

function dollarsOf(given: string): number | undefined {
  const value = /^\d{1,7}(\.\d{1,6})?$/.test(given) ? Number(given) : Number.NaN;
  return value <= DOLLARS.most ? value : undefined;
}

/** An amount of US dollars, read as micros. */
function budget(name: string, options: Common & { defaultText: string }): Variable<number> {
  const micros = (dollars: number) => Math.round(dollars * MICROS_PER_DOLLAR);
  const fallback = micros(Number(options.defaultText));
  return define(name, options, DOLLARS.expected, options.defaultText, fallback, (given) => {
    const dollars = dollarsOf(given);
    return dollars === undefined ? undefined : micros(dollars);
  });
}

/** A price in US dollars; `null` when unset, because nobody may be charged by a guess. */
function price(name: string, options: Common): Variable<number | null> {
  return define<number | null>(name, options, DOLLARS.expected, "none", null, dollarsOf);
}

/** Replies of bots: a language model and its money, what people are protected by, and who the bots are. */
export const replyVariables = {
  llmBaseUrl: optionalText("LLM_BASE_URL", {
    description:
      "OpenAI-compatible endpoint of a language model that speaks for the bots, up to and without `/chat/completions` ([conversations](conversations.md)). Unset: the rule engine speaks, and nothing is loaded.",
    defaultText: "none",
    expected: "URL starting with https:// or http://, without user, parameters and fragment",
    accepts: (given) => isUrl(["https:", "http:"])(given) && !/[?#@]/.test(given),
  }),
  llmModel: optionalText("LLM_MODEL", {
    description: "Name of the model, as the endpoint calls it. Required with `LLM_BASE_URL`.",
    defaultText: "none",
    expected: "1 to 200 characters without white space",
    accepts: (given) => /^\S{1,200}$/.test(given),
  }),
  llmApiKey: optionalText("LLM_API_KEY", {
    description: "Key of the endpoint. A model of one's own machine may need none.",
    defaultText: "none",
    expected: "1 to 512 characters without white space",
    isSecret: true,
    accepts: (given) => /^[\x21-\x7e]{1,512}$/.test(given),
  }),
  llmPriceInput: price("LLM_PRICE_INPUT", {
    description:
      "Price of a million tokens that the model reads, in US dollars. Required with `LLM_BASE_URL`; 0 is a price.",
  }),
  llmPriceOutput: price("LLM_PRICE_OUTPUT", {
    description:
      "Price of a million tokens that the model writes, in US dollars. Required with `LLM_BASE_URL`; 0 is a price.",
  }),
  llmBudgetConversationMicros: budget("LLM_BUDGET_CONVERSATION", {
    description:
      "US dollars that the replies of one conversation may cost. Each reply's worst cost is reserved in the database before it is asked for; over any of the four budgets the rule engine speaks.",
    defaultText: "0.02",
  }),
  llmBudgetPersonDayMicros: budget("LLM_BUDGET_PERSON_DAY", {
    description: "The same of one person on one day (UTC), in all conversations.",
    defaultText: "0.10",
  }),
  llmBudgetDayMicros: budget("LLM_BUDGET_DAY", {
    description: "The same of all people on one day (UTC), by all daemons on the database together.",
    defaultText: "5",
  }),
  llmBudgetMonthMicros: budget("LLM_BUDGET_MONTH", {
    description: "The same in one month (UTC).",
    defaultText: "100",
  }),
  llmMaxConcurrency: wholeNumber("LLM_MAX_CONCURRENCY", {
    description: "Replies that one daemon asks for at the same time; the rule engine gives the others.",
    default: 20,
    min: 1,
    max: 1000,
    unit: "replies",
  }),
  llmMemory: oneOf("LLM_MEMORY", {
    description:
      "`on`: bots remember for 30 days what people told them who have allowed it (`bot_memory_allow`), with a model and without.",
    default: "off",
    values: ["off", "on"],
  }),
  safetyMinAge: wholeNumber("SAFETY_MIN_AGE", {
    description:
      "Who states a lower age is met as a minor: by the rule engine alone, without contact and intimate talk.",
    default: 18,
    min: 0,
    max: 99,
    unit: "years",
  }),
  safetyRegion: text("SAFETY_REGION", {
    description:
      "Country of the people, whose help lines are named to somebody in danger. `XX`: no one country; findahelpline.com and the local emergency number are.",
    default: "XX",
    expected: "two capital letters (ISO 3166-1 alpha-2), or XX",
    accepts: (given) => /^[A-Z]{2}$/.test(given),
  }),
  safetyHelpLines: optionalText("SAFETY_HELP_LINES", {
    description:
      "JSON file with help lines of your own, by country; it is read and checked at the start ([form](conversations.md#help-lines)).",
    defaultText: "none: the built-in ones",
    expected: "path of a file",
    accepts: (given) => given.length <= 4096,
  }),
  safetyAllowsLinks: trueOrFalse("SAFETY_ALLOW_LINKS", {
    description:
      "Whether sentences of a model may have links, addresses and phone numbers; else the rule engine speaks instead.",
    default: false,
  }),
  personas: optionalText("PERSONAS", {
    description:
      "Folder of persona files (YAML or TypeScript) in place of the five built-in personas; each is checked at the start ([form](conversations.md#personas)).",
    defaultText: "none: the built-in ones",
    expected: "path of a folder",
    accepts: (given) => given.length <= 4096,
  }),
} as const;

interface ModelValues {
  readonly llmBaseUrl: string | null;
  readonly llmModel: string | null;
  readonly llmPriceInput: number | null;
  readonly llmPriceOutput: number | null;
}

/** Returns what an endpoint lacks before it may be asked: without prices nobody knows what is spent. */
export function modelProblems({ llmBaseUrl, ...needed }: ModelValues) {
  if (!llmBaseUrl) return [];
  const names = ["llmModel", "llmPriceInput", "llmPriceOutput"] as const;
  // Undefined where the text was refused.
  const missing = names.filter((name) => needed[name] === null).map((name) => replyVariables[name]);
  return missing.map(({ name, expected }) => ({
    ...{ variable: name, received: "(not set)", expected: `${expected}, because LLM_BASE_URL is set` },
  }));
}

/** Warns of what is set for a model where none is. */
export function modelWarnings(
  env: Readonly<Record<string, string | undefined>>,
  { llmBaseUrl }: Pick<ModelValues, "llmBaseUrl">,
): string[] {
  if (llmBaseUrl !== null) return [];
  const { llmModel, llmApiKey, llmPriceInput, llmPriceOutput } = replyVariables;
  const given = [llmModel, llmApiKey, llmPriceInput, llmPriceOutput].filter(({ name }) => env[name]?.trim());
  if (given.length === 0) return [];
  return [
    `${given.map(({ name }) => name).join(", ")}: no effect without LLM_BASE_URL: the rule engine speaks. Set LLM_BASE_URL to the endpoint of the model`,
  ];
}
