import { describe, expect, it } from "vitest";
import { WORN_OUT } from "./child.state.ts";
import { type FakeChildren, makeRun, startSupervisor as start } from "./fake-children.test-support.ts";

const named = (name: string) => ({ kind: "run", request: name });

describe("runs", () => {
  it("wait until a child is ready, and are done in order, one at a time", async () => {
    const { children, supervisor } = start();
    const results = ["a", "b"].map((name) => supervisor.submit(makeRun(name)));
    expect(children.at(0).sent).toEqual([]);
    children.at(0).ready();
    expect(children.at(0).sent).toEqual([named("a")]);
    children.at(0).done("A");
    expect(children.at(0).sent).toEqual([named("a"), named("b")]);
    children.at(0).done("B");
    expect(await Promise.all(results)).toEqual(["A", "B"].map((outcome) => ({ outcome, cost: expect.anything() })));
  });

  it("go to whichever child is free", () => {
    const { children, supervisor } = start(2);
    for (const child of children.all) child.ready();
    for (const name of ["a", "b", "c"]) void supervisor.submit(makeRun(name));
    children.at(1).done(1);
    expect(children.all.map(({ sent }) => sent)).toEqual([[named("a")], [named("b"), named("c")]]);
  });

  it("bring their source and the candles that others have, too, once to each child, and to its successor", async () => {
    const { children, supervisor } = start();
    const candles = [Float64Array.of(1)];
    const runOf = (name: string, source: string, candlesOf?: readonly Float64Array[]) =>
      supervisor.submit(makeRun(name, { source, candles: candlesOf }));
    const results = [runOf("a", "S"), runOf("b", "S", candles), runOf("c", "T"), runOf("d", "S", candles)];
    results.push(runOf("e", "S", candles));
    children.at(0).ready();
    for (const name of ["A", "B", "C"]) children.at(0).done(name);
    children.at(0).exit("gone");
    children.at(1).ready().done("E");
    const sent = children.all.map((child) =>
      child.frames.map(({ message, source, candles }) =>
        message.kind === "keep"
          ? `${message.number} is ${message.source ?? "candles"}`
          : `${"request" in message && message.request} with ${source} and ${candles}`,
      ),
    );
    expect(sent).toEqual([
      [...["1 is S", "a with 1 and 0", "2 is candles", "b with 1 and 2", "3 is T", "c with 3 and 0"], "d with 1 and 2"],
      ["1 is S", "2 is candles", "e with 1 and 2"],
    ]);
    expect((await Promise.all(results)).at(3)).toEqual({ code: "STRATEGY_PROCESS_LOST" });
  });

  it("cost what their child and the clock say", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    const result = supervisor.submit(makeRun("a"));
    await clock.advance(120);
    children.at(0).done(1);
    expect(await result).toEqual({ outcome: 1, cost: { wallMs: 120, cpuMs: 2 } });
  });

  it("get answers to their calls, as often as they come", async () => {
    const { children, supervisor } = start();
    const replies: ((answers: readonly unknown[]) => void)[] = [];
    const result = supervisor.submit(makeRun("a", { answer: (_calls, reply) => void replies.push(reply) }));
    children
      .at(0)
      .ready()
      .say({ kind: "calls", calls: ["x", "y"] });
    replies[0]?.(["for x"]);
    replies[0]?.(["for y"]);
    children.at(0).done(1);
    await result;
    // Nobody waits for it any more.
    replies[0]?.(["late"]);
    expect(children.at(0).sent.slice(1)).toEqual([
      { kind: "answers", answers: ["for x"] },
      { kind: "answers", answers: ["for y"] },
    ]);
  });

  it("tell those who answer that they are over", async () => {
    const { children, supervisor } = start();
    const signals: AbortSignal[] = [];
    const result = supervisor.submit(makeRun("a", { answer: (_calls, _reply, signal) => void signals.push(signal) }));
    children
      .at(0)
      .ready()
      .say({ kind: "calls", calls: [1] });
    expect(signals[0]?.aborted).toBe(false);
    children.at(0).exit("exit code 1");
    await result;
    expect(signals[0]?.aborted).toBe(true);
  });
});

describe("cancelling", () => {
  const reason = new Error("not wanted");

  it("takes a run out of the line", async () => {
    const { children, supervisor } = start();
    const cancel = new AbortController();
    const dropped = supervisor.submit(makeRun("a"), cancel.signal);
    void supervisor.submit(makeRun("b"));
    cancel.abort(reason);
    await expect(dropped).rejects.toBe(reason);
    children.at(0).ready();
    expect(children.at(0).sent).toEqual([named("b")]);
  });

  it("kills the child of a run that has begun, and no other", async () => {
    const { children, supervisor } = start(2);
    for (const child of children.all) child.ready();
    const cancel = new AbortController();
    const dropped = supervisor.submit(makeRun("a"), cancel.signal);
    const kept = supervisor.submit(makeRun("b"));
    cancel.abort(reason);
    await expect(dropped).rejects.toBe(reason);
    expect(children.all.map(({ killCount }) => killCount).slice(0, 2)).toEqual([1, 0]);
    children.at(1).done("B");
    expect(await kept).toMatchObject({ outcome: "B" });
  });

  it("refuses what is cancelled before it is submitted, and does nothing after the end", async () => {
    const { children, supervisor } = start();
    children.at(0).ready();
    await expect(supervisor.submit(makeRun("a"), AbortSignal.abort(reason))).rejects.toBe(reason);
    const cancel = new AbortController();
    const done = supervisor.submit(makeRun("b"), cancel.signal);
    children.at(0).done(1);
    await done;
    cancel.abort(reason);
    expect(children.at(0).killCount).toBe(0);
  });
});

describe("children", () => {
  it("that die in the middle of a run fail that run, and have a successor at once", async () => {
    const { children, supervisor } = start();
    children.at(0).ready();
    const [lost, next] = ["a", "b"].map((name) => supervisor.submit(makeRun(name)));
    children.at(0).exit("exit code 7");
    expect(await lost).toEqual({ code: "STRATEGY_PROCESS_LOST" });
    children.at(1).ready().done("B");
    expect(await next).toMatchObject({ outcome: "B" });
  });

  it("that die keep their last words, which are of the machine, from the owner of the code", async () => {
    const { children, supervisor } = start();
    children.at(0).ready();
    const lost = supervisor.submit(makeRun("a", { fail: ({ message }) => message }));
    children.at(0).exit("SIGILL: Linux Kernel v6 | /opt/bin/bun");
    expect(await lost).toBe("its process ended in the middle of the run (SIGILL)");
  });

  it("that die in the middle of a call fail that run, and the answer is dropped", async () => {
    const { children, supervisor } = start();
    const replies: ((answers: readonly unknown[]) => void)[] = [];
    const lost = supervisor.submit(makeRun("a", { answer: (_calls, reply) => void replies.push(reply) }));
    children
      .at(0)
      .ready()
      .say({ kind: "calls", calls: [1] });
    children.at(0).exit("SIGSEGV");
    expect(await lost).toEqual({ code: "STRATEGY_PROCESS_LOST" });
    children.at(1).ready();
    replies[0]?.(["late"]);
    expect(children.at(1).sent).toEqual([]);
  });

  it("that do not start or die without a run are started again, later each time, and health says why", async () => {
    const { clock, children, supervisor } = start();
    const waiting = supervisor.submit(makeRun("a"));
    for (let failure = 1; failure <= 8; failure++) {
      children.at(-1).exit("no such file");
      expect(children.all).toHaveLength(failure);
      expect(supervisor.health()).toMatchObject({ isOk: false, trouble: "no such file", lostCount: failure });
      await clock.advanceToNext();
      expect(children.all).toHaveLength(failure + 1);
    }
    expect(clock.monotonicMs()).toBeGreaterThan(1000);
    children.at(-1).ready().done("at last");
    expect(await waiting).toMatchObject({ outcome: "at last" });
    expect(supervisor.health()).toMatchObject({ isOk: true, trouble: undefined, idleCount: 1, queuedCount: 0 });
    children.at(-1).exit("SIGKILL");
    expect(supervisor.health()).toMatchObject({ isOk: false, trouble: "SIGKILL" });
  });

  it("that are not ready in time are killed and started again", async () => {
    const { clock, children } = start();
    await clock.advance(15_000);
    expect(children.at(0).killCount).toBe(1);
    await clock.advance(1000);
    expect(children.all.length).toBeGreaterThan(1);
  });

  it.each([
    ["a message of no known kind", (children: FakeChildren) => children.at(0).say({ kind: "hello" })],
    ["no message", (children: FakeChildren) => children.at(0).say(null)],
    ["no frame", (children: FakeChildren) => children.at(0).sayBadly("a frame of 2000000000 bytes")],
    ["no outcome", (children: FakeChildren) => children.at(0).done("impossible")],
  ])("that answer with %s are killed, and the run fails", async (_, say) => {
    const { children, supervisor } = start(2);
    for (const child of children.all) child.ready();
    const finish = () => {
      throw new Error("not an outcome");
    };
    const result = supervisor.submit(makeRun("a", { finish }));
    say(children);
    expect(await result).toEqual({ code: "STRATEGY_ANSWER_INVALID" });
    expect(children.all.map(({ killCount }) => killCount).slice(0, 2)).toEqual([1, 0]);
  });

  it("that answer with no outcome keep no run that they were given since: their successor does it, before all others", async () => {
    const { children, supervisor } = start();
    children.at(0).ready();
    const finish = () => {
      // The child has had it since before the outcome was read.
      expect(children.at(0).sent).toEqual([named("a"), named("b")]);
      throw new Error("not an outcome");
    };
    const lied = supervisor.submit(makeRun("a", { finish }));
    const rest = ["b", "c"].map((name) => supervisor.submit(makeRun(name)));
    children.at(0).done("impossible");
    expect(await lied).toEqual({ code: "STRATEGY_ANSWER_INVALID" });
    expect(children.at(0).killCount).toBe(1);
    // Nothing that the child still says is heard for the run that it has no more.
    children.at(0).done("B of a child that lies");
    children.at(1).ready().done("B");
    children.at(1).done("C");
    expect(await Promise.all(rest)).toMatchObject([{ outcome: "B" }, { outcome: "C" }]);
    expect(children.at(1).sent).toEqual([named("b"), named("c")]);
    expect(supervisor.health()).toMatchObject({ isOk: true, doneCount: 2, failedCount: 1, lostCount: 0 });
  });

  it.each([
    ["call", { kind: "calls", calls: [] }],
    ["answer", { kind: "done", outcome: 1, cpuMs: 1 }],
    ["are ready", { kind: "ready" }],
  ])("that %s without being asked are killed, and no run suffers", async (_, message) => {
    const { clock, children, supervisor } = start();
    children.at(0).ready().say(message);
    expect(children.at(0).killCount).toBe(1);
    const result = supervisor.submit(makeRun("a"));
    await clock.advance(1000);
    children.at(1).ready().done("A");
    expect(await result).toMatchObject({ outcome: "A" });
  });

  it("that ask without end are killed", async () => {
    const { children, supervisor } = start();
    const result = supervisor.submit(makeRun("a"));
    children.at(0).ready();
    for (let count = 0; count < 2000; count++) children.at(0).say({ kind: "calls", calls: [] });
    expect(children.at(0).killCount).toBe(0);
    children.at(0).say({ kind: "calls", calls: [] });
    expect(await result).toEqual({ code: "STRATEGY_ANSWER_INVALID" });
  });

  it("are replaced when they are old, between runs", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    await clock.advance(WORN_OUT.ageMs);
    const [last, next] = ["a", "b"].map((name) => supervisor.submit(makeRun(name)));
    children.at(0).done("A");
    expect(await last).toMatchObject({ outcome: "A" });
    expect(children.at(0).killCount).toBe(1);
    expect(supervisor.health()).toMatchObject({ isOk: true, failedCount: 0, lostCount: 0 });
    children.at(1).ready().done("B");
    expect(await next).toMatchObject({ outcome: "B" });
  });
});

describe("close", () => {
  it("lets what is there end, takes nothing more, and leaves no process and no timer", async () => {
    const { clock, children, supervisor } = start(2);
    children.at(0).ready();
    const results = ["a", "b"].map((name) => supervisor.submit(makeRun(name)));
    const closing = supervisor.close(5000);
    await expect(supervisor.submit(makeRun("c"))).rejects.toMatchObject({ code: "STRATEGY_RUNNER_CLOSED" });
    children.at(0).done("A");
    children.at(0).done("B");
    await closing;
    expect(await Promise.all(results)).toHaveLength(2);
    expect(children.all.map(({ isAlive }) => isAlive)).toEqual([false, false]);
    expect(clock.pendingTimers).toBe(0);
    await supervisor.close(5000);
  });

  it("ends what takes longer than its limit", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    const results = ["a", "b"].map((name) => supervisor.submit(makeRun(name)));
    const refused = Promise.allSettled(results);
    const closing = supervisor.close(500);
    await clock.advance(500);
    await closing;
    expect((await refused).map((result) => result.status === "rejected" && result.reason.code)).toEqual([
      "STRATEGY_RUNNER_CLOSED",
      "STRATEGY_RUNNER_CLOSED",
    ]);
    expect(children.all.map(({ isAlive }) => isAlive)).toEqual([false]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends while a child starts, dies or rests", async () => {
    const { clock, children, supervisor } = start(3);
    children.at(0).exit("does not start");
    children.at(1).isSlowToDie = true;
    const closing = supervisor.close(0);
    await clock.advance(0);
    children.at(1).exit("SIGKILL");
    await closing;
    expect(children.all).toHaveLength(3);
    expect(children.all.some(({ isAlive }) => isAlive)).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });
});
