import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Folders of the workspaces that the daemon needs, its own included. */
function foldersOfDaemon(): string[] {
  const folders = new Map<string, { readonly folder: string; readonly manifest: Manifest }>();
  for (const path of repositoryFiles().filter((file) => /.\/package\.json$/.test(file))) {
    const manifest = JSON.parse(read(path)) as Manifest;
    folders.set(manifest.name, { folder: dirname(path), manifest });
  }
  const needed = new Set(["@shoal/bot-service"]);
  // A set is walked to its end, also over what is added on the way.
  for (const name of needed) {
    for (const dependency of Object.keys(folders.get(name)?.manifest.dependencies ?? {})) {
      if (folders.has(dependency)) needed.add(dependency);
    }
  }
  return [...needed].map((name) => folders.get(name)?.folder ?? name);
}

const folders = foldersOfDaemon();
const stages = read("Dockerfile")
  .split(/^FROM /m)
  .slice(1);
const copied = (stage = "") => [...stage.matchAll(/^COPY (?!--from)(\S+) \S+$/gm)].map(([, source = ""]) => source);

test("the daemon needs the pages of the console, and packages of each place", () => {
  expect(folders).toEqual(expect.arrayContaining(["apps/console", "apps/bot-service", "packages/kernel"]));
});

test.each([
  ["the manifests that its dependencies are installed from", copied(stages[0])],
  ["the program itself", copied(stages.at(-1))],
  ["what the builder is given", [...read(".dockerignore").matchAll(/^!(\S+)$/gm)].map(([, path = ""]) => path)],
])("the Docker image has every workspace that the daemon needs: %s", (_, sources) => {
  const missing = folders.filter((folder) => !sources.some((source) => `${folder}/`.startsWith(`${source}/`)));
  expect(missing).toEqual([]);
});
