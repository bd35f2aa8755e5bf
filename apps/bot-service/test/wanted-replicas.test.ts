import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

/** What the chart's README has an operator run, so that KEDA may ask and may do nothing else. */
const README = readFileSync(join(import.meta.dirname, "../../../deploy/kubernetes/README.md"), "utf8");
const [, MAKE_ROLE = ""] = /```sql\n([^`]*create role shoal_scaler[^`]*)```/.exec(README) ?? [];

interface Row {
  readonly role?: string;
  readonly draining?: boolean;
  readonly target?: number | null;
  readonly botMax?: number;
  readonly lives?: boolean;
}

describe.each(backends())("the number of replicas that the fleet wants, on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => test.database.script("delete from shoal.replicas; delete from public.bot_deployments"));

  const wanted = async (...args: readonly number[]): Promise<unknown> => {
    const [row] = await test.database.query(`select shoal.wanted_replicas(${args.join(", ")}) as wanted`);
    return row?.["wanted"];
  };
  const replicas = async (...rows: readonly Row[]) => {
    for (const [at, { role = "all", draining = false, target = null, botMax = 10_000, lives = true }] of rows.entries())
      await test.database.query(
        `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, renewed_at, expires_at, target, bot_max)
         values ($1, 1, '1', $2, $3, clock_timestamp(), clock_timestamp() + $4::float8 * interval '1 hour', $5, $6)`,
        [`replica-${at}`, role, draining, lives ? 1 : -1, target, botMax],
      );
  };
  const deploy = (count: number, desired: string, status = "running") =>
    test.database.query(
      `insert into public.bot_deployments (bot_id, kind, name, desired, status)
       select $2 || n, 'k', 'n', $2, $3 from generate_series(1, $1::integer) n`,
      [count, desired, status],
    );

  it("is 2 while nobody lives, with what the dead left behind, and while nobody counts", async () => {
    expect(await wanted()).toBe(2);
    await replicas({ target: 9_000, lives: false });
    expect(await wanted()).toBe(2);
    await replicas();
    await test.database.query("update shoal.replicas set target = null");
    expect(await wanted()).toBe(2);
  });

  it("grows with what the lead wants, by what one replica should have or may have", async () => {
    await replicas({ target: 2_000 }, {}, {});
    expect(await wanted()).toBe(2);
    await test.database.query("update shoal.replicas set target = 2001 where target is not null");
    expect(await wanted()).toBe(3);
    expect(await wanted(500)).toBe(5);
    await test.database.query("update shoal.replicas set bot_max = 100 where replica_id = 'replica-2'");
    expect(await wanted(500)).toBe(21);
  });

  it("asks only those that live, run bots and do not drain", async () => {
    const small = { target: 50_000, botMax: 1 };
    await replicas(
      { target: 3_000 },
      { ...small, role: "worker" },
      { ...small, draining: true },
      { ...small, lives: false },
    );
    expect(await wanted()).toBe(3);
  });

  it("has room for bots deployed by command, also for those that have found none", async () => {
    await replicas({ target: 1_990 });
    await deploy(10, "running", "starting");
    expect(await wanted()).toBe(2);
    await deploy(1, "paused", "paused");
    expect(await wanted()).toBe(3);
    await deploy(350, "stopped", "stopped");
    await deploy(350, "removed", "stopping");
    expect(await wanted()).toBe(3);
    await test.database.query("update public.bot_deployments set desired = 'running' where desired = 'stopped'");
    expect(await wanted()).toBe(4);
    expect(await wanted(1000, 50)).toBe(8);
  });

  it("is a number whatever it is asked and whatever was configured", async () => {
    await replicas({ target: 3, botMax: 0 });
    await deploy(3, "running");
    expect(await wanted()).toBe(6);
    expect(await wanted(0, 0)).toBe(6);
    expect(await wanted(-1, -1)).toBe(6);
    await test.database.query("update shoal.replicas set target = 2147483647, bot_max = 10000");
    expect(await wanted(1)).toBe(2_147_483_647);
  });

  it("is told to a role of its own, which may do nothing else, and not to API clients", async () => {
    const { database } = test;
    const asRole = async (role: string, statement: string) => {
      return database
        .transaction(async (tx) => {
          await tx.query(`set local role ${role}`);
          return tx.query(statement);
        })
        .catch((thrown: Error) => String(thrown.cause));
    };
    const ask = "select shoal.wanted_replicas() as wanted";
    // Roles belong to the whole server.
    const role = `scaler_${test.name}`;
    await database.script(MAKE_ROLE.replaceAll("shoal_scaler", role));
    try {
      await database.query("call shoal.seal_schema()");
      expect(await asRole(role, ask)).toEqual([{ wanted: 2 }]);
      for (const other of ["table shoal.replicas", "table public.bot_deployments", "select shoal.replica_gone('a')"])
        expect(await asRole(role, other), other).toContain("SQLSTATE 42501");
      for (const client of ["anon", "authenticated", "service_role"])
        expect(await asRole(client, ask), client).toContain("SQLSTATE 42501");
    } finally {
      await database.script(`drop owned by ${role}; drop role ${role}`);
    }
  });
});
