/** Figures of one contestant; those that do not concern it are missing. */
export interface Figures {
  readonly name: string;
  readonly settings: string;
  readonly insertBatchedPerSecond?: number;
  readonly insertSinglePerSecond?: number;
  readonly donePerSecondAt1Worker?: number;
  readonly donePerSecondAt4Workers?: number;
  /** Time from the call that adds a job to its start, in an idle system. */
  readonly startP50Ms?: number;
  readonly startP99Ms?: number;
}

/** Figures of pgmq: several consumers in each of several processes, and in as many processes one bare loop. */
export interface MessageFigures {
  readonly consumers: number;
  readonly processes: number;
  readonly donePerSecond: number;
  readonly floorDonePerSecond: number;
}

export interface QueueResults {
  readonly jobs: readonly Figures[];
  readonly atMillionRows: readonly Figures[];
  readonly messages: readonly MessageFigures[];
}

const PEERS = ["pg-boss", "graphile-worker"];
const MORE_IS_BETTER = [
  "insertBatchedPerSecond",
  "insertSinglePerSecond",
  "donePerSecondAt1Worker",
  "donePerSecondAt4Workers",
] as const;
const LESS_IS_BETTER = ["startP50Ms", "startP99Ms"] as const;

const FLOOR_SHARE = 0.8;
const START_P99_MS = 10;
/** Least rate with the slowest number of consumers, as a share of that with the fastest. */
const FLAT_SHARE = 0.8;

/** Returns the missed targets, in words. @source DESIGN.md, targets */
export function missedTargets({ jobs, atMillionRows, messages }: QueueResults): readonly string[] {
  const misses: string[] = [];
  const expect = (isMet: boolean, miss: string) => {
    if (!isMet) misses.push(miss);
  };
  const of = (all: readonly Figures[], name: string): Partial<Figures> => all.find((each) => each.name === name) ?? {};
  const ours = of(jobs, "shoal");

  for (const peer of PEERS) {
    for (const figure of MORE_IS_BETTER) {
      const [mine = 0, theirs = Infinity] = [ours[figure], of(jobs, peer)[figure]];
      expect(mine > theirs, `${figure} is ${mine}, ${peer}'s ${theirs}`);
    }
    for (const figure of LESS_IS_BETTER) {
      const [mine = Infinity, theirs = 0] = [ours[figure], of(jobs, peer)[figure]];
      expect(mine < theirs, `${figure} is ${mine}, ${peer}'s ${theirs}`);
    }
  }
  const toFloor = (all: readonly Figures[], name: string, floor: string, figure: (typeof MORE_IS_BETTER)[number]) => {
    const [mine = 0, bare = Infinity] = [of(all, name)[figure], of(all, floor)[figure]];
    expect(mine >= FLOOR_SHARE * bare, `${figure} of ${name} is ${mine}, the floor ${bare}`);
  };
  for (const figure of ["donePerSecondAt1Worker", "donePerSecondAt4Workers"] as const) {
    toFloor(jobs, "shoal", "floor", figure);
    toFloor(jobs, "shoal-25", "floor-25", figure);
  }
  toFloor(atMillionRows, "shoal", "floor", "donePerSecondAt1Worker");
  const { startP99Ms = Infinity } = ours;
  expect(startP99Ms < START_P99_MS, `startP99Ms is ${startP99Ms}, target ${START_P99_MS}`);

  for (const { consumers, processes, donePerSecond, floorDonePerSecond } of messages) {
    const isMet = donePerSecond >= FLOOR_SHARE * floorDonePerSecond;
    const who = `${consumers} consumers in ${processes} processes`;
    expect(isMet, `${donePerSecond} messages a second by ${who}, the floor ${floorDonePerSecond}`);
  }
  const rates = messages.filter((each) => each.processes === 1).map((each) => each.donePerSecond);
  const [slowest, fastest] = [Math.min(...rates), Math.max(...rates)];
  expect(slowest >= FLAT_SHARE * fastest, `from 1 to 64 consumers ${slowest} to ${fastest} messages a second`);
  return misses;
}
