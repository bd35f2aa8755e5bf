import { join } from "node:path";
import { createScreen, type onStopSignal, openInBrowser } from "@shoal/bot-service/cli";
import { type Config, type Service, startService } from "@shoal/bot-service/daemon";
import {
  type Clock,
  createSystemClock,
  errorFields,
  every,
  type Log,
  printable,
  toError,
  withTimeout,
} from "@shoal/kernel";
import type { LineRelay } from "@shoal/monitor";
import { type PeopleProcess, startPeople } from "./adapters/people-process.ts";
import type { ChaosView } from "./chaos/chaos.types.ts";
import { planDemoChaos } from "./chaos/demo-chaos.ts";
import type { DemoOptions } from "./demo-options.ts";
import { type DemoOutcome, outcomeOf, stubOutcome } from "./outcome.ts";
import { drawAddresses, drawPicture, PICTURE_COLUMNS } from "./view.ts";

const FRAME_MS = 500;
/** Time people may take to leave before their process is killed, in ms. */
const PEOPLE_LEAVE_LIMIT_MS = 10_000;
/**
 * The most people that fit the limits of a plan: each hears in the lobby of every other who comes or goes, so that presence
 * events grow with the square of their number.
 */
const MOST_PEOPLE_OF_A_PLAN = 50;
/** The fleet file of `--llm-stub`. */
export const RULES_FLEET: string = join(import.meta.dirname, "rules.fleet.config.ts");
/** What its people wait to talk about. */
const TOPICS = "music,games,travel";

export interface DemoParts {
  readonly options: DemoOptions;
  readonly config: Config;
  readonly log: Log;
  /** Passes on the lines of `log`. */
  readonly lines: LineRelay;
  readonly logPath: string;
  /** Id of this process, for `shoal env`. */
  readonly pid: number;
  readonly stop: ReturnType<typeof onStopSignal>;
  readonly stdout: Parameters<typeof createScreen>[0];
  readonly stderr: { write(text: string): unknown };
}

/** Starts the daemon in this process and the people in another, shows them until the end, and drains both. */
export async function runDemo(parts: DemoParts): Promise<DemoOutcome> {
  const { options, config, log, lines, logPath, pid, stop, stdout, stderr } = parts;
  const clock = createSystemClock();
  /** Failure that ended the demo early; null if it was asked to end. */
  let trouble: string | null = null;
  const note = (text: string) => void (options.isJson ? stderr : stdout).write(`${text}\n`);
  note("shoal demo: starting the embedded backend, the daemon and the people");
  const service = await startService({
    config,
    log,
    lines,
    pid,
    onFatal: (thrown) => {
      const fields = errorFields(thrown);
      log.error(fields, "the daemon cannot go on; the demo ends");
      trouble = `${fields.error_message} (${fields.error_code})`;
      stderr.write(`shoal demo: ${printable(trouble)}\n`);
      stop.request();
    },
  });
  if (options.people > MOST_PEOPLE_OF_A_PLAN) {
    service.realtime?.setLimits("unlimited");
    note(`more than ${MOST_PEOPLE_OF_A_PLAN} people: the embedded server's limits are lifted`);
  }
  // Before, there is no policy that would let people in, and each who is refused waits for 5 s.
  await Promise.race([service.opened, stop.requested]);
  const people = startPeople({
    SUPABASE_URL: service.environment.SUPABASE_URL,
    SUPABASE_ANON_KEY: service.environment.SUPABASE_ANON_KEY ?? "",
    PEOPLE_COUNT: String(options.people),
    PEOPLE_SEED: "1",
    // A fleet file of somebody's own has rules of its own.
    PEOPLE_TOPICS: config.fleetConfig === RULES_FLEET ? TOPICS : "",
  });
  if (!options.isJson) note(drawAddresses(service.environment).join("\n"));
  await showPages(options, service, note);
  const chaos = planDemoChaos(options, { clock, service, people, note });
  const view = startView({
    clock,
    service,
    people,
    logPath,
    hasModel: options.isLlmStub,
    output: options.isJson ? undefined : stdout,
    chaosView: () => chaos?.view(),
  });
  // Ctrl-C ends the demo at any time; the time given by --for begins when all people are in the lobby.
  const ready = people.ready.then(() => {
    if (chaos) return chaos.run();
    return options.durationMs === null ? stop.requested : pause(clock, options.durationMs);
  });
  const peopleDied = people.exited.then((code) => {
    trouble ??= `the people's process ended by itself with code ${code}`;
  });
  await Promise.race([stop.requested, ready, peopleDied]);
  const survived = await chaos?.end(trouble);
  view.end();
  note("shoal demo: draining");
  await leaveAll(clock, people);
  const drain = await service.drain();
  const outcome = outcomeOf(people.report, service.snapshot(), view.mostBots, drain, survived);
  return options.isLlmStub ? { ...outcome, llm_stub: stubOutcome(service.spoken(), people.report) } : outcome;
}

/** Where somebody who has asked to talk does so, and begins to wait at once. */
const CHAT_PAGE = "chat?name=Ann";

/** Says where the console is, or the chat, and opens it if that is wanted. */
async function showPages({ chat }: DemoOptions, service: Service, note: (text: string) => void): Promise<void> {
  const link = service.consoleLink(chat ? CHAT_PAGE : "");
  if (link === undefined) return;
  note(`${chat ? "Talk with a bot" : "The console"}, within a minute, once: ${link}\n`);
  if (chat === "open") await openInBrowser(link).catch((thrown) => note(toError(thrown).message));
}

function pause(clock: Clock, durationMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(durationMs, resolve));
}

async function leaveAll(clock: Clock, people: PeopleProcess): Promise<void> {
  const left = await withTimeout(clock, PEOPLE_LEAVE_LIMIT_MS, people.stop());
  if (left.kind === "timeout") people.kill();
}

interface ViewParts {
  readonly clock: Clock;
  readonly service: Service;
  readonly people: PeopleProcess;
  readonly logPath: string;
  /** Whether it is shown who speaks, and by which rules people meet. */
  readonly hasModel: boolean;
  /** Screen of the live view; undefined with `--json`. */
  readonly output: DemoParts["stdout"] | undefined;
  readonly chaosView: () => ChaosView | undefined;
}

/** Reads the figures of both processes twice a second, and draws them. */
function startView({ clock, service, people, logPath, hasModel, output, chaosView }: ViewParts) {
  const screen = output && createScreen(output, () => clock.now());
  const startedMs = clock.monotonicMs();
  let mostBots = 0;
  let last = { messages: 0, atMs: startedMs };
  const refresh = () => {
    const snapshot = service.snapshot();
    const { starting, idle, talking } = snapshot.bots;
    mostBots = Math.max(mostBots, starting + idle + talking);
    const nowMs = clock.monotonicMs();
    const messages = people.report.messagesSent + snapshot.messages.sent;
    const messagesPerSecond = ((messages - last.messages) / Math.max(1, nowMs - last.atMs)) * 1000;
    last = { messages, atMs: nowMs };
    screen?.show(
      drawPicture({
        elapsedMs: nowMs - startedMs,
        service: snapshot,
        people: people.report,
        messagesPerSecond,
        logPath,
        columns: Math.min((output?.columns || PICTURE_COLUMNS + 1) - 1, PICTURE_COLUMNS),
        chaos: chaosView(),
        spoken: hasModel ? service.spoken() : undefined,
      }),
    );
  };
  const timer = every(clock, FRAME_MS, refresh, () => {});
  return {
    get mostBots() {
      return mostBots;
    },
    end() {
      timer.cancel();
      refresh();
      screen?.finish();
    },
  };
}
