import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { runGroup } from "./process-group.ts";

const folder = mkdtempSync(join(tmpdir(), "shoal-group-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Leaves a process behind that ignores all but SIGKILL, says its id and that of its group in the file, and then does `then`. */
const leaving = (file: string, then: string) => [
  "sh",
  "-c",
  `sh -c 'trap "" INT TERM HUP; echo $$ $PPID > ${file}.part; mv ${file}.part ${file}; while :; do sleep 1; done' &
while [ ! -e ${file} ]; do sleep 0.01; done; ${then}`,
];

/** Ends the group with the test, also when nothing else has. */
function endingWithTest(file: string): void {
  onTestFinished(() => {
    if (!existsSync(file)) return;
    const [, group] = readFileSync(file, "utf8").split(" ");
    try {
      process.kill(-Number(group), "SIGKILL");
    } catch {
      // It is gone.
    }
  });
}

async function isGone(file: string): Promise<boolean> {
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  // A killed process stays until its new parent has taken note of it.
  for (;;) {
    const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
    const state = stdout.toString().trim();
    if (state === "" || state.startsWith("Z")) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("runGroup", () => {
  it.each([
    ["ends well", "exit 0", 0],
    ["fails", "exit 3", 3],
    ["is killed", "kill -KILL $$", 137],
  ])("leaves nothing running when the program %s", async (_, then, exitCode) => {
    const file = join(folder, `left-${exitCode}`);
    endingWithTest(file);
    expect(await runGroup(leaving(file, then), { cwd: folder, env: process.env })).toEqual({
      exitCode,
      isStopped: false,
    });
    expect(await isGone(file)).toBe(true);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("passes %s on, and leaves nothing running", async (signal) => {
    const file = join(folder, `left-${signal}`);
    endingWithTest(file);
    const program = `import { runGroup } from ${JSON.stringify(join(import.meta.dirname, "process-group.ts"))};
      const run = await runGroup(${JSON.stringify(leaving(file, "echo ready; sleep 1000 & wait"))}, { cwd: "/", env: process.env });
      process.exit(run.isStopped && run.exitCode !== 0 ? 99 : 1);`;
    const child = Bun.spawn([process.execPath, "-e", program], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (chunk.includes("ready")) child.kill(signal);
    }
    expect(await child.exited).toBe(99);
    expect(await isGone(file)).toBe(true);
  });
});
