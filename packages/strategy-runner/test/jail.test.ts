import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { findJail, findJailHere, type TryCommand, tryCommand } from "../src/adapters/jail.ts";
import { childOf } from "../src/adapters/process-readings.ts";
import type { WallName } from "../src/supervisor/jail.types.ts";

const here = findJailHere();
/** Somebody who listens outside. */
const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });

/** What a program that was taken over would try; prints how each went. */
const ESCAPES = `
const { readFileSync, writeFileSync, openSync } = require("node:fs");
const [folder, port, outsider] = process.argv.slice(1);
const tried = {};
const attempt = async (name, act) => { try { tried[name] = String((await act()) ?? "worked"); } catch (error) { tried[name] = "refused: " + (error.code ?? error.message); } };
await attempt("writeFile", () => writeFileSync(folder + "/" + process.pid, "x"));
await attempt("readFile", () => readFileSync("/etc/passwd").length > 0);
await attempt("readSecrets", () => readFileSync("/proc/" + outsider + "/environ").length > 0);
await attempt("signalOutsider", () => process.kill(Number(outsider), 0));
await attempt("startProgram", () => Bun.spawnSync(["/bin/sh", "-c", "true"]).exitCode);
await attempt("connect", async () => (await Bun.connect({ hostname: "127.0.0.1", port: Number(port), socket: { data() {} } })).end());
await attempt("status", () => readFileSync("/proc/self/status", "utf8").split("\\n").filter((line) => /^(NoNewPrivs|CapEff|CapBnd|Uid)/.test(line)).join(" ").replace(/\\s+/g, " "));
await attempt("limits", () => readFileSync("/proc/self/limits", "utf8").split("\\n").map((line) => line.split(/\\s{2,}/).slice(0, 3).join("=")).join());
await attempt("manyFiles", () => { for (let count = 0; count < 200; count++) openSync("/proc/self/status"); });
console.log(JSON.stringify({ ...tried, environment: Object.keys(process.env).join() }));
process.exit(0);
`;

/** A folder in which everybody may make files. */
const folder = mkdtempSync(join(tmpdir(), "shoal-jail-"));
chmodSync(folder, 0o777);
afterAll(() => {
  rmSync(folder, { recursive: true });
  listener.stop(true);
});

function tryEscapes(command: (place: number, command: readonly string[]) => readonly string[], place = 0) {
  const [program, ...rest] = command(place, [
    process.execPath,
    "--smol",
    "-e",
    ESCAPES,
    folder,
    String(listener.port),
    String(process.pid),
  ]);
  const { stdout, stderr } = Bun.spawnSync([program ?? "", ...rest], { env: {}, cwd: "/" });
  const text = stdout.toString();
  if (text === "") throw new Error(stderr.toString());
  return JSON.parse(text) as Record<string, string>;
}

const free = tryEscapes((_, command) => command);
const jailed = tryEscapes(here.command);

/** Starts a process that leaves its session, is killed, and tells what was said until nobody was left who could say something. */
async function startsAndEnds(
  jail: (place: number, command: readonly string[]) => readonly string[],
  isNested: boolean,
): Promise<string> {
  const LEFT = `const parent = process.ppid; process.stdout.write("started"); setInterval(() => { if (process.ppid !== parent) { process.stdout.write(" survived"); process.exit(); } }, 5);`;
  const STARTS = `Bun.spawn([process.execPath, "--smol", "-e", ${JSON.stringify(LEFT)}], { env: {}, detached: true, stdio: ["inherit", "inherit", "inherit"] }); setTimeout(() => {}, 60_000);`;
  const [program = "", ...rest] = jail(0, [process.execPath, "--smol", "-e", STARTS]);
  const child = Bun.spawn([program, ...rest], { env: {}, cwd: "/", stdout: "pipe", stderr: "ignore" });
  onTestFinished(() => child.kill("SIGKILL"));
  let said = "";
  for await (const piece of child.stdout) {
    if (said === "") process.kill((isNested ? childOf(child.pid) : undefined) ?? child.pid, "SIGKILL");
    said += Buffer.from(piece).toString();
  }
  return said;
}

/** What each wall must have stopped. */
const PROOFS: Partial<Record<WallName, () => void>> = {
  network: () => expect(jailed["connect"]).toMatch(/^refused: /),
  files: () => {
    expect(jailed["readFile"]).toBe("refused: ENOENT");
    expect(jailed["startProgram"]).toBe("refused: ENOENT");
  },
  "written-files": () => {
    expect(jailed["writeFile"]).toMatch(/^refused: (EFBIG|ENOENT)$/);
    expect(jailed["limits"]).toContain("Max file size=0=0");
  },
  "core-files": () => expect(jailed["limits"]).toContain("Max core file size=0=0"),
  "open-files": () => expect(jailed["manyFiles"]).toBe("refused: EMFILE"),
  "other-user": () => {
    expect(jailed["readSecrets"]).toMatch(/^refused: (EACCES|ENOENT)$/);
    expect(jailed["signalOutsider"]).toMatch(/^refused: (EPERM|ESRCH)$/);
    expect(jailed["status"]).not.toContain(`Uid: ${process.getuid?.()} `);
  },
  privileges: () => {
    expect(jailed["status"]).toMatch(/CapEff: 0+ /);
    expect(jailed["status"]).toContain("NoNewPrivs: 1");
  },
  processes: () => expect(jailed["limits"]).toMatch(/Max processes=(128|512)=/),
};

describe("the jail of this system", () => {
  it.each(here.report.walls)("has or reports the wall $name", (wall) => {
    if (wall.holds) PROOFS[wall.name]?.();
    else expect(wall.why).not.toBe("");
  });

  it("does not hold what runs without it: the attempts see", () => {
    for (const name of ["connect", "readFile", "readSecrets"]) expect(free[name]).toMatch(/^(worked|true|\d+)$/);
    expect(free["startProgram"]).toBe("0");
    expect(free["manyFiles"]).toBe("worked");
    expect(free["writeFile"]).toBe("worked");
    expect(free["signalOutsider"]).toBe("true");
  });

  it("ends a child with its parent, however that ends", async () => {
    if (!here.report.walls.some(({ name, holds }) => name === "ends-with-parent" && holds)) return;
    const CHILD = `console.log("child"); setTimeout(() => console.log("survived"), 15_000);`;
    const command = JSON.stringify(here.command(0, [process.execPath, "-e", CHILD]));
    const PARENT = `Bun.spawn(${command}, { env: {}, cwd: "/", stdout: "inherit" }); setTimeout(() => {}, 60_000);`;
    const parent = Bun.spawn([process.execPath, "-e", PARENT], { stdout: "pipe" });
    onTestFinished(() => parent.kill("SIGKILL"));
    let said = "";
    // The output ends when nobody is left who could write to it.
    for await (const piece of parent.stdout) {
      said += Buffer.from(piece).toString();
      parent.kill("SIGKILL");
    }
    expect(said).toBe("child\n");
  });

  it("ends with a child what that has started, in a session of its own, too", async () => {
    // Undisturbed the same goes on: the attempt sees.
    expect(await startsAndEnds((_, command) => command, false)).toBe("started survived");
    if (!here.isNested) return;
    expect(await startsAndEnds(here.command, true)).toBe("started");
  });

  it("passes nothing of the environment on", () => {
    expect(jailed["environment"]).toBe("");
  });

  it("gives each place a user of its own", () => {
    if (!here.report.walls.some(({ name, holds }) => name === "other-user" && holds)) return;
    const users = [0, 1].map((place) => tryEscapes(here.command, place)["status"]);
    expect(new Set(users).size).toBe(here.command(0, []).join() === here.command(1, []).join() ? 1 : 2);
  });
});

/** A system on which commands fail that one of these matches, with that text. */
function system(refusals: Readonly<Record<string, string>>): TryCommand {
  return (command) => Object.entries(refusals).find(([part]) => new RegExp(part).test(command.join(" ")))?.[1];
}

/** What a system without `CAP_SYS_ADMIN` says, that lets everybody make a user namespace. */
const NO_NAMESPACES = {
  "^(?!.*--user).*unshare --net": "unshare failed: Operation not permitted",
  "unshare --mount": "unshare failed: Operation not permitted",
};

function found(refusals: Readonly<Record<string, string>>) {
  const jail = findJail(system(refusals), ["true"], ["/bin/true", "/lib/c.so"], 1);
  const missing = jail.report.walls.flatMap((wall) => (wall.holds ? [] : [`${wall.name}: ${wall.why}`]));
  const command = jail
    .command(1, ["bun"])
    .join(" ")
    .replace(/sh -c set -e.*exec chroot "\$root" "\$@" sh/s, "SCRIPT");
  return { missing, command, wallCount: jail.report.walls.length, isNested: jail.isNested };
}

const ALL_WALLS = 10;
const NESTED = "setpriv --pdeathsig=KILL -- unshare --net --ipc --pid --fork --kill-child --";
const USER_NAMESPACE = "unshare --user --map-current-user --keep-caps --";

describe("findJail", () => {
  it("takes everything where everything is allowed", () => {
    expect(found({})).toEqual({
      missing: [],
      command: `${NESTED} prlimit --fsize=0 --core=0 --nofile=64 -- unshare --mount -- SCRIPT /mnt /bin/true /lib/c.so -- prlimit --nproc=128 -- setpriv --reuid=2000000033 --regid=2000000033 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all --pdeathsig=KILL -- bun`,
      wallCount: ALL_WALLS,
      isNested: true,
    });
  });

  it("keeps the network away where processes cannot be numbered anew", () => {
    const { missing, command, isNested } = found({ "--pid": "unshare failed: No space left on device" });
    expect(missing).toEqual(["descendants: unshare failed: No space left on device"]);
    expect(command).toMatch(/^unshare --net --ipc -- prlimit /);
    expect(command).not.toContain("--user");
    expect(isNested).toBe(false);
  });

  it("says what a container does not allow, and goes on with the rest", () => {
    const { missing, command } = found({ unshare: "unshare failed: Operation not permitted" });
    expect(missing).toEqual([
      "network: unshare failed: Operation not permitted",
      "descendants: unshare failed: Operation not permitted",
      "files: unshare failed: Operation not permitted",
    ]);
    expect(command).toMatch(/^prlimit .* setpriv .* bun$/);
  });

  it("takes the user nobody where there are no high user ids", () => {
    const { missing, command } = found({ "--reuid=2": "setresuid failed: Invalid argument" });
    expect(missing).toEqual([]);
    expect(command).toContain("--nproc=512 -- setpriv --reuid=65534");
  });

  it("takes what somebody without root can have", () => {
    const { missing, command, isNested } = found({
      ...NO_NAMESPACES,
      "--reuid": "setresuid failed: Operation not permitted",
    });
    expect(missing).toEqual([
      "files: unshare failed: Operation not permitted",
      "other-user: setresuid failed: Operation not permitted",
      "processes: setresuid failed: Operation not permitted",
    ]);
    expect(command).toBe(
      `prlimit --fsize=0 --core=0 --nofile=64 -- setpriv --no-new-privs --pdeathsig=KILL -- ${USER_NAMESPACE} ${NESTED} setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all --pdeathsig=KILL -- bun`,
    );
    expect(isNested).toBe(true);
  });

  it("takes the network alone by a user namespace where its tools are too old for more", () => {
    const { missing, command } = found({
      ...NO_NAMESPACES,
      "--keep-caps": "unshare: unrecognized option '--keep-caps'",
    });
    expect(missing).toEqual([
      "descendants: unshare: unrecognized option '--keep-caps'",
      "files: unshare failed: Operation not permitted",
    ]);
    expect(command).toMatch(/ unshare --user --map-current-user --net --ipc -- setpriv --pdeathsig=KILL -- bun$/);
  });

  it("makes a child another user before it takes the network by a user namespace, in a container whose root may not", () => {
    const { missing, command } = found(NO_NAMESPACES);
    expect(missing).toEqual(["files: unshare failed: Operation not permitted"]);
    expect(command).toMatch(/^prlimit .* setpriv --reuid=2000000033 /);
    expect(command).toContain(` ${USER_NAMESPACE} ${NESTED} `);
  });

  it("goes on without any wall, and says so of each", () => {
    const { missing, command, wallCount } = found({ " ": "not installed" });
    expect([missing.length, wallCount]).toEqual([ALL_WALLS, ALL_WALLS]);
    expect(command).toBe("bun");
  });

  it("finds out by running the command, with what is not installed and what ends badly", () => {
    expect(tryCommand(["/no/such/tool"])).toBe("/no/such/tool is not installed");
    expect(tryCommand(["sh", "-c", "echo why >&2; exit 3"])).toBe("why");
    expect(tryCommand(["sh", "-c", "exit 3"])).toBe("sh ended with 3");
    expect(tryCommand(["true"])).toBeUndefined();
  });
});
