import { type Command, createCommand } from "@shoal/command-line";
import { createSystemRuntime, errorFields } from "@shoal/kernel";
import { createLineRelay, createLog } from "@shoal/monitor";
import { isAlive } from "../backend/adapters/is-alive.ts";
import { hasKeptToken } from "../backend/backend.ts";
import { parseConfig, processEnvironment, refuseEndedBackend } from "../config.ts";
import { startService } from "../service.ts";
import { HOME } from "../user-code/fault.ts";
import { createFaultWatch } from "../user-code/watch.ts";
import { logConsole } from "./console-lines.ts";
import { type Exit, exitCodeOf } from "./exit-code.ts";
import { onStopSignal } from "./stop-signal.ts";

const DESCRIPTION = `Runs the daemon until SIGTERM or Ctrl-C; then conversations go on at other replicas or end (DRAIN_MODE), and everything is released within DRAIN_TIMEOUT_MS. A
second Ctrl-C ends it at once. Configured by environment variables (docs/configuration.md).

With SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY and SHOAL_API_TOKEN it serves that project, with DATABASE_URL as its
Postgres. Without them it starts the embedded backend.`;

const UNCAUGHT = "an error was caught by nobody: the daemon drains and ends; please report this as a bug";

const tokenNote = (token: string) =>
  `shoal: made the token of the HTTP API: SHOAL_API_TOKEN=${token} ("bun run shoal env" prints it again)\n`;

/** Makes `shoal start`: exit code 0 after a clean drain, 2 if the configuration must be changed, 1 otherwise. */
export function startCommand(exit: Exit): Command {
  return createCommand("start")
    .summary("run the daemon (also: bun start)")
    .description(DESCRIPTION)
    .action(async () => exit(await start()));
}

async function start(): Promise<number> {
  const environment = processEnvironment();
  refuseEndedBackend(environment, isAlive);
  const { config, warnings, notes } = parseConfig(environment);
  const isPretty = config.logFormat === "pretty" || (config.logFormat === "auto" && process.stdout.isTTY === true);
  const lines = createLineRelay();
  const log = createLog({ level: config.logLevel, pretty: isPretty, tee: lines });
  logConsole(console, log);
  for (const warning of warnings) log.warn({}, warning);
  for (const note of notes) log.info({}, note);

  const stop = onStopSignal();
  let failedWith = 0;
  const fail = (thrown: unknown, what: string, stack?: string) => {
    failedWith ||= exitCodeOf(thrown);
    log.error({ ...errorFields(thrown), stack }, what);
    stop.request();
  };
  const faults = createFaultWatch({
    runtime: createSystemRuntime(log),
    fleetFile: config.fleetConfig,
    home: HOME,
    onOurs: ({ stack }, thrown) => fail(thrown, UNCAUGHT, stack),
  });
  process.on("unhandledRejection", faults.handle);
  process.on("uncaughtException", faults.handle);

  const makesToken = config.backend.kind === "embedded" && config.apiToken === null && !hasKeptToken(config.directory);
  const service = await startService({
    config,
    log,
    lines,
    pid: process.pid,
    userCode: faults.events,
    onFatal: (thrown) => fail(thrown, "the daemon cannot go on: it drains and ends"),
  });
  // To the terminal and not into the log, which other people read.
  if (makesToken) process.stderr.write(tokenNote(service.environment.SHOAL_API_TOKEN));
  log.info({ pid: process.pid }, "running; stop with SIGTERM or Ctrl-C");
  await stop.requested;
  const report = await service.drain();
  faults.close();
  return failedWith || (report.clean ? 0 : 1);
}
