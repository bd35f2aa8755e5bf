import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { chownSync, existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startFailed } from "../errors.ts";
import { dataOwner, type LaunchPlan, launchPlans, launchPrefix } from "../launch-plan.ts";

/** A fixed environment: nothing of ours, and no secret of ours, reaches the server. */
export const SERVER_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
};

/** The user and group that `spawn` shall switch to, where that is the way. */
export function spawnIdentity(plan: LaunchPlan): { uid: number; gid: number } | Record<string, never> {
  return plan.kind === "user" ? { uid: plan.user.uid, gid: plan.user.gid } : {};
}

/**
 * The first way to launch that can run `program` and write to `directory`, found by trying rather than by guessing from
 * modes, because capabilities and namespaces depend on the container around us. Gives the directory to the user it
 * launches as.
 *
 * @throws LOCAL_POSTGRES_START_FAILED no way works
 */
export function chooseLaunchPlan(program: string, directory: string): LaunchPlan {
  const uid = process.getuid?.() ?? 1;
  const passwd = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8") : "";
  const tried: string[] = [];
  for (const plan of launchPlans(uid, passwd)) {
    const failure = tryPlan(plan, program, directory);
    if (failure === undefined) return plan;
    tried.push(`${plan.kind}: ${failure}`);
  }
  const advice =
    uid === 0
      ? "Postgres refuses to run as root, and no other user can reach this directory. Run Shoal as an ordinary user, move it and its data out of directories that only root may enter (such as /root), or set DATABASE_URL to a Postgres of your own."
      : "Check that this user may execute the program and write to the directory, or set DATABASE_URL to a Postgres of your own.";
  throw startFailed(`it may not run ${program} with its data in ${directory}`, advice, { details: { tried } });
}

function tryPlan(plan: LaunchPlan, program: string, directory: string): string | undefined {
  giveDirectory(directory, dataOwner(plan));
  const [command = "sh", ...args] = [
    ...launchPrefix(plan),
    "sh",
    "-c",
    'test -x "$1" && test -r "$1" && test -w "$2" && cd "$2"',
    "sh",
    program,
    directory,
  ];
  const options: SpawnSyncOptions = { cwd: "/", env: SERVER_ENVIRONMENT, stdio: "pipe", ...spawnIdentity(plan) };
  const result = spawnSync(command, args, options);
  if (result.error) return result.error.message;
  if (result.status !== 0) return String(result.stderr).trim() || "no access";
  return undefined;
}

/** The owner may change between starts: another container, or a move to a place with other modes above it. */
function giveDirectory(directory: string, owner: { uid: number; gid: number } | undefined): void {
  if (!owner || lstatSync(directory).uid === owner.uid) return;
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, entry);
    if (!lstatSync(path).isSymbolicLink()) chownSync(path, owner.uid, owner.gid);
  }
  // Last, so that a change cut short is done again.
  chownSync(directory, owner.uid, owner.gid);
}
