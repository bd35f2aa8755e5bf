import { statement } from "@shoal/store";
import { type TestDatabase, testDatabase, until } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { makeFleet } from "../src/fleet/fleet.test-support.ts";
import type { MembersAnswer } from "../src/replicas/members.ts";
import { pulsingMembers } from "../src/replicas/rows.test-support.ts";

const RENEW = statement("replica_renew", "select shoal.replica_renew(($1::text)::jsonb) as answer");

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test[Symbol.asyncDispose]());

/** Starts the part of a daemon that runs bots, with rows in the database. */
async function startReplica(replicaId: string) {
  const { runtime } = test;
  const database = test.connect(2);
  const renew = async (request: object) => {
    const [row] = await database.query<{ answer: MembersAnswer }>(RENEW, [JSON.stringify(request)]);
    if (!row) throw new Error("a renewal has an answer");
    return row.answer;
  };
  const { members, stop } = pulsingMembers({ runtime, replicaId, botMax: 10_000, renew });
  const listener = await database.listen(
    "shoal_replicas",
    (id) => id === replicaId || members.refresh(),
    () => {},
  );
  const scaling = { minCount: 15, maxCount: 15, targetPercentage: 0, stabilizationMs: 60_000 };
  const { manager, registry } = makeFleet({ runtime, members, scaling });
  const end = async () => {
    await manager.drain(10_000);
    await stop();
    await listener.close();
  };
  onTestFinished(end);
  manager.start();
  const numbers = () => registry.idleBots().map(({ botId }) => Number(botId.split("-").at(-1)));
  /** Stops without a word; the database takes it for dead at once. */
  const kill = async () => {
    await stop();
    await listener.close();
    await database.query("update shoal.replicas set expires_at = clock_timestamp() where replica_id = $1", [replicaId]);
  };
  return { manager, members, numbers, end, kill };
}

it("three replicas run fifteen bots, and those that are left run them, by the rows of the database", async () => {
  const alpha = await startReplica("alpha-replica");
  await until(() => alpha.numbers().length === 15);
  const first = new Set(alpha.numbers());
  const bravo = await startReplica("bravo-replica");
  const charlie = await startReplica("charlie-replica");
  const all = [alpha, bravo, charlie];
  const numbers = (replicas: typeof all) =>
    replicas.flatMap((each) => each.numbers()).sort((one, other) => one - other);
  const upTo15 = Array.from({ length: 15 }, (_, at) => at + 1);
  const isSplit = (replicas: typeof all, sizes: string) =>
    replicas
      .map((each) => each.numbers().length)
      .sort()
      .join() === sizes;
  await until(() => isSplit(all, "5,5,5"));
  expect(numbers(all)).toEqual(upTo15);
  expect(new Set(alpha.numbers()).isSubsetOf(first)).toBe(true);
  await alpha.kill();
  bravo.members.refresh();
  await until(() => isSplit([bravo, charlie], "7,8"));
  expect(numbers([bravo, charlie])).toEqual(upTo15);
  await bravo.end();
  await test.database.query("select shoal.replica_gone('bravo-replica')");
  await until(() => charlie.numbers().length === 15);
  const places = await test.database.query("select places from shoal.replicas where expires_at > clock_timestamp()");
  expect(places).toEqual([{ places: upTo15 }]);
});
