import { createSystemRuntime, silentLog } from "@shoal/kernel";
import { describe, expect, it, onTestFinished } from "vitest";
import { childSpawner } from "../src/adapters/child-process.ts";
import { bundleChild } from "../src/adapters/child-script.ts";
import { loadEngineModule } from "../src/adapters/engine-module.ts";
import { findJailHere, type Jail } from "../src/adapters/jail.ts";
import { readProcess } from "../src/adapters/process-readings.ts";
import { draftFrame } from "../src/child/frames.ts";
import type { Child } from "../src/supervisor/child.types.ts";
import { Supervisor } from "../src/supervisor/supervisor.ts";

const jail = findJailHere();
const NO_JAIL: Pick<Jail, "command" | "isNested"> = { command: (_, command) => command, isNested: false };
const script = await bundleChild(`${import.meta.dirname}/bare-child.ts`);

/** Children of `bare-child.ts`, jailed as they are here; what is started ends with the test. */
function startChildren(childCount: number, wallMs = 60_000) {
  const children: Child[] = [];
  const successor = Promise.withResolvers<Child>();
  const spawn = childSpawner({ script, engine: loadEngineModule(), glueSource: "", jail });
  const supervisor = new Supervisor({
    runtime: createSystemRuntime(silentLog),
    childCount,
    limits: { wallMs, cpuMs: 60_000, memoryBytes: 500_000_000 },
    readProcess,
    spawn(place, listener) {
      const child = spawn(place, listener);
      children.push(child);
      if (children.length === childCount + 1) successor.resolve(child);
      return child;
    },
  });
  onTestFinished(() => supervisor.close(0));
  const run = (request: object, columns: readonly Float64Array[] = [], candles?: readonly Float64Array[]) =>
    supervisor.submit<unknown>({
      draft: draftFrame({ kind: "run", request: { fuel: 50_000_000, ...request } }, columns),
      candles,
      answer: (_calls, reply) => reply(["first"]),
      finish: (outcome) => outcome,
      fail: (failure) => failure,
    });
  return { supervisor, children, successor: successor.promise, run };
}

const SUM = "(closes) => { let sum = 0; for (const close of closes) sum += Math.sqrt(close); return sum; }";
const closes = Float64Array.from({ length: 500 }, (_, index) => 100 + Math.sin(index));

describe("real children", () => {
  it("give the same result, fuel and memory in each of them, after whatever came before", async () => {
    const { run, children } = startChildren(2);
    const GROW = "const kept = []; for (let i = 0; i < 2e5; i++) kept.push({ i }); kept.length";
    const candles = [closes];
    // Sent with the run, and kept by its child.
    const both = () => Promise.all([run({ source: SUM }, [closes]), run({ source: SUM }, candles, candles)]);
    const [first] = await both();
    expect(first).toMatchObject({ value: closes.reduce((sum, close) => sum + Math.sqrt(close), 0) });
    for (const source of ["for (;;);", GROW, "globalThis.Math = null; throw 1"]) {
      await Promise.all([run({ source }), run({ source })]);
      expect(await both()).toEqual([first, first]);
    }
    expect(children).toHaveLength(2);
  });

  it("ask while they run, and get answers", async () => {
    const { run } = startChildren(1);
    expect(await run({ source: "'call'" })).toMatchObject({ answers: ["first"] });
  });

  it("take more at once than a socket holds", async () => {
    const { run } = startChildren(1);
    const many = Float64Array.from({ length: 200_000 }, (_, index) => index % 7);
    const sum = many.reduce((total, value) => total + Math.sqrt(value), 0);
    const both = [run({ source: SUM }, [many]), run({ source: SUM }, [many])];
    expect(await Promise.all(both)).toMatchObject([{ value: sum }, { value: sum }]);
  });

  it("that run for ever are killed, and have a successor", async () => {
    const { run, children, successor } = startChildren(1, 100);
    expect(await run({ source: "1", act: "spin" })).toMatchObject({ code: "STRATEGY_TIME_LIMIT" });
    expect((await successor).pid).not.toBe(children[0]?.pid);
    expect(readProcess(children[0]?.pid ?? 0)).toBeUndefined();
  });

  it("that exit, flood or say nonsense fail their own run, and no neighbour", async () => {
    const { run, supervisor } = startChildren(2);
    const acts = ["exit", "flood", "nonsense"];
    const calm = acts.map(() => run({ source: SUM }, [closes]));
    const wild = await Promise.all(acts.map((act) => run({ source: "1", act })));
    expect(wild).toMatchObject(
      ["PROCESS_LOST", "ANSWER_INVALID", "ANSWER_INVALID"].map((code) => ({ code: `STRATEGY_${code}` })),
    );
    expect(await Promise.all([...calm, run({ source: SUM }, [closes])])).toHaveLength(acts.length + 1);
    expect(supervisor.health()).toMatchObject({ isOk: true, failedCount: 3, doneCount: 4, lostCount: 0 });
  });

  it("that somebody else kills in the middle of a run fail it, and say how they ended", async () => {
    const { run, children } = startChildren(1);
    await run({ source: SUM }, [closes]);
    const cut = run({ source: "1", act: "spin" });
    process.kill(children[0]?.pid ?? 0, "SIGKILL");
    expect(await cut).toEqual({
      code: "STRATEGY_PROCESS_LOST",
      message: "its process ended in the middle of the run (SIGKILL)",
    });
  });

  it("that are killed while idle are replaced", async () => {
    const { run, children } = startChildren(1);
    const before = await run({ source: SUM }, [closes]);
    children[0]?.kill();
    const lost = expect.objectContaining({ code: "STRATEGY_PROCESS_LOST" });
    expect([before, lost]).toContainEqual(await run({ source: SUM }, [closes]));
    expect(await run({ source: SUM }, [closes])).toEqual(before);
    expect(children).toHaveLength(2);
  });

  it("are gone after a close, also in the middle of a run", async () => {
    const { run, children, supervisor } = startChildren(2);
    await run({ source: SUM }, [closes]);
    const cut = expect(run({ source: "1", act: "spin" })).rejects.toMatchObject({ code: "STRATEGY_RUNNER_CLOSED" });
    await supervisor.close(0);
    await cut;
    expect(children.map(({ pid }) => readProcess(pid))).toEqual([undefined, undefined]);
  });
});

describe("children that cannot be started", () => {
  it("are an exit that says why", async () => {
    const why = Promise.withResolvers<string>();
    const spawn = childSpawner({
      ...{ script: "", engine: { bytes: new Uint8Array(), buildId: "" }, glueSource: "" },
      jail: { command: () => ["/no/such/program"], isNested: false },
    });
    spawn(0, { onFrame() {}, onBadFrame() {}, onExit: (exit) => why.resolve(exit.why) });
    expect(await why.promise).toMatch(/could not be started.*no\/such\/program/i);
  });

  it("take what is sent to them while they end, and after", async () => {
    const ended = Promise.withResolvers<void>();
    const spawn = childSpawner({
      script: "() => { for (;;); }",
      ...{ engine: { bytes: new Uint8Array(), buildId: "" }, glueSource: "", jail: NO_JAIL },
    });
    const child = spawn(0, { onFrame() {}, onBadFrame() {}, onExit: () => ended.resolve() });
    child.send(new Uint8Array(10_000_000));
    child.send(new Uint8Array(1));
    child.kill();
    child.send(new Uint8Array(1));
    await ended.promise;
    // What is rejected and nobody hears of fails the test.
    child.send(new Uint8Array(1));
    await new Promise(setImmediate);
  });

  it("are told to have ended though a process that they left behind holds their pipes, and that ends, too", async () => {
    const why = Promise.withResolvers<string>();
    const left = `Bun.spawn([process.execPath, "-e", "setTimeout(() => {}, 60_000)"], { stdio: ["ignore", 1, 2] })`;
    const spawn = childSpawner({
      script: `() => { process.stderr.write("left " + ${left}.pid); process.exit(7); }`,
      ...{ engine: { bytes: new Uint8Array(), buildId: "" }, glueSource: "", jail: NO_JAIL },
    });
    spawn(0, { onFrame() {}, onBadFrame() {}, onExit: (exit) => why.resolve(exit.why) });
    expect(await why.promise).toMatch(/^exit code 7: left \d+$/);
  });

  it("tell of a report of their runtime's crash the line that tells", async () => {
    const why = Promise.withResolvers<string>();
    const spawn = childSpawner({
      script: `() => { process.stderr.write("Bun v1\\nArgs: /opt/bin/bun\\n\\npanic(main thread): abort() called\\noh no\\n"); process.exit(4); }`,
      ...{ engine: { bytes: new Uint8Array(), buildId: "" }, glueSource: "", jail: NO_JAIL },
    });
    spawn(0, { onFrame() {}, onBadFrame() {}, onExit: (exit) => why.resolve(exit.why) });
    expect(await why.promise).toBe("exit code 4: panic(main thread): abort() called");
  });

  it("tell their last words", async () => {
    const why = Promise.withResolvers<string>();
    const spawn = childSpawner({
      script: "() => { throw new Error('no place to live'); }",
      ...{ engine: { bytes: new Uint8Array(), buildId: "" }, glueSource: "", jail: NO_JAIL },
    });
    const child = spawn(0, { onFrame() {}, onBadFrame() {}, onExit: (exit) => why.resolve(exit.why) });
    onTestFinished(() => child.kill());
    expect(await why.promise).toMatch(/^exit code 1: .*no place to live/s);
  });
});
