/** Makes `bun run <script>` work in a fresh clone: installs the locked dependencies if they are not there yet. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OLDEST_BUN = "1.4.5";
const root = join(import.meta.dirname, "..");
const marker = join(root, "node_modules/.shoal-lock");

function fail(message: string): never {
  process.stderr.write(`shoal: ${message}\n`);
  process.exit(1);
}

if (Bun.semver.order(Bun.version, OLDEST_BUN) < 0) {
  fail(`this is Bun ${Bun.version}, and ${OLDEST_BUN} or later is needed: npx -y bun@${OLDEST_BUN} run <command>`);
}

const fingerprint = Bun.hash(readFileSync(join(root, "bun.lock"), "utf8")).toString(16);
if (!existsSync(marker) || readFileSync(marker, "utf8") !== fingerprint) {
  process.stderr.write("shoal: installing dependencies (first run)\n");
  const install = Bun.spawnSync([process.execPath, "install", "--frozen-lockfile"], {
    cwd: root,
    stdout: "ignore",
    stderr: "inherit",
  });
  if (install.exitCode !== 0) fail("could not install the dependencies; is the npm registry reachable?");
  writeFileSync(marker, fingerprint);
}
