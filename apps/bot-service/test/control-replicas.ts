import { type TestDatabase, testRuntime } from "@shoal/testkit";
import { expect, onTestFinished } from "vitest";
import { deaf, expireLeases, makeReplica, mortal, type Replica, type ReplicaOptions } from "./control-support.ts";
import { counting } from "./idle-daemon.ts";

const STEP_MS = 250;
/** Long enough on any machine: time goes by as the test says, but for the clock of the database. */
const LEASE_MS = 3_600_000;

interface Running extends Replica {
  readonly clock: ReturnType<typeof testRuntime>["clock"];
  readonly kill: () => void;
  isFrozen: boolean;
}

/**
 * Replicas on one database, on clocks that stand still; they end with the test. All look for work a few times a second, as if each change
 * were announced.
 */
export function makeReplicas(test: TestDatabase) {
  const { database, answered } = counting(test.connect());
  const replicas = new Map<string, Running>();
  const going = () => [...replicas.values()].filter(({ isFrozen }) => !isFrozen);

  /** Writes the row of a replica as its pulse does, or did so long ago. */
  const pulsed = (id: string, renewed: string, expires: string) =>
    test.database.query(
      `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, bot_max, renewed_at, expires_at)
       values ($1, 1, '0', 'all', false, 9, clock_timestamp() + $2::interval, clock_timestamp() + $3::interval)
       on conflict (replica_id) do update set renewed_at = excluded.renewed_at, expires_at = excluded.expires_at`,
      [id, renewed, expires],
    );
  const lives = (id: string) => pulsed(id, "1 hour", "2 hours");
  const isDead = async (id: string) => {
    await pulsed(id, "-1 hour", "-1 hour");
    await expireLeases(test.database, id);
  };

  /** Returns the ids of the bots in the lobby, of which none may be there twice. */
  const lobby = () => {
    const channels = [...replicas.values()].flatMap((replica) => replica.channels);
    const shown = channels.filter(({ topic, status, tracked }) => {
      return topic === "global:lobby" && status === "joined" && tracked.length > 0;
    });
    const ids = shown.map(({ clientId }) => clientId).sort();
    expect(ids.filter((id, at) => id === ids[at - 1])).toEqual([]);
    return ids;
  };

  const pass = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
      for (const { control } of going()) control.nudge();
      await Promise.all(going().map(({ clock }) => clock.advance(STEP_MS)));
      await answered();
      const state = Object.fromEntries(lobby().map((id) => [id, [{ user_id: id }]]));
      for (const { channels } of going()) {
        for (const channel of channels) if (channel.clientId.startsWith("shoal-heir-")) channel.show(state);
      }
    }
  };

  onTestFinished(async () => {
    const ended = Promise.all([...replicas.values()].map((replica) => replica[Symbol.asyncDispose]()));
    for (const replica of replicas.values()) replica.isFrozen = false;
    await Promise.all([...replicas.values()].map(({ clock }) => clock.advance(10_000)));
    await ended;
  });

  return {
    pass,
    lobby,
    lives,
    /** It has missed a renewal. */
    late: (id: string) => pulsed(id, "-5 s", "1 hour"),
    /** Starts a replica; the others know it then. */
    async start(id: string, options: ReplicaOptions = {}) {
      const life = mortal(deaf(database as never));
      const runtime = testRuntime();
      const replica = makeReplica(test, { id, runtime, database: life.database, leaseMs: LEASE_MS, ...options });
      replicas.set(id, { ...replica, clock: runtime.clock, kill: life.kill, isFrozen: false });
      await lives(id);
      replica.control.start();
      // Its first search says that it takes bots up.
      await pass(STEP_MS);
      return replica;
    },
    /** Ends it at once; its term and its leases are over. */
    async kill(id: string) {
      const replica = replicas.get(id);
      replica?.kill();
      if (replica) replica.isFrozen = true;
      await isDead(id);
    },
    /** Stops its clock; its term and its leases are over by that of the database. */
    async freeze(id: string) {
      const replica = replicas.get(id);
      if (replica) replica.isFrozen = true;
      await isDead(id);
    },
    /** Lets it see that so much time has gone by. */
    async goOn(id: string, ms: number) {
      const replica = replicas.get(id);
      if (replica) replica.isFrozen = false;
      await replica?.clock.advance(ms);
    },
  };
}
