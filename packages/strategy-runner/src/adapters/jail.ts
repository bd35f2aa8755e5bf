import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import type { JailReport, Wall, WallName } from "../supervisor/jail.types.ts";

/** Runs a command and tells how it ended: undefined if well, else why not. */
export type TryCommand = (command: readonly string[]) => string | undefined;

export interface Jail {
  readonly report: JailReport;
  /** Returns the command that runs a command within the walls that hold. */
  command(place: number, command: readonly string[]): readonly string[];
  /** Whether that starts what it runs as a process below its own, which is then the one to be measured and killed. */
  readonly isNested: boolean;
}

/** A way to raise some walls: a program that runs the rest of its arguments. */
interface Tool {
  readonly walls: readonly WallName[];
  readonly command: (userId: number) => readonly string[];
}

/**
 * Users of the children: one each, so that no child can signal or read another. Above all ranges that Debian, systemd and Docker hand out, below the
 * limit of 2^31; drawn by chance, to keep the daemons of one machine apart: in containers several may have the same pid, and the system counts the
 * processes of a user over all containers. @source https://systemd.io/UIDS-GIDS
 */
const FIRST_USER_ID = 2_000_000_000;
const PLACES_PER_DAEMON = 32;
const DAEMON_COUNT = 2 ** 22;
/** `nobody`, where the container has no such high users. */
const NOBODY = 65_534;

/** Threads count, too: an engine's process has about ten. Bounds what a child that was taken over can start. */
const PROCESS_LIMIT = 128;
/** A socket, a pipe, and what Bun opens for itself. */
const FILE_LIMIT = 64;

/**
 * Makes a file system of its own, of which nothing is seen outside: the files that are named, at their places, and a /proc with nothing but the process
 * itself, without which Bun does not start. Read-only from then on.
 */
const OWN_FILES = `set -e
root=$1; shift
mount -t tmpfs -o mode=755,nosuid,nodev,size=1m tmpfs "$root"
while [ "$1" != -- ]; do mkdir -p "$root\${1%/*}"; : > "$root$1"; mount --bind "$1" "$root$1"; shift; done
shift
mkdir "$root/proc"
mount -t proc -o nosuid,nodev,noexec,hidepid=invisible,subset=pid proc "$root/proc"
mount -o remount,ro,mode=755,nosuid,nodev "$root"
unset PWD
exec chroot "$root" "$@"`;
/** A folder that every system has, over which a child sees its own files. */
const OWN_ROOT = "/mnt";

const LIMITS: readonly WallName[] = ["written-files", "core-files", "open-files"];
const USER: readonly WallName[] = ["other-user", "processes", "privileges", "ends-with-parent"];

const NETWORK = ["--net", "--ipc"];
/**
 * A numbering of processes of its own, whose first one is the child: the system ends all others in it with that one. The tool itself stays outside and
 * waits for its end, and so ends with the daemon, too.
 */
const DESCENDANTS = ["--pid", "--fork", "--kill-child", "--"];
const ENDS_WITH_PARENT = ["setpriv", "--pdeathsig=KILL", "--"];

/** Stages from the outside in. Of each the first way is taken that works and raises a wall that does not stand yet. `files` are all that a child's program consists of. */
function stagesFor(files: readonly string[]): readonly (readonly Tool[])[] {
  return [
    [
      {
        walls: ["network", "descendants"],
        command: () => [...ENDS_WITH_PARENT, "unshare", ...NETWORK, ...DESCENDANTS],
      },
      { walls: ["network"], command: () => ["unshare", ...NETWORK, "--"] },
    ],
    [{ walls: LIMITS, command: () => ["prlimit", "--fsize=0", "--core=0", `--nofile=${FILE_LIMIT}`, "--"] }],
    [
      {
        walls: ["files"],
        // Its mounts are seen by nobody else, and end with it.
        command: () => ["unshare", "--mount", "--", "sh", "-c", OWN_FILES, "sh", OWN_ROOT, ...files, "--"],
      },
    ],
    [
      { walls: USER, command: (userId) => asUser(userId, PROCESS_LIMIT) },
      // One user for all children: they share the number of processes.
      { walls: USER, command: () => asUser(NOBODY, 4 * PROCESS_LIMIT) },
      {
        walls: ["privileges", "ends-with-parent"],
        command: () => ["setpriv", "--no-new-privs", "--pdeathsig=KILL", "--"],
      },
    ],
    // Without root a user namespace may do it. Last, because in there nobody can become another user.
    [
      { walls: ["network", "descendants"], command: () => NESTED_IN_USER_NAMESPACE },
      {
        walls: ["network"],
        command: () => ["unshare", "--user", "--map-current-user", ...NETWORK, "--", ...ENDS_WITH_PARENT],
      },
    ],
  ];
}

/** Entering a user namespace forgets what is to happen at the parent's end: it is said again, before a process starts another one and waits for it. */
const NESTED_IN_USER_NAMESPACE = [
  ...["unshare", "--user", "--map-current-user", "--keep-caps", "--", ...ENDS_WITH_PARENT, "unshare", ...NETWORK],
  ...[...DESCENDANTS, "setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"],
  ...["--pdeathsig=KILL", "--"],
];

function asUser(userId: number, processLimit: number): readonly string[] {
  const ids = [`--reuid=${userId}`, `--regid=${userId}`, "--clear-groups"];
  const privileges = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--pdeathsig=KILL"];
  return ["prlimit", `--nproc=${processLimit}`, "--", "setpriv", ...ids, ...privileges, "--"];
}

/**
 * Finds out what walls this system lets us put around a child, by trying them with `probe`, a command that ends well by itself and consists
 * of `files`. What cannot be had is in the report, with why. `daemonNumber`, from 0 up to `DAEMON_COUNT`, decides who the children are.
 */
export function findJail(
  attempt: TryCommand,
  probe: readonly string[],
  files: readonly string[],
  daemonNumber: number,
): Jail {
  const firstUserId = FIRST_USER_ID + daemonNumber * PLACES_PER_DAEMON;
  const commandOf = (tools: readonly Tool[], userId: number) => tools.flatMap((tool) => tool.command(userId));
  const tries = (tools: readonly Tool[]) => attempt([...commandOf(tools, firstUserId), ...probe]);
  const stages = stagesFor(files);
  // Most systems show at the first attempt that everything works.
  const isAllPossible = tries(stages.slice(0, -1).flatMap(([first]) => first ?? [])) === undefined;
  const { tools, walls } = buildWalls(stages, isAllPossible ? () => undefined : tries);
  return {
    report: { walls: [...walls.values()] },
    command: (place, command) => [...commandOf(tools, firstUserId + (place % PLACES_PER_DAEMON)), ...command],
    isNested: walls.get("descendants")?.holds === true,
  };
}

function buildWalls(
  stages: readonly (readonly Tool[])[],
  tries: (tools: readonly Tool[]) => string | undefined,
): { tools: readonly Tool[]; walls: ReadonlyMap<WallName, Wall> } {
  const tools: Tool[] = [];
  const walls = new Map<WallName, Wall>();
  for (const stage of stages) {
    const names = new Set(stage.flatMap((candidate) => candidate.walls));
    const failures: string[] = [];
    const isNew = (name: WallName) => walls.get(name)?.holds !== true;
    const tool = stage.find((candidate) => {
      if (!candidate.walls.some(isNew)) return false;
      const why = tries([...tools, candidate]);
      if (why !== undefined) failures.push(why);
      return why === undefined;
    });
    if (tool !== undefined) tools.push(tool);
    for (const name of [...names].filter(isNew)) {
      const holds = tool?.walls.includes(name) === true;
      walls.set(name, holds ? { name, holds } : { name, holds, why: failures[0] ?? "not possible here" });
    }
  }
  return { tools, walls };
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

/** Finds the jail for children of this Bun. */
export function findJailHere(): Jail {
  return findJail(tryCommand, [process.execPath, "--version"], programFiles(), randomInt(DAEMON_COUNT));
}

/** The files of Bun and of the tools that still run inside, with the libraries they load. */
function programFiles(): string[] {
  const programs = [process.execPath, ...["prlimit", "setpriv"].flatMap((name) => Bun.which(name) ?? [])];
  return [...new Set([...programs, ...librariesOf(programs)])];
}

function librariesOf(programs: readonly string[]): string[] {
  try {
    const { stdout } = Bun.spawnSync(["ldd", ...programs], { env: {}, stdin: "ignore", stderr: "ignore" });
    return (stdout.toString().match(/\/[^\s:]+/g) ?? []).filter((path) => existsSync(path));
  } catch {
    // Without ldd the files are not complete, and the attempt to do with them alone fails.
    return [];
  }
}
