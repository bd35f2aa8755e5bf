import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { onStopSignal, runToExitCode } from "@shoal/bot-service/cli";
import { type Config, parseConfig, processEnvironment } from "@shoal/bot-service/daemon";
import { endOutput, runCommand, UsageError } from "@shoal/command-line";
import { FleetError, type Log, toError } from "@shoal/kernel";
import { makePrivateDirectory } from "@shoal/local-supabase/directory";
import { createLineRelay, createLog, type LineRelay } from "@shoal/monitor";
import { startModelServer } from "@shoal/replies/stand-in";
import { drawVerdict } from "./chaos/chaos-report.ts";
import { createDemoCommand, type DemoOptions } from "./demo-options.ts";
import { type DemoOutcome, isSuccess } from "./outcome.ts";
import { RULES_FLEET, runDemo } from "./run-demo.ts";

/** Defaults of the demo: bots up in a second, and any free port. The environment wins. */
const DEMO_ENVIRONMENT = { START_MODE: "quota", HTTP_PORT: "0" };
/** Environment for faults: more bots, and sooner, so that faults hit their conversations as often as those of people. */
const CHAOS_ENVIRONMENT = { BOT_MIN_COUNT: "6", MATCH_BOT_AFTER_MS: "500" };
/** Environment for who wants to talk: a bot comes at once. */
const CHAT_PACE = { MATCH_BOT_AFTER_MS: "200" };
const CHAT_ENVIRONMENT = {
  ...CHAT_PACE,
  FLEET_CONFIG: join(import.meta.dirname, "chat.fleet.config.ts"),
};
/** People who wait for different topics need a while until rules let them meet; bots come a little later than usual. */
const STUB_ENVIRONMENT = {
  MATCH_BOT_AFTER_MS: "6000",
  FLEET_CONFIG: RULES_FLEET,
  LLM_MODEL: "stand-in",
  LLM_PRICE_INPUT: "0.15",
  LLM_PRICE_OUTPUT: "0.6",
};
/** As a small hosted model thinks and speaks. */
const STUB_PACE = { firstTokenMs: 300, tokenMs: 20 };

/** Runs `bun run demo`: exit code 0 if there was a match and the drain was clean. */
async function demo(options: DemoOptions): Promise<number> {
  await using stub = options.isLlmStub ? await startModelServer(STUB_PACE) : null;
  const { config, warnings } = parseConfig({
    ...DEMO_ENVIRONMENT,
    ...(stub ? { ...STUB_ENVIRONMENT, LLM_BASE_URL: stub.url, LLM_API_KEY: stub.apiKey } : {}),
    ...(options.chat ? (stub ? CHAT_PACE : CHAT_ENVIRONMENT) : {}),
    ...(options.chaos ? CHAOS_ENVIRONMENT : {}),
    ...processEnvironment(),
  });
  if (config.backend.kind === "project") {
    throw new UsageError("the demo runs on the embedded backend only, and SUPABASE_URL is set", "bun run demo --help");
  }
  if (options.chat && config.consoleBasePath === "off") {
    throw new UsageError("the chat is a page of the console, and CONSOLE_BASE_PATH is off", "bun run demo --help");
  }
  const { log, lines, path: logPath } = openLog(config);
  for (const warning of warnings) log.warn({}, warning);
  const { stdout, stderr, pid } = process;
  const outcome = await runDemo({ options, config, log, lines, logPath, pid, stop: onStopSignal(), stdout, stderr });
  stdout.write(options.isJson ? `${JSON.stringify(outcome)}\n` : farewell(outcome, logPath));
  return isSuccess(outcome) ? 0 : 1;
}

/**
 * Opens the log. Appends, so that a second demo never overwrites the log of a running one; writes at once, so that the last
 * lines are there.
 *
 * @throws DEMO_LOG_UNWRITABLE this user cannot write into the directory
 */
function openLog(config: Config): { log: Log; lines: LineRelay; path: string } {
  const path = join(config.directory, "demo.log");
  let file: number;
  try {
    makePrivateDirectory(config.directory);
    file = openSync(path, "a");
  } catch (cause) {
    const message = `${toError(cause).message}. Set SHOAL_DIRECTORY to a directory that this user may make and write to`;
    throw new FleetError("DEMO_LOG_UNWRITABLE", message, { cause });
  }
  const lines = createLineRelay();
  const destination = { write: (line: string) => writeSync(file, line) };
  return { log: createLog({ level: config.logLevel, destination, tee: lines }), lines, path };
}

function farewell(outcome: DemoOutcome, logPath: string): string {
  const matches = outcome.matches_person_person + outcome.matches_person_bot;
  const drained = outcome.drained ? "drained cleanly" : `the drain was NOT clean, see ${logPath}`;
  const verdict = outcome.chaos ? drawVerdict(outcome.chaos, outcome.people) : "";
  return `${verdict}shoal demo: ${outcome.people_matched} of ${outcome.people} people matched, ${matches} matches, ${outcome.messages} messages; ${drained}\n`;
}

let exitCode = 0;
const command = createDemoCommand(async (options) => {
  exitCode = await demo(options);
});
const ended = await runToExitCode("shoal demo", async () => {
  await runCommand(command, process.argv.slice(2));
  return exitCode;
});
process.exit(await endOutput("shoal demo", ended));
