import { describe, expect, it } from "vitest";
import { runChild } from "./child-loop.ts";
import { type FromChild, readFromChild, type ToChild } from "./child-protocol.ts";

/** Runs a child's loop over what its parent sends; returns what it says. */
function childOver(sent: readonly ToChild[], calls: readonly unknown[] = []): FromChild[] {
  const left = [...sent];
  const said: FromChild[] = [];
  const next = () => {
    const message = left.shift();
    return message === undefined ? undefined : { message, columns: [], source: 0 };
  };
  let usedMs = 0;
  runChild(
    { readRun: next, readAnswers: next, write: (message) => void said.push(message) },
    (request, _columns, ports) => (calls.length === 0 ? request : ports.exchange(calls)),
    { cpuMs: () => usedMs++, tidyUp() {} },
  );
  return said;
}

const run = (request: unknown): ToChild => ({ kind: "run", request });

describe("a child", () => {
  it("is ready, does its runs in order, and ends with its pipe", () => {
    expect(childOver([run(1), run(2)])).toEqual([
      { kind: "ready" },
      { kind: "done", outcome: 1, cpuMs: 1 },
      { kind: "done", outcome: 2, cpuMs: 1 },
    ]);
  });

  it("waits for answers to the calls of a run", () => {
    expect(childOver([run(1), { kind: "answers", answers: ["a"] }], ["q"])).toEqual([
      { kind: "ready" },
      { kind: "calls", calls: ["q"] },
      { kind: "done", outcome: ["a"], cpuMs: 1 },
    ]);
  });

  it.each([
    ["a stop", [run(1), { kind: "stop" } as const]],
    ["the end of the pipe", [run(1)]],
  ])("tells a run that waits of %s", (_, sent) => {
    expect(childOver(sent, ["q"]).at(-1)).toMatchObject({ kind: "done", outcome: "stop" });
  });

  it("gives a run the source that its frame names, and keeps sources until it is told otherwise", () => {
    const seen: unknown[] = [];
    const keep = (number: number, source: string, forgotten: number[] = []): ToChild => ({
      ...{ kind: "source", number, source, forgotten },
    });
    const left: [ToChild, number][] = [
      ...[[keep(1, "S"), 0] as const, [run("a"), 1] as const, [keep(2, "T"), 0] as const, [run("b"), 2] as const],
      ...[[run("c"), 1] as const, [run("d"), 0] as const, [keep(3, "U", [1]), 0] as const, [run("e"), 1] as const],
    ].map(([message, source]) => [message, source]);
    const next = () => {
      const [message, source] = left.shift() ?? [];
      return message === undefined ? undefined : { message, columns: [], source: source ?? 0 };
    };
    const runAll = () =>
      runChild(
        { readRun: next, readAnswers: next, write() {} },
        (request, _columns, _ports, source) => void seen.push([request, source]),
        { cpuMs: () => 0, tidyUp() {} },
      );
    // The last one names a source that is forgotten: nothing may run in its place.
    expect(runAll).toThrow("whose source was not sent");
    expect(seen).toEqual([
      ["a", "S"],
      ["b", "T"],
      ["c", "S"],
      ["d", undefined],
    ]);
  });

  it("drops answers and stops that crossed with the end of their run", () => {
    expect(childOver([{ kind: "stop" }, { kind: "answers", answers: [] }, run(3)])).toHaveLength(2);
  });
});

describe("what a child says", () => {
  it.each([{ kind: "ready" }, { kind: "calls", calls: [1] }, { kind: "done", outcome: null, cpuMs: 0.5 }])(
    "is read: %j",
    (message) => {
      expect(readFromChild(message)).toEqual(message);
    },
  );

  it.each([
    null,
    "ready",
    {},
    { kind: "other" },
    { kind: "calls" },
    { kind: "calls", calls: "x" },
    { kind: "done", cpuMs: 1 },
    { kind: "done", outcome: 1 },
    { kind: "done", outcome: 1, cpuMs: -1 },
    { kind: "done", outcome: 1, cpuMs: "1" },
  ])("is nothing where it is no message: %j", (message) => {
    expect(readFromChild(message)).toBeUndefined();
  });
});
