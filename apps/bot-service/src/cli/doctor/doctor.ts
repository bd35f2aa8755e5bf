import { type Command, createCommand } from "@shoal/command-line";
import { createSystemRuntime, type Runtime } from "@shoal/kernel";
import { channelPolicies } from "../../access/policies.ts";
import { isAlive } from "../../backend/adapters/is-alive.ts";
import { processEnvironment } from "../../config.ts";
import { type FleetConfig, loadFleetConfig } from "../../fleet-config.ts";
import type { ReplicaRole } from "../../replicas/members.ts";
import { talkSettings } from "../../replies/talk-settings.ts";
import type { Exit } from "../exit-code.ts";
import { onStopSignal } from "../stop-signal.ts";
import { checkDatabase } from "./database.ts";
import { createExamination, type Examination } from "./examination.ts";
import { CHECKS, type CheckName } from "./finding.ts";
import { checkHttpBroadcast } from "./http-broadcast.ts";
import { checkAccess, checkAnonKey, checkApiToken, checkServiceKey } from "./keys.ts";
import { checkReach } from "./reach.ts";
import { checkRealtime, type RealtimeParts } from "./realtime.ts";
import { checkReplies } from "./replies.ts";
import { drawReport, exitCodeOfReport, jsonReport, type Report, redactReport } from "./report.ts";
import { checkStrangers, type StrangerParts } from "./strangers.ts";
import { checkSandbox } from "./strategies.ts";
import { findTarget, secretsOf, type Target } from "./target.ts";
import { checkUpgrade } from "./upgrade.ts";

const DESCRIPTION = `Examines the project the daemon serves, or would serve: SUPABASE_URL with its keys and DATABASE_URL, and without
SUPABASE_URL whatever the daemon running on SHOAL_DIRECTORY (.shoal) uses. Keys, network, clocks, the WebSocket upgrade,
limits, broadcast, presence, who may join private channels, the database, whether it takes writes, its pooler, migrations, policies, publication,
replication, pgmq and who may start bots, the language model, the replicas, strategies, their orders, keys, market and sandbox: each with what was found and what to do. It costs the project up to six joins and some ten messages, and
one word of the model, changes nothing, and never prints a key. A second or two where all is well, six where a stranger is to be refused, as Realtime
takes 5 s for that; a minute at the very most.`;

const EXIT_CODES =
  "\nExit code 1 if a check failed or it was interrupted, 0 otherwise, 2 for a wrong command line or configuration.";

/** Makes `shoal doctor`. */
export function doctorCommand(exit: Exit): Command {
  return createCommand("doctor")
    .summary("examine keys, network, limits, Realtime and database of the project, with what to do")
    .description(DESCRIPTION)
    .option("--json", "one line of JSON instead of the table")
    .addHelpText("after", EXIT_CODES)
    .action(async ({ json }) => exit(await doctor(json === true)));
}

async function doctor(isJson: boolean): Promise<number> {
  const target = findTarget(processEnvironment(), isAlive);
  const runtime = createSystemRuntime();
  const stop = new AbortController();
  void onStopSignal().requested.then(() => stop.abort(new Error("interrupted")));
  const progress = createProgress(!isJson && process.stderr.isTTY === true);
  const { topics } = await loadFleetConfig(target.config, await talkSettings(target.config), runtime.clock);
  const report = await examine(target, topics, runtime, stop.signal, progress.show);
  progress.clear();
  process.stdout.write(isJson ? jsonReport(report) : drawReport(report));
  return exitCodeOfReport(report, stop.signal.aborted);
}

/** Runs all checks, the database's beside the others. Never rejects; the report holds no secret. */
export async function examine(
  target: Target,
  topics: FleetConfig["topics"],
  runtime: Runtime,
  stop: AbortSignal,
  onProgress: (running: readonly CheckName[]) => void = () => {},
): Promise<Report> {
  const { channelAccess, fleetConfig, role } = target.config;
  const others = { names: OF_OTHERS[role], why: `SHOAL_ROLE is ${role}: a daemon of another role needs this` };
  const examination = createExamination({ clock: runtime.clock, stop, onProgress, others });
  await checkKeys(examination, runtime, target);
  const policies = channelAccess === "public" ? [] : channelPolicies(topics, fleetConfig);
  const facts = checkDatabase(examination, runtime, target, policies);
  const topic = `shoal:doctor:${runtime.ids.uuid()}`;
  const sandbox = checkSandbox(examination, runtime, target.config);
  const replies = checkReplies(examination, runtime, target.config);
  await Promise.all([
    facts,
    sandbox,
    replies,
    checkSupabase({ examination, runtime, target, topic, topics, facts, stop }),
  ]);
  const subject = `${new URL(target.supabaseUrl).host}, from ${target.source}, for a daemon of the role ${role}`;
  return redactReport({ subject, results: examination.results() }, secretsOf(target));
}

async function checkKeys(examination: Examination, { clock }: Runtime, target: Target): Promise<void> {
  const { serviceRoleKey, anonKey, apiToken, supabaseUrl } = target;
  const terms = { limitMs: 1000, todo: "copy it again from the project's API settings" };
  await examination.check("service key", terms, () => checkServiceKey(serviceRoleKey, supabaseUrl, clock.now()));
  await examination.check("anon key", terms, () => checkAnonKey(anonKey, supabaseUrl, clock.now()));
  await examination.check("api token", terms, () => checkApiToken(apiToken));
  await examination.check("channel access", terms, () => checkAccess(target.config.channelAccess));
}

const NEED_SERVER: readonly CheckName[] = CHECKS.slice(CHECKS.indexOf("upgrade"), CHECKS.indexOf("database"));
/** What no daemon of the role does. */
const OF_OTHERS: Readonly<Record<ReplicaRole, readonly CheckName[]>> = {
  all: [],
  fleet: ["pgmq", "market", "sandbox"],
  worker: [...NEED_SERVER, "policies", "publication", "replication", "postgres changes", "replies"],
};
const NEED_SOCKET: readonly CheckName[] = [
  "join",
  "broadcast",
  "presence",
  "private topic",
  "strangers",
  "postgres changes",
];

async function checkSupabase(parts: RealtimeParts & StrangerParts): Promise<void> {
  const { examination, runtime, target, topic } = parts;
  const isReached = await checkReach(examination, runtime.clock, target);
  if (!isReached || target.serviceRoleKey === null) {
    const why = isReached ? "there is no key" : "the server cannot be reached";
    return examination.skip([...NEED_SERVER, "postgres changes"], why);
  }
  const [upgrade] = await Promise.all([
    checkUpgrade(examination, runtime.clock, target),
    checkHttpBroadcast(examination, runtime.clock, target, topic),
  ]);
  if (upgrade.status !== "ok") return examination.skip(NEED_SOCKET, "no socket can be opened");
  await Promise.all([checkRealtime(parts), checkStrangers(parts)]);
}

/** Shows the running checks in one line that is drawn over; writes nothing if standard error is no terminal. */
function createProgress(isShown: boolean) {
  const write = (text: string) => void (isShown && process.stderr.write(`\r\x1b[2K${text}`));
  return {
    show: (running: readonly CheckName[]) => write(running.length > 0 ? `checking ${running.join(", ")} …` : ""),
    clear: () => write(""),
  };
}
