import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemRuntime, MINUTE_MS, SECOND_MS, sleep } from "@shoal/kernel";
import { API_TOKEN, type Daemons, openDaemons, round } from "../idle/measure.ts";
import { sentBy } from "../idle/server-log.ts";
import { measureLists } from "./lists.ts";
import { measureMemory } from "./memory.ts";

const STREAMS = 100;
const TARGETS = { cpuMsPerSecond: 5, listMs: 100, keptBytes: 5_000_000 } as const;
/** Of processor time in /proc. */
const TICK_MS = 10;
/** What an idle daemon sends changes by so much: a tick of a schedule is a dozen. Were each console to ask once, there would be a hundred more. */
const STATEMENTS_NOISE = 20;
const { clock } = createSystemRuntime();

const SIZES = {
  whole: { settleMs: MINUTE_MS, countMs: 2 * MINUTE_MS },
  quick: { settleMs: 10 * SECOND_MS, countMs: 10 * SECOND_MS },
} as const;

interface Watched {
  /** Of the process, user and system. */
  readonly cpuMsPerSecond: number;
  readonly statements: Readonly<Record<string, number>>;
  readonly bytesPerSecond: number;
}

/** Processor time of a process so far, in ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Listens as so many consoles do, and counts what comes. */
function listen(url: string, count: number) {
  const end = new AbortController();
  let byteCount = 0;
  const reading = Array.from({ length: count }, async () => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${API_TOKEN}` }, signal: end.signal });
    if (!answer.ok) throw new Error(`the stream was answered with status ${answer.status}`);
    for await (const part of answer.body ?? []) byteCount += part.byteLength;
  });
  // A stream that ends by itself is a fault; the others end by the signal.
  const ended = Promise.race(reading).then(
    () => Promise.reject(new Error("a stream ended by itself")),
    (thrown) => (end.signal.aborted ? undefined : Promise.reject(thrown)),
  );
  ended.catch(() => {});
  return {
    bytes: () => byteCount,
    async stop() {
      end.abort();
      await Promise.allSettled(reading);
      await ended;
    },
  };
}

async function watch(
  pid: number,
  countMs: number,
  bytes: () => number,
  sent: () => readonly string[],
): Promise<Watched> {
  const before = { cpuMs: cpuMs(pid), bytes: bytes(), sent: sent().length };
  await sleep(clock, countMs);
  const names = Object.groupBy(sent().slice(before.sent), (name) => name);
  return {
    cpuMsPerSecond: round(((cpuMs(pid) - before.cpuMs) * SECOND_MS) / countMs),
    statements: Object.fromEntries(Object.entries(names).map(([name, all]) => [name, all?.length ?? 0])),
    bytesPerSecond: Math.round(((bytes() - before.bytes) * SECOND_MS) / countMs),
  };
}

const total = ({ statements }: Watched) => Object.values(statements).reduce((sum, count) => sum + count, 0);

/** A daemon idle with its bots, without consoles and then with a hundred. */
async function measureDaemon(
  { started, names, log }: Daemons,
  { settleMs, countMs }: { settleMs: number; countMs: number },
) {
  const [daemon] = started;
  const [name = ""] = names;
  if (!daemon) throw new Error("no daemon was started");
  const sent = () => sentBy(log, name);
  await sleep(clock, settleMs);
  const alone = () => watch(daemon.daemon.pid, countMs, () => 0, sent);
  const before = await alone();
  const consoles = listen(`${daemon.url}/api/console/stream`, STREAMS);
  await sleep(clock, 2 * SECOND_MS);
  const beside = await watch(daemon.daemon.pid, countMs, consoles.bytes, sent);
  await consoles.stop();
  await sleep(clock, 2 * SECOND_MS);
  // Before and after: what an idle daemon does changes with the minutes.
  const after = await alone();
  const withoutCpu = (before.cpuMsPerSecond + after.cpuMsPerSecond) / 2;
  const known = { ...before.statements, ...after.statements };
  return {
    ...{ before, with: beside, after },
    cpuMsPerSecond: round(beside.cpuMsPerSecond - withoutCpu),
    statementsBeyond: total(beside) - (total(before) + total(after)) / 2,
    statementsOnlyWithConsoles: Object.keys(beside.statements).filter((each) => !Object.hasOwn(known, each)),
  };
}

async function measureFloor(bytes: number, countMs: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const floor = Bun.spawn([process.execPath, join(import.meta.dirname, "floor.ts"), `${bytes}`], {
    ...{ stdin: "ignore", stdout: "ignore", stderr: "inherit" },
    ipc: resolve,
  });
  try {
    const consoles = listen(`http://127.0.0.1:${await promise}/`, STREAMS);
    await sleep(clock, 2 * SECOND_MS);
    const { cpuMsPerSecond } = await watch(floor.pid, countMs, consoles.bytes, () => []);
    await consoles.stop();
    return cpuMsPerSecond;
  } finally {
    floor.kill();
    await floor.exited;
  }
}

/** What consoles cost a daemon: a hundred streams, lists of 10,000 bots, and the memory of what is kept for them. */
export async function measureStreams(quick: boolean): Promise<Record<string, unknown>> {
  const size = quick ? SIZES.quick : SIZES.whole;
  await using daemons = await openDaemons(1);
  const daemon = await measureDaemon(daemons, size);
  const floorCpuMsPerSecond = await measureFloor(Math.round(daemon.with.bytesPerSecond / STREAMS), size.countMs);
  const lists = await measureLists(quick);
  const memory = measureMemory();
  const asked: [what: string, is: number, most: number][] = [
    ["ms of CPU a second of 100 streams", daemon.cpuMsPerSecond, TARGETS.cpuMsPerSecond],
    ["statements of 100 consoles", daemon.statementsBeyond, STATEMENTS_NOISE],
    ["ms for a page of 10,000 bots", lists.pageMs.p99, TARGETS.listMs],
    ["bytes of histories and rings", memory.keptBytes, TARGETS.keptBytes],
  ];
  const missed = asked.flatMap(([what, is, most]) => (is > most ? [`${what}: ${is}, at most ${most}`] : []));
  return {
    ...{ streams: STREAMS, targets: TARGETS, daemon, floorCpuMsPerSecond, lists, memory },
    ratioToFloor: round(daemon.cpuMsPerSecond / Math.max(0.1, floorCpuMsPerSecond)),
    targetsMissed: quick ? [] : missed,
  };
}
