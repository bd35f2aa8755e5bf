import { type SimulatedClock, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { draftFrame } from "../child/frames.ts";
import { type FakeChild, type FakeChildren, LIMITS, startSupervisor } from "./fake-children.test-support.ts";
import type { Supervisor } from "./supervisor.ts";

/** An outcome that cannot be. */
const LIE = "lie";

type ChildStep = "ready" | "done" | "call" | "answer" | "exit" | "nonsense" | "lie" | "greedy";

type Step =
  | { readonly do: "submit" }
  | { readonly do: "cancel"; readonly index: number }
  | { readonly do: ChildStep; readonly child: number }
  | { readonly do: "wait"; readonly ms: number };

const index = fc.nat({ max: 9 });
const child = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: "submit" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), index }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom<ChildStep[]>("ready", "done"), child }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom<ChildStep[]>("call", "answer", "exit", "nonsense", "lie", "greedy"),
      child,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 60, 1000, 1400, 1400, 40_000) }),
  },
);

/** Drives a supervisor over fake children, and knows which run each child has. */
class History {
  readonly clock: SimulatedClock;
  readonly children: FakeChildren;
  readonly supervisor: Supervisor;
  readonly ends = new Map<string, string[]>();
  /** How each run may end besides well, by what was done to it. */
  readonly earned = new Map<string, Set<string>>();
  readonly #begunAtMs = new Map<string, number>();
  readonly #cancels: AbortController[] = [];
  readonly #replies: (() => void)[] = [];
  readonly #isReady = new Set<FakeChild>();
  #count = 0;

  constructor(childCount: number) {
    ({ clock: this.clock, children: this.children, supervisor: this.supervisor } = startSupervisor(childCount));
  }

  async perform(next: Step): Promise<void> {
    if ("child" in next) this.#act(next.do, this.#living(next.child));
    else if (next.do === "wait") await this.clock.advance(next.ms);
    else if (next.do === "submit") this.#submit();
    else this.#cancel(next.index);
    await Promise.resolve();
    this.look();
  }

  /** Notes which runs have earned their end by now. */
  look(): void {
    for (const each of this.children.all) this.#look(each);
  }

  /** A child has one run at a time, and one that lasts too long earns its end. */
  #look({ runs, doneCount }: FakeChild): void {
    expect(runs.length - doneCount).toBeLessThanOrEqual(1);
    const nowMs = this.clock.monotonicMs();
    for (const run of runs) {
      const begunAtMs = this.#begunAtMs.get(run) ?? nowMs;
      this.#begunAtMs.set(run, begunAtMs);
      if (nowMs - begunAtMs >= LIMITS.wallMs) this.earned.get(run)?.add("STRATEGY_TIME_LIMIT");
    }
  }

  #cancel(number: number): void {
    this.earned.get(`run ${number}`)?.add("cancelled");
    this.#cancels.at(number)?.abort(new Error("cancelled"));
  }

  #submit(): void {
    const name = `run ${this.#count++}`;
    const cancel = new AbortController();
    this.#cancels.push(cancel);
    const ends: string[] = [];
    this.ends.set(name, ends);
    this.earned.set(name, new Set([name]));
    const result = this.supervisor.submit<string>(
      {
        draft: draftFrame({ kind: "run", request: name }),
        answer: (calls, reply) => void this.#replies.push(() => reply(calls)),
        finish(outcome) {
          if (outcome === LIE) throw new Error("no outcome");
          return String(outcome);
        },
        fail: ({ code }) => code,
      },
      cancel.signal,
    );
    result.then(
      (end) => ends.push(end),
      (error: Error) => ends.push(error.message),
    );
  }

  #living(place: number): FakeChild | undefined {
    return this.children.all.findLast((each) => each.place === place && each.isAlive);
  }

  #act(what: ChildStep, each: FakeChild | undefined): void {
    if (what === "answer") return this.#replies.shift()?.();
    if (each === undefined) return;
    const run = each.runs[each.doneCount];
    const earns = (...codes: string[]) => {
      for (const code of codes) this.earned.get(run ?? "")?.add(`STRATEGY_${code}`);
    };
    switch (what) {
      case "ready":
        if (!this.#isReady.has(each)) this.#isReady.add(each.ready());
        return;
      case "exit":
        earns("PROCESS_LOST");
        return each.exit("SIGSEGV");
      case "nonsense":
        earns("ANSWER_INVALID");
        return each.sayBadly("rubbish");
      case "lie":
        earns("ANSWER_INVALID");
        return run === undefined ? undefined : each.done(LIE);
      case "greedy":
        earns("CPU_LIMIT", "MEMORY_LIMIT");
        if (run !== undefined) each.reading = { cpuMs: each.reading.cpuMs + 5000, residentBytes: 900_000_000 };
        return;
      case "call":
        return run === undefined ? undefined : each.say({ kind: "calls", calls: [1] });
      case "done":
        if (run === undefined) return;
        // It gives back what a run took.
        each.reading = { ...each.reading, residentBytes: 50_000_000 };
        return each.done(run);
    }
  }
}

it("settles each run once, with its own outcome or the end it earned, whatever children do, and leaves nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { maxLength: 80, size: "max" }),
      async (childCount, steps) => {
        const history = new History(childCount);
        for (const next of steps) await history.perform(next);
        const closing = history.supervisor.close(100);
        await history.clock.advance(10_000);
        await closing;
        history.look();
        for (const [name, ends] of history.ends) {
          expect(ends).toHaveLength(1);
          const isEarned = history.earned.get(name)?.has(ends[0] ?? "") || ends[0]?.includes("is closed");
          expect(isEarned ? "" : `${name} ended as ${ends[0]}`).toBe("");
        }
        expect(history.children.all.filter(({ isAlive }) => isAlive)).toEqual([]);
        expect(history.clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: soakRuns(100, 20_000) },
  );
});
