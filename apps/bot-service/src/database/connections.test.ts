import { silentLog } from "@shoal/kernel";
import { statement } from "@shoal/store";
import { testDatabase, testRuntime } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../config.ts";
import { shareConnections } from "./connections.ts";
import { createDatabasePart } from "./part.ts";

it.each([
  [4, { shared: 2, background: 1 }],
  [9, { shared: 7, background: 2 }],
  [17, { shared: 15, background: 5 }],
])("shares %i connections", (total, shares) => {
  expect(shareConnections(total)).toEqual(shares);
});

it("uses no more than it may while it migrates, listens on several channels, and all others are busy", async () => {
  const test = await testDatabase({ migrate: false });
  onTestFinished(() => test[Symbol.asyncDispose]());
  const { config } = parseConfig({});
  const user = `limited_${test.name}`.slice(0, 60);
  await test.database.script(`
    create role "${user}" login password 'limited' connection limit ${config.databaseConnections};
    alter database "${test.name}" owner to "${user}";
    grant all on schema public to "${user}";`);
  const url = Object.assign(new URL(test.url), { username: user, password: "limited" }).toString();
  const runtime = { ...testRuntime(), log: silentLog };
  const fatal: unknown[] = [];
  const ready = Promise.withResolvers<void>();
  const part = createDatabasePart({
    ...{ url, runtime, replicaId: "r", config },
    onReady: async () => ready.resolve(),
    onFatal: (thrown) => {
      fatal.push(thrown);
      ready.resolve();
    },
  });
  onTestFinished(() => part.close(1000));
  const { database, backgroundDatabase } = part;
  const ignore = () => {};
  for (const channel of ["a", "b", "c"]) await database.listen(channel, ignore, ignore);
  await test.database.query("select pg_advisory_lock(1)");
  const wait = statement("wait", "select pg_advisory_lock_shared(1)");
  // Two of handlers: the second one waits for the first, so that the question which migrations there are has a connection.
  const busy = [backgroundDatabase.query(wait), backgroundDatabase.query(wait)];
  part.start(new AbortController().signal);
  await ready.promise;
  const open = await test.database.query("select from pg_stat_activity where usename = $1", [user]);
  await test.database.query("select pg_advisory_unlock(1)");
  await Promise.all(busy);
  expect([fatal, part.isMigrated(), open.length]).toEqual([[], true, config.databaseConnections]);
});
