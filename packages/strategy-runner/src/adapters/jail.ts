import type { JailReport, Wall, WallName } from "../supervisor/jail.types.ts";

/** Runs a command and tells how it ended: undefined if well, else why not. */
export type TryCommand = (command: readonly string[]) => string | undefined;

export interface Jail {
  readonly report: JailReport;
  /** Returns the command that runs a command within the walls that hold. */
  command(place: number, command: readonly string[]): readonly string[];
}

/** A way to raise some walls: a program that runs the rest of its arguments. */
interface Tool {
  readonly walls: readonly WallName[];
  readonly command: (userId: number) => readonly string[];
}

/**
 * Users of the children: one each, so that no child can signal or read another. Above all ranges that Debian, systemd and Docker hand out, below the
 * limit of 2^31; `pid` keeps the daemons of one machine apart. @source https://systemd.io/UIDS-GIDS
 */
const FIRST_USER_ID = 2_000_000_000;
const PLACES_PER_DAEMON = 32;
/** `nobody`, where the container has no such high users. */
const NOBODY = 65_534;

/** Threads count, too: an engine's process has about ten. Bounds what a child that was taken over can start. */
const PROCESS_LIMIT = 128;
/** Three pipes and what Bun opens for itself. */
const FILE_LIMIT = 64;

const NAMESPACES: readonly WallName[] = ["network"];
const LIMITS: readonly WallName[] = ["written-files", "core-files", "open-files"];
const USER: readonly WallName[] = ["other-user", "privileges", "ends-with-parent"];

/** Stages from the outside in. Of each the first way that works is taken. */
const STAGES: readonly (readonly Tool[])[] = [
  [
    { walls: NAMESPACES, command: () => ["unshare", "--net", "--ipc", "--"] },
    // Without root: a user namespace of its own may do it, in which the child is still the same user.
    { walls: NAMESPACES, command: () => ["unshare", "--user", "--map-current-user", "--net", "--ipc", "--"] },
  ],
  [{ walls: LIMITS, command: () => ["prlimit", "--fsize=0", "--core=0", `--nofile=${FILE_LIMIT}`, "--"] }],
  [
    { walls: [...USER, "processes"], command: (userId) => asUser(userId, PROCESS_LIMIT) },
    // One user for all children: they share the number of processes.
    { walls: [...USER, "processes"], command: () => asUser(NOBODY, 4 * PROCESS_LIMIT) },
    {
      walls: ["privileges", "ends-with-parent"],
      command: () => ["setpriv", "--no-new-privs", "--pdeathsig=KILL", "--"],
    },
  ],
];

function asUser(userId: number, processLimit: number): readonly string[] {
  const ids = [`--reuid=${userId}`, `--regid=${userId}`, "--clear-groups"];
  const privileges = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--pdeathsig=KILL"];
  return ["prlimit", `--nproc=${processLimit}`, "--", "setpriv", ...ids, ...privileges, "--"];
}

/**
 * Finds out what walls this system lets us put around a child, by trying them with `probe`, a command that ends well by itself. What cannot be
 * had is in the report, with why.
 */
export function findJail(attempt: TryCommand, probe: readonly string[], parentPid: number): Jail {
  const firstUserId = FIRST_USER_ID + parentPid * PLACES_PER_DAEMON;
  const taken: Tool[] = [];
  const walls: Wall[] = [];
  const prefix = (userId: number) => taken.flatMap((tool) => tool.command(userId));
  for (const stage of STAGES) {
    const failures: string[] = [];
    const tool = stage.find((candidate) => {
      const why = attempt([...prefix(firstUserId), ...candidate.command(firstUserId), ...probe]);
      if (why !== undefined) failures.push(why);
      return why === undefined;
    });
    if (tool !== undefined) taken.push(tool);
    for (const name of new Set(stage.flatMap((candidate) => candidate.walls))) {
      const holds = tool?.walls.includes(name) === true;
      walls.push(holds ? { name, holds } : { name, holds, why: failures[0] ?? "not possible here" });
    }
  }
  return {
    report: { walls },
    command: (place, command) => [...prefix(firstUserId + (place % PLACES_PER_DAEMON)), ...command],
  };
}

/** Runs a command and waits for its end; the environment is empty, as that of a child is. */
export const tryCommand: TryCommand = (command) => {
  try {
    const { exitCode, stderr } = Bun.spawnSync([...command], { env: {}, cwd: "/", stdin: "ignore", stdout: "ignore" });
    return exitCode === 0
      ? undefined
      : stderr.toString().trim().split("\n")[0] || `${command[0]} ended with ${exitCode}`;
  } catch {
    return `${command[0]} is not installed`;
  }
};
