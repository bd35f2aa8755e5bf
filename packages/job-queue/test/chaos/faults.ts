import { pick, type Rng } from "@shoal/kernel";
import type { Fleet, Worker } from "./fleet.ts";

/** Wall clocks of replicas, in ms beside the truth. */
const SKEWS_MS = [0, 7 * 60_000, -5 * 60_000];

/** Does one kind of harm, and takes back what would otherwise last. Resolves when everybody could work again. */
type Fault = (fleet: Fleet, alive: Worker[], rng: Rng) => Promise<void>;

/** A replica's place, taken by another with a clock of its own. */
export async function hireWithWrongClock(fleet: Fleet, rng: Rng): Promise<Worker> {
  return fleet.hire({ skewMs: pick(rng, SKEWS_MS) });
}

async function replace(fleet: Fleet, alive: Worker[], gone: Worker, rng: Rng): Promise<void> {
  alive.splice(alive.indexOf(gone), 1, await hireWithWrongClock(fleet, rng));
}

const isHolding = async (fleet: Fleet, { role }: Worker) => {
  const [row] = await fleet.database.query(
    "select from shoal.jobs where status = 'running' and worker_id = $1 limit 1",
    [`replica-of-${role}`],
  );
  return row !== undefined;
};

/** Until what it holds was taken from it. */
const isRobbed = async (fleet: Fleet, worker: Worker) => !(await isHolding(fleet, worker));

export const FAULTS = {
  "kill -9": async (fleet, alive, rng) => {
    const victim = pick(rng, alive);
    await fleet.until(() => isHolding(fleet, victim));
    victim.kill("SIGKILL");
    await victim.exited;
    await replace(fleet, alive, victim, rng);
  },

  "kill -9 of all": async (fleet, alive, rng) => {
    const victims = [...alive];
    await fleet.until(() => isHolding(fleet, pick(rng, victims)));
    for (const victim of victims) victim.kill("SIGKILL");
    for (const victim of victims) {
      await victim.exited;
      await replace(fleet, alive, victim, rng);
    }
  },

  "connections terminated": async (fleet, alive, rng) => {
    const victim = pick(rng, alive);
    for (let round = 0; round < 3; round += 1) {
      await fleet.until(() => isHolding(fleet, victim));
      await fleet.database.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [
        victim.role,
      ]);
    }
  },

  "server stopped at once": async (fleet, alive, rng) => {
    await fleet.until(() => isHolding(fleet, pick(rng, alive)));
    const before = fleet.server.pid;
    process.kill(before, "SIGQUIT");
    // It comes back by itself, on the same port.
    await fleet.until(async () => fleet.server.pid !== before && (await fleet.database.query("select 1")).length === 1);
  },

  "half-open connections": async (fleet, alive, rng) => {
    const victim = pick(rng, alive);
    await fleet.until(() => isHolding(fleet, victim));
    victim.proxy.freeze();
    await fleet.until(() => isRobbed(fleet, victim));
    await victim.proxy.open();
  },

  "process frozen": async (fleet, alive, rng) => {
    const victim = pick(rng, alive);
    await fleet.until(() => isHolding(fleet, victim));
    victim.kill("SIGSTOP");
    await fleet.until(() => isRobbed(fleet, victim));
    victim.kill("SIGCONT");
  },

  SIGTERM: async (fleet, alive, rng) => {
    const victim = pick(rng, alive);
    await fleet.until(() => isHolding(fleet, victim));
    victim.kill("SIGTERM");
    await replace(fleet, alive, victim, rng);
    const code = await victim.exited;
    if (code !== 0) throw new Error(`${victim.role} ended with exit code ${code} after SIGTERM`);
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
