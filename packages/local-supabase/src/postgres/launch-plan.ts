import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { chownSync, existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startFailed } from "./errors.ts";

/** Which user a server process runs as: Postgres refuses root. */
export type LaunchPlan =
  /** As the user of this process. */
  | { readonly kind: "self" }
  /** As another user, switched to by `spawn`. */
  | { readonly kind: "user"; readonly user: SystemUser }
  /** As another user with the capability to pass directories that only root may enter (below /root, or a 0700 home). */
  | { readonly kind: "capable-user"; readonly user: SystemUser }
  /** As root outside and as nobody inside a user namespace: needs no capability, but namespaces are often forbidden. */
  | { readonly kind: "user-namespace" };

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const PREFERRED_USERS = ["postgres", "nobody"];

/** Finds the user root runs Postgres as: `postgres`, else `nobody`. `passwd` is the text of /etc/passwd. */
export function serverUser(passwd: string): SystemUser | undefined {
  const users = passwd.split("\n").flatMap((line): SystemUser[] => {
    const [name, , uid, gid] = line.split(":");
    if (!name || !uid || !gid || !(Number(uid) > 0)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
  for (const name of PREFERRED_USERS) {
    const user = users.find((candidate) => candidate.name === name);
    if (user) return user;
  }
  return undefined;
}

/** Lists the ways to try, simplest first. */
export function launchPlans(uid: number, passwd: string): LaunchPlan[] {
  if (uid !== 0) return [{ kind: "self" }];
  const user = serverUser(passwd);
  const switches: LaunchPlan[] = user
    ? [
        { kind: "user", user },
        { kind: "capable-user", user },
      ]
    : [];
  return [...switches, { kind: "user-namespace" }];
}

/**
 * Returns what to put before the command. `no_setuid_fixup` is needed because Postgres checks its own binary with
 * access(2), which drops capabilities otherwise.
 */
export function launchPrefix(plan: LaunchPlan): string[] {
  switch (plan.kind) {
    case "self":
    case "user":
      return [];
    case "capable-user":
      return [
        "setpriv",
        `--reuid=${plan.user.uid}`,
        `--regid=${plan.user.gid}`,
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=+dac_override",
        "--bounding-set=-all,+dac_override",
        "--securebits=+no_setuid_fixup",
      ];
    case "user-namespace":
      return ["unshare", "--user", "--map-user=65534", "--map-group=65534"];
  }
}

/** Returns who must own the data directory; undefined to leave its owner as it is. */
export function dataOwner(plan: LaunchPlan): { uid: number; gid: number } | undefined {
  switch (plan.kind) {
    case "self":
      return undefined;
    case "user":
    case "capable-user":
      return { uid: plan.user.uid, gid: plan.user.gid };
    case "user-namespace":
      return { uid: 0, gid: 0 };
  }
}

/** The whole environment of the server, so that none of our secrets reaches it. */
export const SERVER_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
};

/** Options that make `spawn` switch user, for the plan that does it that way. */
export function spawnIdentity(plan: LaunchPlan): { uid: number; gid: number } | Record<string, never> {
  return plan.kind === "user" ? { uid: plan.user.uid, gid: plan.user.gid } : {};
}

/**
 * Finds the first plan that can run `program` and write to `directory`, by trying each: capabilities and namespaces depend
 * on the container around us, so file modes do not tell. Gives the directory to the user of that plan.
 *
 * @throws LOCAL_POSTGRES_START_FAILED no plan works
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

/** Changes the owner, which may differ from start to start: another container, or a move below other directory modes. */
function giveDirectory(directory: string, owner: { uid: number; gid: number } | undefined): void {
  if (!owner || lstatSync(directory).uid === owner.uid) return;
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, entry);
    if (!lstatSync(path).isSymbolicLink()) chownSync(path, owner.uid, owner.gid);
  }
  // The directory itself comes last, so that a change that was cut short is done again.
  chownSync(directory, owner.uid, owner.gid);
}
