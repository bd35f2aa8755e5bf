import { backends, testDatabase, testServers } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { pingRedis } from "./redis-server.ts";

describe.each(backends())("a test database on the %s backend", (backend) => {
  it("is its own: what one test writes no other one sees", async () => {
    await using first = await testDatabase({ backend });
    await using second = await testDatabase({ backend });
    await first.database.query("insert into shoal.leases values ('x', 'a', 1, now())");
    expect(await second.database.query("select resource from shoal.leases")).toEqual([]);
    expect(await first.connect().query("select resource from shoal.leases")).toEqual([{ resource: "x" }]);
  });

  it("is gone after its test, whatever was still connected", async () => {
    await using other = await testDatabase({ backend, migrate: false });
    let name = "";
    {
      await using test = await testDatabase({ backend });
      name = test.name;
      await test.connect().query("select 1");
    }
    expect(await other.database.query("select from pg_database where datname = $1", [name])).toEqual([]);
  });

  it("has the roles of Supabase, with or without our migrations", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    expect(await test.database.query("select from pg_roles where rolname = 'service_role'")).toHaveLength(1);
    expect(await test.database.query("select to_regclass('shoal.leases')::text as leases")).toEqual([{ leases: null }]);
  });
});

const { redis } = testServers();

it.runIf(redis)("the Redis of the run answers", async () => {
  expect(await pingRedis(redis ?? "")).toBe(true);
});

it("nobody answers for a Redis that is not there", async () => {
  expect(await pingRedis("redis://127.0.0.1:1")).toBe(false);
});
