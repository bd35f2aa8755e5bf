import { testDatabase } from "@shoal/testkit";
import { expect, it } from "vitest";
import type { Environment } from "../src/config.ts";
import { sameProject, startTestService, type TestService, until } from "./test-service.ts";

interface Health {
  readonly status: string;
  readonly role: string;
  readonly dependencies: readonly { readonly name: string }[];
}

const OF_FLEET = ["realtime", "channels", "lobby", "control"];
const OF_WORKER = ["exchange", "sandbox", "market"];

async function read<T>(service: TestService, path: string): Promise<T> {
  return (await (await service.api("GET", path)).json()) as T;
}

async function become(service: TestService, status: string): Promise<Health> {
  await until(async () => (await read<Health>(service, "/readyz")).status === status);
  return read<Health>(service, "/readyz");
}

it("a daemon of each role does its own part of the work that both take, and asks for nothing of the other's", async () => {
  await using test = await testDatabase();
  const of = (role: string, more: Environment = {}) =>
    startTestService({ DATABASE_URL: test.url, SHOAL_ROLE: role, BOT_MIN_COUNT: "1", ...more });
  await using fleet = await of("fleet");
  await fleet.opened;
  // Before there is a worker: it has to wait.
  const enqueued = await fleet.api("POST", "/api/jobs", { type: "housekeeping" });
  expect(enqueued.status).toBeLessThan(300);
  await using worker = await of("worker", sameProject(fleet));
  const [ready, working] = await Promise.all([become(fleet, "ready"), become(worker, "ready")]);

  const names = ({ dependencies }: Health) => dependencies.map(({ name }) => name);
  expect([ready.role, working.role]).toEqual(["fleet", "worker"]);
  expect(names(ready)).toEqual(expect.arrayContaining(OF_FLEET));
  expect(names(ready).filter((name) => OF_WORKER.includes(name))).toEqual([]);
  expect(names(working)).toEqual(expect.arrayContaining(OF_WORKER));
  expect(names(working).filter((name) => OF_FLEET.includes(name))).toEqual([]);

  const replicas = async () => {
    const body = await read<{ replicas: { role: string; state: string; replica_id: string }[] }>(
      worker,
      "/api/replicas",
    );
    return body.replicas.filter(({ state }) => state === "live");
  };
  await until(async () => (await replicas()).length === 2);
  const workerId = (await replicas()).find(({ role }) => role === "worker")?.replica_id;
  const done = () =>
    test.database.query<{ worker_id: string }>(
      "select worker_id from shoal.jobs where id = (select min(id) from shoal.jobs) and status = 'completed'",
    );
  await until(async () => (await done()).length > 0);
  expect(await done()).toEqual([{ worker_id: workerId }]);

  const opened = await worker.api("POST", "/api/match/tickets", { user_id: "ann" });
  const { id } = (await opened.json()) as { id: string };
  await until(async () => (await worker.ticket(id)).match_id !== null);
  expect(fleet.snapshot().bots.talking).toBe(1);
  expect(worker.snapshot()).toMatchObject({ bots: { target: 0, idle: 0, talking: 0 }, sockets: 0, slots: 0 });

  const reports = await Promise.all([worker, fleet].map((service) => service.drain()));
  const clean = { clean: true, left: { sockets: 0, slots: 0, leases: 0, timers: 0 } };
  expect(reports).toMatchObject([clean, clean]);
});
