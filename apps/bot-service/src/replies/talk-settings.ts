import type { ConversationOptions } from "@shoal/conversation-bot";
import { errorFields, FleetError } from "@shoal/kernel";
import { type HelpLines, helpLinesProblem, type SafetyPolicy } from "@shoal/safety";
import type { Config } from "../config.ts";
import { readTextFile } from "./adapters/text-file.ts";

/**
 * Returns what the environment, and the files that it names, decide about conversations.
 * @throws CONFIG_HELP_LINES the file cannot be read, or does not have the form
 */
export async function talkSettings(config: Config): Promise<ConversationOptions> {
  return {
    disclosure: config.botDisclosure,
    maxMessages: config.conversationMaxMessages,
    idleMs: config.conversationIdleMs,
    safety: await safetyPolicy(config),
  };
}

async function safetyPolicy(config: Config): Promise<SafetyPolicy> {
  return {
    minAge: config.safetyMinAge,
    region: config.safetyRegion,
    helpLines: config.safetyHelpLines === null ? {} : await readHelpLines(config.safetyHelpLines),
    allowsLinks: config.safetyAllowsLinks,
  };
}

async function readHelpLines(path: string): Promise<HelpLines> {
  const refuse = (problem: string, cause?: unknown) =>
    new FleetError("CONFIG_HELP_LINES", `SAFETY_HELP_LINES ${path}: ${problem}`, { details: { path, problem }, cause });
  const text = await readTextFile(path).catch((cause) => {
    throw refuse(`cannot be read: ${errorFields(cause).error_message}`, cause);
  });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw refuse(`must be JSON: ${errorFields(cause).error_message}`, cause);
  }
  const problem = helpLinesProblem(given);
  if (problem !== null) throw refuse(problem);
  return given as HelpLines;
}
