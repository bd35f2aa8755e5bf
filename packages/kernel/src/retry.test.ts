import { createSimulatedClock, seededRng } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { FleetError } from "./errors.ts";
import { type Failure, type RetryOptions, retry } from "./retry.ts";

const passing = (number: number) => new FleetError("TEST_AWAY", `failure ${number}`, { retryable: true });

/** Retries with waits of 10 ms, 20 ms, …; `outcomes` are taken one a run, an error thrown and anything else returned. */
function start(outcomes: unknown[], options: Partial<RetryOptions> = {}) {
  const clock = createSimulatedClock();
  const failures: Failure[] = [];
  let runs = 0;
  const result = retry(
    async () => {
      const outcome = outcomes[runs];
      runs += 1;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    {
      runtime: { clock, rng: seededRng(1) },
      backoff: (_error, attempt) => 10 * attempt,
      onFailure: (failure) => failures.push(failure),
      ...options,
    },
  );
  result.catch(() => {});
  return { clock, failures, result, runs: () => runs };
}

describe("retry", () => {
  it("returns what the first run that succeeds returns", async () => {
    const { clock, failures, result } = start([passing(1), passing(2), "done"]);
    await clock.advance(30);
    await expect(result).resolves.toBe("done");
    expect(failures.map(({ attempt, retryInMs }) => ({ attempt, retryInMs }))).toEqual([
      { attempt: 1, retryInMs: 10 },
      { attempt: 2, retryInMs: 20 },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives up on an error that is not retryable", async () => {
    const final = new FleetError("TEST_FINAL", "never");
    const { failures, result } = start([final, "done"]);
    await expect(result).rejects.toBe(final);
    expect(failures).toEqual([]);
  });

  it("lets the caller decide when to give up", async () => {
    const { clock, result, runs } = start([new Error("a"), new Error("b"), new Error("c")], {
      when: (_error, attempt) => attempt < 3,
    });
    await clock.advance(30);
    await expect(result).rejects.toThrow("c");
    expect(runs()).toBe(3);
  });

  it("waits as the schedule says", async () => {
    const { clock, failures, result } = start([passing(1), "done"], {
      backoff: { jitter: "proportional", baseMs: 500, maxMs: 1000, factor: 2, jitterRatio: 0 },
    });
    await clock.advance(500);
    await expect(result).resolves.toBe("done");
    expect(failures.map(({ retryInMs }) => retryInMs)).toEqual([500]);
  });

  it("ends a wait with the reason of its signal, and leaves no timer", async () => {
    const stop = new AbortController();
    const { clock, result, runs } = start([passing(1), "done"], { signal: stop.signal });
    await clock.advance(5);
    stop.abort(new Error("drained"));
    await expect(result).rejects.toThrow("drained");
    expect(clock.pendingTimers).toBe(0);
    expect(runs()).toBe(1);
  });

  it("does not run at all once its signal is aborted", async () => {
    const { result, runs } = start(["done"], { signal: AbortSignal.abort(new Error("drained")) });
    await expect(result).rejects.toThrow("drained");
    expect(runs()).toBe(0);
  });

  it("rejects with the reason of its signal when a run fails after it", async () => {
    const stop = new AbortController();
    const work = async () => {
      stop.abort(new Error("drained"));
      throw passing(1);
    };
    const runtime = { clock: createSimulatedClock(), rng: seededRng(1) };
    await expect(retry(work, { runtime, backoff: () => 0, signal: stop.signal })).rejects.toThrow("drained");
  });

  it("counts from the first again once the work has said that it is up", async () => {
    const clock = createSimulatedClock();
    const attempts: number[] = [];
    const result = retry(
      async ({ number, startOver }) => {
        attempts.push(number);
        if (attempts.length === 5) return;
        if (attempts.length === 3) startOver();
        throw passing(number);
      },
      { runtime: { clock, rng: seededRng(1) }, backoff: (_error, attempt) => 10 * attempt },
    );
    await clock.advance(10 + 20 + 10 + 20);
    await result;
    expect(attempts).toEqual([1, 2, 3, 2, 3]);
  });
});
