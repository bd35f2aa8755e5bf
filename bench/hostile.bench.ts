import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, every, sleep } from "@shoal/kernel";
import { type LocalSupabase, startLocalSupabase } from "@shoal/local-supabase";
import type { Benchmark } from "./benchmark.ts";
import { ATTACKS, type Attack, CROWD, LARGE_JOBS, LARGEST_ENTRY } from "./hostile/attacks.ts";
import { type Daemon, startDaemon, startFloor } from "./hostile/daemon.ts";
import { type Delay, watchDelay } from "./hostile/delay.ts";
import { watchHealth } from "./hostile/health.ts";
import { enter, type Person, ticketOf } from "./hostile/person.ts";

/** @source the design's targets, input from strangers */
const TARGET_P99_MS = 50;
/** Of a daemon with large jobs. @source the same */
const TARGET_PEAK_BYTES = 300_000_000;
const TARGET_MATCH_MS = 30_000;
/** Bots for those who talk all the time, and for those who come during an attack. */
const BOTS = 25;
const SAY_EVERY_MS = 5000;

const WHOLE = { talking: 15, forMs: 30_000, comers: 5 } as const;
const QUICK = { talking: 3, forMs: 2000, comers: 1 } as const;
type Size = typeof WHOLE | typeof QUICK;

interface Result extends Delay {
  readonly attack: string;
  readonly isGreen: boolean;
  /** The daemon's largest resident memory meanwhile; null where the system does not tell. */
  readonly peakBytes: number | null;
  /** Broadcasts and entries that reached the daemon meanwhile, those of the people included. */
  readonly heard: number;
  /** Of those who came meanwhile; null: not matched within 90 s. */
  readonly matchedInMs: readonly (number | null)[];
  /** What the database has of the waits of those who were not matched within 30 s. */
  readonly lateTickets: readonly (object | null)[];
  /** How long this process was away at most, in which the strangers, the people and the backend are. */
  readonly benchMaxMs: number;
}

const runtime = createSystemRuntime();
const { clock } = runtime;
const ownDelay = watchDelay();

export default {
  name: "hostile",
  summary: `what strangers with the public key cost a daemon with ${WHOLE.talking} bots in conversation, beside none; target p99 under ${TARGET_P99_MS} ms`,
  async run({ quick }) {
    const size = quick ? QUICK : WHOLE;
    const directory = mkdtempSync(join(tmpdir(), "shoal-bench-"));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    const backend = await startLocalSupabase({ directory, runtime, limits: "unlimited" });
    stack.defer(() => backend.stop());
    const daemon = await startDaemon(backend, directory, BOTS);
    stack.defer(() => daemon.stop());
    const people = await talk(backend, size.talking);
    const talking = every(
      clock,
      SAY_EVERY_MS,
      () => {
        for (const person of people) person.say("i like music");
      },
      () => {},
    );
    stack.defer(() => talking.cancel());
    const results: Result[] = [];
    for (const attack of ATTACKS) {
      const result = await suffer(attack, backend, daemon, people[0]?.roomId ?? "", size);
      process.stderr.write(`  hostile: ${JSON.stringify(result)}\n`);
      results.push(result);
    }
    for (const person of people) person.leave();
    await daemon.stop();
    const floors: (Delay & { readonly attack: string })[] = [];
    for (const attack of [LARGEST_ENTRY, CROWD]) floors.push({ attack, ...(await floorOf(attack, backend, size)) });
    return {
      talking: size.talking,
      seconds: size.forMs / 1000,
      results,
      floors,
      targetsMissed: quick ? [] : missed(results),
    };
  },
} satisfies Benchmark;

/** The delay of a process that receives the same on as many sockets, and reads nothing of it. */
async function floorOf(name: string, backend: LocalSupabase, { forMs }: Size): Promise<Delay> {
  const floor = await startFloor(backend, BOTS + 1);
  const attack = ATTACKS.find((each) => each.name === name);
  await floor.delay();
  const end = await attack?.begin(backend, "", forMs);
  const delay = await floor.delay();
  end?.();
  await floor.stop();
  return delay;
}

/** One after the other, so that each is matched with a bot and not with the next. */
async function talk(backend: LocalSupabase, count: number): Promise<Person[]> {
  const people: Person[] = [];
  while (people.length < count) {
    const person = await enter(backend);
    if (person.matchedInMs === null) throw new Error("a person was not matched before the first attack");
    people.push(person);
  }
  return people;
}

async function suffer(
  attack: Attack,
  backend: LocalSupabase,
  daemon: Daemon,
  roomId: string,
  size: Size,
): Promise<Result> {
  await daemon.delay();
  await daemon.peakBytes();
  const startedMs = clock.monotonicMs();
  const heardBefore = await daemon.heardCount();
  ownDelay();
  const endHealth = watchHealth(daemon.port);
  const coming = come(backend, size);
  const end = await attack.begin(backend, roomId, size.forMs);
  const came = await coming;
  await sleep(clock, Math.max(0, size.forMs - (clock.monotonicMs() - startedMs)));
  const delay = await daemon.delay();
  const isGreen = await endHealth();
  const { maxMs: benchMaxMs } = ownDelay();
  end();
  const peakBytes = await daemon.peakBytes();
  const heard = (await daemon.heardCount()) - heardBefore;
  return { attack: attack.name, ...delay, isGreen, peakBytes, heard, ...came, benchMaxMs };
}

async function come(
  backend: LocalSupabase,
  { comers, forMs }: Size,
): Promise<Pick<Result, "matchedInMs" | "lateTickets">> {
  const matchedInMs: (number | null)[] = [];
  const lateTickets: (object | null)[] = [];
  for (let came = 0; came < comers; came += 1) {
    await sleep(clock, forMs / (comers + 1));
    const person = await enter(backend);
    matchedInMs.push(person.matchedInMs);
    if (isLate(person.matchedInMs)) lateTickets.push(await ticketOf(backend, person));
    person.leave();
  }
  return { matchedInMs, lateTickets };
}

const isLate = (matchedInMs: number | null) => matchedInMs === null || matchedInMs > TARGET_MATCH_MS;

function missed(results: readonly Result[]): string[] {
  return results.flatMap(({ attack, p99Ms, isGreen, peakBytes, matchedInMs }) => [
    ...(p99Ms < TARGET_P99_MS ? [] : [`${attack}: p99 ${p99Ms} ms, target ${TARGET_P99_MS} ms`]),
    ...(attack !== LARGE_JOBS || peakBytes === null || peakBytes < TARGET_PEAK_BYTES
      ? []
      : [`${attack}: ${peakBytes} bytes resident, target ${TARGET_PEAK_BYTES}`]),
    ...(isGreen ? [] : [`${attack}: not alive or not ready`]),
    ...matchedInMs.filter(isLate).map((ms) => `${attack}: somebody was matched after ${ms ?? "more than 90,000"} ms`),
  ]);
}
