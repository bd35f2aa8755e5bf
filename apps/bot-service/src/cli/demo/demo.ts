import { mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Command, UsageError } from "@shoal/command-line";
import {
  type Clock,
  createSystemClock,
  errorFields,
  every,
  FleetError,
  type Log,
  toError,
  withTimeout,
} from "@shoal/kernel";
import { createLog } from "@shoal/monitor";
import { type Config, parseConfig, processEnvironment } from "../../config.ts";
import { startService } from "../../service.ts";
import type { Service } from "../../service.types.ts";
import type { Exit } from "../exit-code.ts";
import { createScreen } from "../screen.ts";
import { onStopSignal } from "../stop-signal.ts";
import type { ChaosView } from "./chaos/chaos.types.ts";
import { drawVerdict } from "./chaos/chaos-report.ts";
import { planDemoChaos } from "./chaos/demo-chaos.ts";
import { createDemoCommand, type DemoOptions } from "./demo-options.ts";
import { type DemoOutcome, isSuccess, outcomeOf } from "./outcome.ts";
import { type PeopleProcess, startPeople } from "./people-process.ts";
import { drawAddresses, drawPicture } from "./view.ts";

const FRAME_MS = 500;
/** People who do not leave by themselves within this are ended. */
const PEOPLE_LEAVE_LIMIT_MS = 10_000;

/** What the demo decides where the environment says nothing: bots up in a second, and any free port. */
const DEMO_ENVIRONMENT = { START_MODE: "quota", HTTP_PORT: "0" };
/** Faults are to meet conversations with bots as often as those of people. */
const CHAOS_ENVIRONMENT = { BOT_MIN_COUNT: "6", MATCH_BOT_AFTER_MS: "500" };
/**
 * More people than this are more than any plan allows: each of them hears in the lobby of every other who comes or goes,
 * so that its presence events grow with the square of the crowd.
 */
const LARGEST_CROWD_OF_A_PLAN = 50;

/** `shoal demo`: exit code 0 if somebody was matched and the drain was clean. */
export const demoCommand = (exit: Exit): Command => createDemoCommand(async (options) => exit(await demo(options)));

async function demo(options: DemoOptions): Promise<number> {
  const { config, warnings } = parseConfig({
    ...DEMO_ENVIRONMENT,
    ...(options.chaos ? CHAOS_ENVIRONMENT : {}),
    ...processEnvironment(),
  });
  if (config.backend.kind === "project") {
    throw new UsageError("the demo runs on the embedded backend only, and SUPABASE_URL is set", "bun run demo --help");
  }
  const { log, path: logPath } = openLog(config);
  for (const warning of warnings) log.warn({}, warning);
  const outcome = await run(options, config, log, logPath);
  if (options.isJson) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  else process.stdout.write(farewell(outcome, logPath));
  return isSuccess(outcome) ? 0 : 1;
}

/**
 * Appends, so that a second demo never spoils the log of a running one; at once, so that the last lines are there.
 *
 * @throws DEMO_LOG_UNWRITABLE this user cannot write into the directory
 */
function openLog(config: Config): { log: Log; path: string } {
  const path = join(config.directory, "demo.log");
  let file: number;
  try {
    mkdirSync(config.directory, { recursive: true });
    file = openSync(path, "a");
  } catch (cause) {
    const message = `${toError(cause).message}. Set SHOAL_DIRECTORY to a directory that this user may make and write to`;
    throw new FleetError("DEMO_LOG_UNWRITABLE", message, { cause });
  }
  return { log: createLog({ level: config.logLevel, destination: { write: (line) => writeSync(file, line) } }), path };
}

async function run(options: DemoOptions, config: Config, log: Log, logPath: string): Promise<DemoOutcome> {
  const clock = createSystemClock();
  const stop = onStopSignal();
  /** What ended it, when nobody asked for it. */
  let trouble: string | null = null;
  const note = (text: string) => void (options.isJson ? process.stderr : process.stdout).write(`${text}\n`);
  note("shoal demo: starting the embedded backend, the daemon and the people");
  const service = await startService({
    config,
    log,
    pid: process.pid,
    onFatal: (thrown) => {
      const fields = errorFields(thrown);
      log.error(fields, "the daemon cannot go on");
      trouble = `${fields.error_message} (${fields.error_code})`;
      process.stderr.write(`shoal demo: ${trouble}\n`);
      stop.request();
    },
  });
  if (options.people > LARGEST_CROWD_OF_A_PLAN) {
    service.realtime?.setLimits("unlimited");
    note(`more than ${LARGEST_CROWD_OF_A_PLAN} people: the embedded server's limits are lifted`);
  }
  const people = startPeople({
    SUPABASE_URL: service.environment.SUPABASE_URL,
    SUPABASE_ANON_KEY: service.environment.SUPABASE_ANON_KEY ?? "",
    PEOPLE_COUNT: String(options.people),
    PEOPLE_SEED: "1",
  });
  if (!options.isJson) note(drawAddresses(service.environment).join("\n"));
  const chaos = planDemoChaos(options, { clock, service, people, note });
  const watch = watchDemo({
    clock,
    service,
    people,
    logPath,
    isShown: !options.isJson,
    chaosView: () => chaos?.view(),
  });
  // A Ctrl-C counts from the first moment; the time given by --for counts from when everybody is there.
  const ready = people.ready.then(() => {
    if (chaos) return chaos.run();
    return options.durationMs === null ? stop.requested : pause(clock, options.durationMs);
  });
  const peopleDied = people.exited.then((code) => {
    trouble ??= `the people's process ended by itself with code ${code}`;
  });
  await Promise.race([stop.requested, ready, peopleDied]);
  const survived = await chaos?.end(trouble);
  watch.end();
  note("shoal demo: draining");
  await leaveAll(clock, people);
  const drain = await service.drain();
  return outcomeOf(people.report, service.snapshot(), watch.mostBots, drain, survived);
}

function pause(clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(durationMs, resolve));
}

async function leaveAll(clock: Clock, people: PeopleProcess): Promise<void> {
  const left = await withTimeout(clock, PEOPLE_LEAVE_LIMIT_MS, people.stop());
  if (left.kind === "timeout") people.kill();
}

interface Watched {
  readonly clock: Clock;
  readonly service: Service;
  readonly people: PeopleProcess;
  readonly logPath: string;
  readonly isShown: boolean;
  readonly chaosView: () => ChaosView | undefined;
}

/** Looks at both processes twice a second, and shows what it sees if `isShown`. */
function watchDemo({ clock, service, people, logPath, isShown, chaosView }: Watched) {
  const screen = createScreen(process.stdout, () => clock.now());
  const startedMs = clock.monotonicMs();
  let mostBots = 0;
  let last = { messages: 0, atMs: startedMs };
  const look = () => {
    const snapshot = service.snapshot();
    const { starting, idle, talking } = snapshot.bots;
    mostBots = Math.max(mostBots, starting + idle + talking);
    if (!isShown) return;
    const nowMs = clock.monotonicMs();
    const messages = people.report.messagesSent + snapshot.messages.sent;
    const messagesPerSecond = ((messages - last.messages) / Math.max(1, nowMs - last.atMs)) * 1000;
    last = { messages, atMs: nowMs };
    screen.show(
      drawPicture({
        elapsedMs: nowMs - startedMs,
        service: snapshot,
        people: people.report,
        messagesPerSecond,
        logPath,
        chaos: chaosView(),
      }),
    );
  };
  const timer = every(clock, FRAME_MS, look, () => {});
  return {
    get mostBots() {
      return mostBots;
    },
    end() {
      timer.cancel();
      look();
      screen.finish();
    },
  };
}

function farewell(outcome: DemoOutcome, logPath: string): string {
  const matches = outcome.matches_person_person + outcome.matches_person_bot;
  const drained = outcome.drained ? "drained cleanly" : `the drain was NOT clean, see ${logPath}`;
  const verdict = outcome.chaos ? drawVerdict(outcome.chaos, outcome.people) : "";
  return `${verdict}shoal demo: ${outcome.people_matched} of ${outcome.people} people matched, ${matches} matches, ${outcome.messages} messages; ${drained}\n`;
}
