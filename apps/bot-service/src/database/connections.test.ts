import { silentLog } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { testDatabase, testRuntime } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../config.ts";
import { shareConnections } from "./connections.ts";
import { createDatabasePart } from "./part.ts";

it.each([
  [5, { own: 2, handlers: 1 }],
  [9, { own: 5, handlers: 2 }],
  [10, { own: 6, handlers: 2 }],
  [17, { own: 10, handlers: 5 }],
])("shares %i connections", (total, shares) => {
  expect(shareConnections(total)).toEqual(shares);
  expect(shares.own + shares.handlers).toBe(total - 2);
});

it("uses no more than the server allows, and migrates while all others are busy", async () => {
  const test = await testDatabase({ migrate: false });
  onTestFinished(() => test[Symbol.asyncDispose]());
  const { config } = parseConfig({});
  const [{ name } = { name: "" }] = await test.database.query<{ name: string }>("select current_database() as name");
  const user = `limited_${name}`.slice(0, 60);
  await test.database.script(`
    create role "${user}" login password 'limited' connection limit ${config.databaseConnections};
    alter database "${name}" owner to "${user}";
    grant all on schema public to "${user}";`);
  const url = Object.assign(new URL(test.url), { username: user, password: "limited" }).toString();
  const runtime = { ...testRuntime(), log: silentLog };
  const fatal: unknown[] = [];
  const ready = Promise.withResolvers<void>();
  const { own, handlers } = shareConnections(config.databaseConnections);
  const part = createDatabasePart({
    ...{ url, runtime, replicaId: "r", maxConnections: own },
    onReady: async () => ready.resolve(),
    onFatal: (thrown) => {
      fatal.push(thrown);
      ready.resolve();
    },
  });
  const jobs = createDatabase<string>({ url, runtime, maxConnections: handlers });
  onTestFinished(async () => void (await Promise.all([part.close(1000), jobs.close()])));
  await part.database.listen(
    "c",
    () => {},
    () => {},
  );
  await test.database.query("select pg_advisory_lock(1)");
  const busy = [part.database, jobs].flatMap((database, at) =>
    // One of its own is left, for the question which migrations there are.
    Array.from({ length: at === 0 ? own - 1 : handlers }, () => database.query("select pg_advisory_lock_shared(1)")),
  );
  part.start(new AbortController().signal);
  await ready.promise;
  await test.database.query("select pg_advisory_unlock(1)");
  await Promise.all(busy);
  expect([fatal, part.isMigrated()]).toEqual([[], true]);
});
