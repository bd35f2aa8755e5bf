/** Runs `bun run pack`; `--help` says what it does. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createCommand } from "@shoal/command-line";
import { repositoryRoot } from "./repository-files.ts";
import { runScript } from "./run-script.ts";
import { toolEnvironment } from "./tool-environment.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Packages that can be used without the rest. */
const PACKAGES = ["kernel", "realtime-pool", "monitor", "strategy"] as const;

/** Packs into `folder` and returns the tarballs, those first that others depend on. */
export function pack(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return PACKAGES.map((name) => packOne(name, join(folder, name), folder));
}

function packOne(name: string, staging: string, destination: string): string {
  const source = join(repositoryRoot, "packages", name);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  compile(source, staging);
  const manifest = published(readManifest(name));
  writeFileSync(join(staging, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(staging, "README.md"), readmeOf(source));
  const docs = join(source, "docs");
  if (existsSync(docs)) cpSync(docs, join(staging, "docs"), { recursive: true });
  copyFileSync(join(repositoryRoot, "LICENSE"), join(staging, "LICENSE"));
  run(staging, process.execPath, "pm", "pack", "--quiet", "--destination", destination);
  return join(destination, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
}

/** Rewrites imports of `.ts` in the sources to `.js` for publishing. */
function compile(source: string, staging: string): void {
  const project = join(staging, "tsconfig.json");
  const config = {
    extends: join(repositoryRoot, "tsconfig.base.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(source, "src"),
      outDir: join(staging, "lib"),
      declaration: true,
      rewriteRelativeImportExtensions: true,
      typeRoots: [join(repositoryRoot, "node_modules")],
    },
    // Only files that the entry needs, so no tests.
    files: [join(source, "src/index.ts")],
  };
  writeFileSync(project, JSON.stringify(config));
  run(staging, process.execPath, join(repositoryRoot, "node_modules/typescript/bin/tsc"), "-p", project);
  rmSync(project);
}

/** Returns the README with its links to sources turned into links to the published types, which have the docstrings. */
function readmeOf(source: string): string {
  return readFileSync(join(source, "README.md"), "utf8").replaceAll(/\]\(src\/(.+?)\.ts\)/g, "](lib/$1.d.ts)");
}

function published(manifest: Manifest) {
  const { name, version, description, license, engines, dependencies } = manifest;
  return {
    name,
    version,
    description,
    license,
    type: "module",
    exports: { ".": { types: "./lib/index.d.ts", default: "./lib/index.js" } },
    files: ["lib", "docs"],
    sideEffects: false,
    engines,
    dependencies: Object.fromEntries(Object.entries(dependencies).map(([key, value]) => [key, exact(key, value)])),
  };
}

/** Returns the current version of a package of this repository. */
function exact(name: string, version: string): string {
  return version.startsWith("workspace:") ? readManifest(name.replace("@shoal/", "")).version : version;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(repositoryRoot, "packages", name, "package.json"), "utf8"));
}

function run(cwd: string, ...command: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, env: toolEnvironment(), stdin: "ignore" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed in ${cwd}\n${stdout}${stderr}`);
}

if (import.meta.main) {
  await runScript(
    createCommand("bun run pack")
      .description(
        "Makes what is published of kernel, realtime-pool, monitor and strategy: plain JavaScript with types, one npm tarball each. Prints their paths.",
      )
      .argument("[folder]", "where they go; dist/ of the repository if not given")
      .action(
        (folder = join(repositoryRoot, "dist")) => void process.stdout.write(`${pack(resolve(folder)).join("\n")}\n`),
      ),
  );
}
