/** Makes `bun run <anything>` work in a fresh clone: installs the locked dependencies when they are not there yet. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url).pathname;
const marker = `${root}node_modules/.shoal-lock`;
const lock = readFileSync(`${root}bun.lock`, "utf8");
const fingerprint = Bun.hash(lock).toString(16);

if (!existsSync(marker) || readFileSync(marker, "utf8") !== fingerprint) {
  process.stderr.write("shoal: installing dependencies (first run)\n");
  const install = Bun.spawnSync([process.execPath, "install", "--frozen-lockfile"], {
    cwd: root,
    stdout: "ignore",
    stderr: "inherit",
  });
  if (install.exitCode !== 0) {
    process.stderr.write("shoal: could not install the dependencies; is the npm registry reachable?\n");
    process.exit(1);
  }
  writeFileSync(marker, fingerprint);
}
