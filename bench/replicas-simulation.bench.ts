import { readFileSync } from "node:fs";
import { join } from "node:path";
import { split } from "@shoal/bot-service/internals";
import { MINUTE_MS } from "@shoal/kernel";
import type { Benchmark } from "./benchmark.ts";
import { type DatabaseSize, measurePulses, type PulseCost } from "./replicas-simulation/database-cost.ts";
import { type Phase, SimulatedFleet } from "./replicas-simulation/fleet.ts";
import { playJoins } from "./replicas-simulation/joins.ts";
import { HABITS, playCrowd } from "./replicas-simulation/people.ts";
import { Rounds } from "./replicas-simulation/rounds.ts";

/** Cores of the database of the simulated fleets. */
const CORES = 8;
const SIZES = {
  whole: {
    databases: [
      { replicas: 3, bots: 15, liveMatches: 0 },
      { replicas: 20, bots: 2_000, liveMatches: 5_000 },
      { replicas: 50, bots: 10_000, liveMatches: 25_000 },
    ],
    largest: [
      { replicas: 200, bots: 200_000, liveMatches: 0 },
      { replicas: 200, bots: 200_000, liveMatches: 500_000 },
    ],
    rounds: 20,
    joins: { replicas: 200, channels: 200_000, roomsPerSecond: 20, limitMs: 10 * MINUTE_MS },
    crowd: { replicas: 200, botsPerHundred: 20, fromPeople: 50, people: 1_000_000, secondsPerDecade: 600 },
  },
  quick: {
    databases: [{ replicas: 10, bots: 500, liveMatches: 100 }],
    largest: [{ replicas: 20, bots: 1_000, liveMatches: 100 }],
    rounds: 3,
    joins: { replicas: 10, channels: 2_000, roomsPerSecond: 5, limitMs: 2 * MINUTE_MS },
    crowd: { replicas: 10, botsPerHundred: 20, fromPeople: 50, people: 2_000, secondsPerDecade: 300 },
  },
} as const;

/** Matches that are written a second, as `bench matchmaker` measured it on this machine, on the embedded Postgres. */
const MATCHES_PER_SECOND: number = JSON.parse(
  readFileSync(join(import.meta.dirname, "results/matchmaker.json"), "utf8"),
).durableMatchesPerSecond;

const benchmark: Benchmark = {
  name: "replicas-simulation",
  summary: "200 replicas, 200,000 bots and 1,000,000 people by the daemon's own rules: which limit comes first",
  async run({ quick }) {
    const { databases, largest, rounds, joins, crowd } = SIZES[quick ? "quick" : "whole"];
    const pulses = await measurePulses([...databases, ...largest], rounds);
    say("what pulses take is measured");
    const fleets: PlayedFleet[] = [];
    for (const cost of pulses.slice(0, databases.length)) {
      fleets.push(await playFleet(cost));
      say(`${cost.replicas} replicas are played`);
    }
    const plans = quick ? (["team"] as const) : (["free", "pro", "team"] as const);
    const people = playCrowd(crowd);
    return {
      ...{ cores: CORES, habits: HABITS, pulses: pulses.map(rounded), fleets },
      largest: playLargest(pulses[databases.length]),
      joins: plans.map((plan) => rounded(playJoins({ plan, ...joins }))),
      people,
      matchesPerSecondMeasured: MATCHES_PER_SECOND,
      everybodyWaitsAtOnceSeconds: Math.round(crowd.people / 2 / MATCHES_PER_SECOND),
    };
  },
};

const say = (what: string) => process.stderr.write(`  ${what}\n`);

/** Plays the largest fleet in rounds, with what its grants were measured to take. */
function playLargest(cost: PulseCost | undefined) {
  if (!cost) throw new Error("the largest fleet was measured");
  const { replicas, bots, grantP50Ms, wholeAnswerBytes } = cost;
  const rounds = new Rounds({ replicas, bots, grantMs: grantP50Ms, placeBytes: wholeAnswerBytes / bots });
  return { replicas, bots, phases: rounds.play().map(rounded) };
}

interface PlayedFleet extends DatabaseSize {
  readonly splitHeldMs: number;
  readonly splitFreeMs: number;
  readonly phases: readonly Phase[];
}

/** Plays a fleet of that size, whose statements and splits take what was measured. */
async function playFleet(cost: PulseCost): Promise<PlayedFleet> {
  const { replicas, bots, liveMatches, pulseP50Ms, grantP50Ms, wholeP50Ms } = cost;
  const [splitHeldMs, splitFreeMs] = [timeSplit(cost, 0), timeSplit(cost, bots)];
  const fleet = new SimulatedFleet(
    { replicas, bots, cores: CORES },
    {
      ...{ pulseMs: pulseP50Ms, grantMs: grantP50Ms, placeMs: Math.max(0, wholeP50Ms - pulseP50Ms) / bots },
      splitMs: (freeCount) => splitHeldMs + (Math.max(0, splitFreeMs - splitHeldMs) * freeCount) / bots,
    },
  );
  const phases = await fleet.play();
  return { ...{ replicas, bots, liveMatches }, ...rounded({ splitHeldMs, splitFreeMs }), phases: phases.map(rounded) };
}

/** Measures one split, as the median of three, where so many numbers are free. */
function timeSplit({ replicas, bots }: DatabaseSize, freeCount: number): number {
  const members = Array.from({ length: replicas }, (_, at) => ({
    ...{ replicaId: crypto.randomUUID(), botMax: 10_000 },
    places: Array.from({ length: Math.floor((bots - freeCount) / replicas) }, (_, n) => 1 + at + n * replicas),
  }));
  const limits = { unable: new Set<number>(), numberMax: bots, leaving: [] };
  const tookMs = members.slice(0, 3).map(({ replicaId }) => {
    const startedMs = performance.now();
    split({ target: bots, members, replicaId, ...limits });
    return performance.now() - startedMs;
  });
  return tookMs.sort((one, other) => one - other)[1] ?? 0;
}

/** To two places behind the point. */
function rounded<T extends object>(numbers: T): T {
  const round = (value: unknown) => (typeof value === "number" ? Math.round(value * 100) / 100 : value);
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, round(value)])) as T;
}

export default benchmark;
