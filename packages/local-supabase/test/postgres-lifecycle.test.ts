import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemRuntime, isFleetError, sleep } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { lockDirectory, makeDirectory } from "../src/postgres/adapters/directory-lock.ts";
import { commandLine } from "../src/postgres/adapters/process-table.ts";
import { startEmbeddedPostgres } from "../src/postgres/start-embedded-postgres.ts";
import {
  gone,
  initialisedDirectory,
  killAtEnd,
  removeInitialised,
  startDaemon,
  temporaryDirectory,
  withServer,
} from "./postgres-harness.ts";
import { nextChange } from "./support/database-setting.ts";
import { RawClient } from "./support/raw-client.ts";
import { startDatabaseServer } from "./support/test-server.ts";

const runtime = createSystemRuntime();

afterAll(removeInitialised);

async function withDatabase<T>(url: string, work: (database: Database<string>) => Promise<T>): Promise<T> {
  const database = createDatabase<string>({ url, runtime, maxConnections: 1 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const write = (url: string, text: string) =>
  withDatabase(url, async (database) => {
    await database.script("create table if not exists notes (note text)");
    await database.query("insert into notes values ($1)", [text]);
  });

const notes = (url: string) =>
  withDatabase(url, async (database) => {
    const rows = await database.query<{ note: string }>("select note from notes order by note");
    return rows.map((row) => row.note);
  });

it("looks like a Supabase project and is durable, logical and on loopback only", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, ({ url, port }) =>
    withDatabase(url, async (database) => {
      const settings = await database.query(
        `select current_setting('wal_level') as wal_level, current_setting('fsync') as fsync,
                current_setting('synchronous_commit') as synchronous_commit,
                current_setting('listen_addresses') as listen_addresses,
                current_setting('unix_socket_directories') as sockets, current_setting('port')::int as port`,
      );
      expect(settings).toEqual([
        {
          wal_level: "logical",
          fsync: "on",
          synchronous_commit: "on",
          listen_addresses: "127.0.0.1",
          sockets: "",
          port,
        },
      ]);
      const roles = await database.query(
        "select rolname, rolbypassrls from pg_roles where rolname in ('anon', 'authenticated', 'service_role') order by 1",
      );
      expect(roles).toEqual([
        { rolname: "anon", rolbypassrls: false },
        { rolname: "authenticated", rolbypassrls: false },
        { rolname: "service_role", rolbypassrls: true },
      ]);
      expect(await database.query("select pubname from pg_publication order by 1")).toEqual([
        { pubname: "supabase_realtime" },
        { pubname: "supabase_realtime_messages_publication" },
      ]);
      await database.transaction(async (tx) => {
        const claims = '{"sub": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "role": "authenticated"}';
        await tx.query("select set_config('request.jwt.claims', $1, true)", [claims]);
        expect(await tx.query("select auth.uid()::text as uid, auth.role() as role")).toEqual([
          { uid: "6f9619ff-8b86-d011-b42d-00c04fc964ff", role: "authenticated" },
        ]);
      });
    }),
  );
});

it("keeps its data and its password from start to start, the password for our eyes only", async () => {
  using directory = await initialisedDirectory();
  const first = await withServer(directory.path, async ({ url }) => {
    await write(url, "kept");
    return new URL(url).password;
  });
  await withServer(directory.path, async ({ url }) => {
    expect(await notes(url)).toEqual(["kept"]);
    expect(new URL(url).password).toBe(first);
  });
  expect(first).toMatch(/^[0-9a-f]{48}$/);
  expect(statSync(join(directory.path, "password")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(directory.path, "postgres.log"), "utf8")).not.toContain(first);
});

it("stops twice over and leaves no process and no timer", async () => {
  using directory = await initialisedDirectory();
  const own = createSystemRuntime();
  const server = await startEmbeddedPostgres({ dataDirectory: directory.path, runtime: own });
  await Promise.all([server.stop(), server.stop()]);
  expect(commandLine(server.pid)).toEqual([]);
  expect(own.clock.pendingTimers).toBe(0);
});

it("keeps what people wrote out of its log", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, ({ url }) =>
    withDatabase(url, async (database) => {
      await database.script("create table t (note text unique)");
      for (let round = 0; round < 2; round += 1) {
        await database.query("insert into t values ($1)", ["private words"]).catch(() => {});
        await database.query("insert into t values ('private words')").catch(() => {});
      }
    }),
  );
  const log = readFileSync(join(directory.path, "postgres.log"), "utf8");
  expect(log).toContain("duplicate key");
  expect(log).not.toContain("private words");
});

it("refuses a directory that another process works on, and names that process", async () => {
  using directory = await initialisedDirectory();
  await using daemon = await startDaemon(directory.path);
  await expect(startEmbeddedPostgres({ dataDirectory: directory.path, runtime })).rejects.toMatchObject({
    code: "LOCAL_DATA_DIR_IN_USE",
    message: expect.stringContaining(`process ${daemon.child.pid}`),
    details: { pid: daemon.child.pid },
  });
});

it("closes directory and lock to other users, also where they were open", () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "lock.db"), "");
  for (const [path, mode] of [
    [directory.path, 0o755],
    [join(directory.path, "lock.db"), 0o644],
  ] as const)
    chmodSync(path, mode);
  const lock = lockDirectory(makeDirectory(directory.path));
  onTestFinished(() => lock.release());
  const modes = ["", "lock.db", "lock.pid"].map((name) => statSync(join(directory.path, name)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

it("refuses a directory that this very process works on already", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, async () => {
    await expect(startEmbeddedPostgres({ dataDirectory: directory.path, runtime })).rejects.toMatchObject({
      code: "LOCAL_DATA_DIR_IN_USE",
      details: { pid: process.pid },
    });
    await using daemon = await startDaemon(directory.path);
    expect(daemon.report).toMatchObject({ error_code: "LOCAL_DATA_DIR_IN_USE", details: { pid: process.pid } });
  });
});

it("lets exactly one of several processes have a directory that they want at once", async () => {
  using directory = temporaryDirectory();
  const daemons = await Promise.all([1, 2, 3].map(() => startDaemon(directory.path)));
  const outcomes = daemons.map(({ report }) => report.error_code ?? "running").sort();
  await Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]()));
  expect(outcomes).toEqual(["LOCAL_DATA_DIR_IN_USE", "LOCAL_DATA_DIR_IN_USE", "running"]);
});

it("ends with its process when that is killed, and the next start has every acknowledged write", async () => {
  using directory = await initialisedDirectory();
  await using daemon = await startDaemon(directory.path);
  const { url = "", pid = 0 } = daemon.report;
  await write(url, "before the kill");
  daemon.child.kill("SIGKILL");
  await gone(pid);
  await daemon.ended;
  await withServer(directory.path, async (server) => expect(await notes(server.url)).toEqual(["before the kill"]));
});

it("finds the server that a killed process could not take along, stops it and goes on", async () => {
  using directory = await initialisedDirectory();
  await using daemon = await startDaemon(directory.path);
  const { url = "", pid = 0 } = daemon.report;
  killAtEnd(pid);
  await write(url, "orphaned");
  // It would see its server's shell go, and stop the server itself before it is killed.
  daemon.child.kill("SIGSTOP");
  for (const watcher of watchersOf(pid)) process.kill(watcher, "SIGKILL");
  daemon.child.kill("SIGKILL");
  await daemon.ended;
  expect(commandLine(pid)).not.toEqual([]);
  await withServer(directory.path, async (server) => {
    expect(commandLine(pid)).toEqual([]);
    expect(await notes(server.url)).toEqual(["orphaned"]);
  });
});

it("starts the server again under the same address when it is killed, with every acknowledged write", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, async (server) => {
    await write(server.url, "acknowledged");
    const killed = server.pid;
    process.kill(killed, "SIGKILL");
    expect(await eventually(() => notes(server.url))).toEqual(["acknowledged"]);
    expect(server.pid).not.toBe(killed);
  });
});

it("stops while it is starting a killed server again, and leaves none", async () => {
  using directory = await initialisedDirectory();
  const own = createSystemRuntime();
  const server = await startEmbeddedPostgres({ dataDirectory: directory.path, runtime: own });
  process.kill(server.pid, "SIGKILL");
  await gone(server.pid);
  await server.stop();
  expect(commandLine(server.pid)).toEqual([]);
  expect(own.clock.pendingTimers).toBe(0);
  await withServer(directory.path, async ({ url }) => write(url, "works"));
});

it("is not kept from shutting down by a Realtime server that reads its changes", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, async (postgres) => {
    await using test = await startDatabaseServer(postgres.url);
    const client = await RawClient.open(test.server.url, test.keys.serviceRole);
    await withDatabase(postgres.url, async (database) => {
      await database.script("create table t (id int primary key); alter publication supabase_realtime add table t;");
      await client.join("t", { postgres_changes: [{ event: "*", schema: "public", table: "t" }] });
      await client.nextJson();
      await database.query("insert into t values (1)");
      expect(await nextChange(client)).toMatchObject({ record: { id: 1 } });
    });
    // The signal for a fast shutdown: sessions are ended, and readers of changes are waited for.
    const lost = test.server.events.next("changes:lost");
    process.kill(postgres.pid, "SIGINT");
    await lost;
    expect(test.server.stats()).toMatchObject({ sockets: 1, channels: 1 });
  });
});

it("is not fooled by a process that has the number of a dead server", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, async () => {});
  const data = join(directory.path, "data");
  writeFileSync(join(data, "postmaster.pid"), `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n1 1\nready   \n`);
  await withServer(directory.path, async ({ url, pid }) => {
    expect(pid).not.toBe(process.pid);
    await write(url, "works");
  });
});

it("survives Ctrl-C in the terminal for as long as its process drains", async () => {
  using directory = await initialisedDirectory();
  await using daemon = await startDaemon(directory.path);
  // The terminal signals the whole group in the foreground.
  process.kill(-(daemon.child.pid ?? 0), "SIGINT");
  expect(await daemon.ended).toEqual(["drained"]);
  expect(daemon.child.exitCode).toBe(0);
  expect(commandLine(daemon.report.pid ?? 0)).toEqual([]);
});

it("says what to do when the data belong to another version of Postgres", async () => {
  using directory = await initialisedDirectory();
  await withServer(directory.path, async () => {});
  writeFileSync(join(directory.path, "data", "PG_VERSION"), "12\n");
  await expect(startEmbeddedPostgres({ dataDirectory: directory.path, runtime })).rejects.toMatchObject({
    code: "LOCAL_POSTGRES_START_FAILED",
    message: expect.stringContaining("Postgres 12"),
  });
});

it("starts beside what a first start that was killed left half made, and removes it later", async () => {
  using directory = temporaryDirectory();
  const left = join(directory.path, "initdb-left");
  // On a full disk the password may have stayed like this.
  writeFileSync(join(directory.path, "password.new"), "");
  mkdirSync(join(left, "data", "base"), { recursive: true });
  // Its initdb may have outlived it and may still write.
  const orphan = spawn("sh", ["-c", 'while echo 18 > "$1"; do echo; done', "sh", join(left, "data", "PG_VERSION")]);
  await new Promise((resolve) => orphan.stdout.once("data", resolve));
  orphan.stdout.resume();
  try {
    await withServer(directory.path, async ({ url }) => write(url, "works"));
  } finally {
    orphan.kill("SIGKILL");
    await new Promise((resolve) => orphan.once("close", resolve));
  }
  await withServer(directory.path, async ({ url }) => expect(await notes(url)).toEqual(["works"]));
  expect(readdirSync(directory.path).filter((name) => /^initdb|\.new$/.test(name))).toEqual([]);
});

it("says in its message what initdb had to say", async () => {
  using directory = temporaryDirectory();
  const binaries = { initdb: "/bin/false", postgres: "/bin/sh", initdbFlags: [] };
  await expect(startEmbeddedPostgres({ dataDirectory: directory.path, runtime, binaries })).rejects.toMatchObject({
    code: "LOCAL_POSTGRES_START_FAILED",
    message: expect.stringContaining("initdb failed without a word"),
  });
  const script = join(directory.path, "full-disk.sh");
  writeFileSync(script, "#!/bin/sh\necho 'initdb: error: could not write: No space left on device' >&2\nexit 1\n", {
    mode: 0o755,
  });
  const full = { ...binaries, initdb: script };
  await expect(startEmbeddedPostgres({ dataDirectory: directory.path, runtime, binaries: full })).rejects.toMatchObject(
    {
      message: expect.stringContaining("No space left on device"),
    },
  );
});

/** Repeats `attempt` while the server is away. Resolves with what it resolves to. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!isFleetError(thrown, "STORE_UNAVAILABLE")) throw thrown;
      await sleep(runtime.clock, 10);
    }
  }
}

/** Finds the shells that watch over a server. */
function watchersOf(serverPid: number): number[] {
  const processes = readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? [{ pid, args: commandLine(pid) }] : [];
  });
  const data = commandLine(serverPid)[2] ?? "";
  return processes.filter(({ args }) => args.includes("shoal-postgres") && args.includes(data)).map(({ pid }) => pid);
}
