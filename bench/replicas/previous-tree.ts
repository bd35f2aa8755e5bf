import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./replica.ts";

let made: string | undefined;

/** Returns the id of the commit before this one, or of `SHOAL_PREVIOUS_COMMIT`; undefined in a clone without history. */
export function previousCommit(): string | undefined {
  if (!Bun.which("git")) return undefined;
  const wanted = process.env["SHOAL_PREVIOUS_COMMIT"] ?? "HEAD~1";
  const found = git("rev-parse", "--verify", "--quiet", `${wanted}^{commit}`);
  return found.exitCode === 0 ? found.stdout.toString().trim() : undefined;
}

/**
 * Returns a folder with the tree of the commit before this one, ready to run: with the packages that are installed here, and its own
 * in place of those of this workspace. Removed when this process ends.
 */
export function previousTree(): string {
  made ??= makeTree();
  return made;
}

function makeTree(): string {
  const commit = previousCommit();
  if (!commit) throw new Error("this clone has no commit before the present one");
  const tree = mkdtempSync(join(tmpdir(), "shoal-previous-"));
  process.once("exit", () => rmSync(tree, { recursive: true, force: true }));
  const unpacked = Bun.spawnSync(["tar", "-x", "-C", tree], { stdin: git("archive", commit).stdout });
  if (unpacked.exitCode !== 0) throw new Error(`the tree of ${commit} could not be unpacked: ${unpacked.stderr}`);
  linkModules(join(ROOT, "node_modules"), join(tree, "node_modules"));
  for (const workspace of workspaces(tree)) {
    const installed = join(ROOT, workspace, "node_modules");
    if (existsSync(installed)) linkModules(installed, join(tree, workspace, "node_modules"));
  }
  const own = join(tree, "node_modules/@shoal");
  mkdirSync(own);
  for (const workspace of workspaces(tree))
    symlinkSync(join(tree, workspace), join(own, workspace.split("/")[1] ?? ""));
  return tree;
}

/** Links what is installed, besides the packages of the workspace, which are links into this checkout. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (name !== "@shoal") symlinkSync(join(from, name), join(to, name));
}

/** The folder of a workspace has the name of its package. */
function workspaces(tree: string): string[] {
  return ["apps", "packages"].flatMap((folder) => readdirSync(join(tree, folder)).map((name) => `${folder}/${name}`));
}

function git(...args: string[]) {
  return Bun.spawnSync(["git", ...args], { cwd: ROOT });
}
