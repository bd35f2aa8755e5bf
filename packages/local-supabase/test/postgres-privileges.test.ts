import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { afterAll, describe, expect, it } from "vitest";
import { npmPostgresBinaries, type PostgresBinaries } from "../src/postgres/adapters/postgres-binaries.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/postgres/start-embedded-postgres.ts";
import {
  initialisedDirectory,
  initialisedProject,
  removeInitialised,
  temporaryDirectory,
  withServer,
} from "./postgres-harness.ts";

const runtime = createSystemRuntime();
const isRoot = process.getuid?.() === 0;

afterAll(removeInitialised);

/** Copies the whole installation below another directory. */
function installBelow(directory: string): PostgresBinaries {
  const native = dirname(dirname(npmPostgresBinaries().postgres));
  const copy = join(directory, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return {
    initdb: join(copy, "bin", "initdb"),
    postgres: join(copy, "bin", "postgres"),
    initdbFlags: npmPostgresBinaries().initdbFlags,
  };
}

function startAndAsk(dataDirectory: string, binaries?: PostgresBinaries): Promise<unknown> {
  const ask = async ({ url }: EmbeddedPostgres) => {
    const database = createDatabase<string>({ url, runtime, maxConnections: 1 });
    try {
      const [row] = await database.query<{ one: number }>("select 1 as one");
      return row?.one;
    } finally {
      await database.close();
    }
  };
  return withServer(dataDirectory, ask, binaries);
}

describe.runIf(isRoot)("the embedded Postgres of root", () => {
  it("does not run as root", async () => {
    using directory = await initialisedDirectory();
    const uid = await withServer(directory.path, ({ pid }) => statSync(`/proc/${pid}`).uid);
    expect(uid).not.toBe(0);
  });

  it("starts with data and programs below a directory that only root may enter, again and again", async () => {
    using directory = temporaryDirectory(0o700);
    const binaries = installBelow(directory.path);
    const dataDirectory = join(directory.path, "project", ".shoal");
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    expect(await startAndAsk(dataDirectory, binaries)).toBe(1);
    expect(await startAndAsk(dataDirectory, binaries)).toBe(1);
  });

  it("takes its data along when they move out of such a directory, or into one", async () => {
    using closed = temporaryDirectory(0o700);
    using open = await initialisedProject();
    expect(await startAndAsk(join(open.path, "postgres"))).toBe(1);
    const moved = spawnSync("mv", [join(open.path, "postgres"), join(closed.path, "data")]);
    expect(moved.status).toBe(0);
    expect(await startAndAsk(join(closed.path, "data"))).toBe(1);
  });
});

describe.runIf(!isRoot)("the embedded Postgres of an ordinary user", () => {
  it("runs as that user, also below a directory that nobody else may enter", async () => {
    using directory = temporaryDirectory(0o700);
    const uid = await withServer(directory.path, () => statSync(join(directory.path, "data")).uid);
    expect(uid).toBe(process.getuid?.());
  });
});

it("says so when it is given a directory that cannot be", async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "file");
  writeFileSync(file, "");
  await expect(startEmbeddedPostgres({ dataDirectory: join(file, "data"), runtime })).rejects.toMatchObject({
    code: "LOCAL_DATA_DIR_UNUSABLE",
    message: expect.stringContaining(join(file, "data")),
  });
});

it.runIf(!isRoot)("says so when it may not write to its directory", async () => {
  using directory = temporaryDirectory(0o555);
  await expect(startEmbeddedPostgres({ dataDirectory: directory.path, runtime })).rejects.toMatchObject({
    code: "LOCAL_DATA_DIR_UNUSABLE",
    message: expect.stringContaining(directory.path),
  });
});
