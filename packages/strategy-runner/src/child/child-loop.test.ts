import { describe, expect, it } from "vitest";
import { runChild } from "./child-loop.ts";
import { type FromChild, readFromChild, type ToChild } from "./child-protocol.ts";
import type { Frame } from "./frames.ts";

/** Runs a child's loop over what its parent sends; returns what it says. */
function childOver(sent: readonly ToChild[], calls: readonly unknown[] = []): FromChild[] {
  const left = [...sent];
  const said: FromChild[] = [];
  const next = () => {
    const message = left.shift();
    return message === undefined ? undefined : { message, columns: [], source: 0, candles: 0 };
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

  /** Runs a child over these frames; returns what each run was given, and what ended the child. */
  function partsOver(frames: readonly (Partial<Frame> & { readonly message: ToChild })[]) {
    const left = [...frames];
    const seen: unknown[] = [];
    // As a child reads them: all columns at one place, each over the last.
    const room = new Float64Array(8);
    const readRun = (): Frame | undefined => {
      const next = left.shift();
      const columns = (next?.columns ?? []).map((column) => {
        room.fill(0).set(column);
        return room.subarray(0, column.length);
      });
      return next && { source: 0, candles: 0, ...next, columns };
    };
    let ended: unknown;
    try {
      runChild(
        { readRun, readAnswers: readRun, write() {} },
        (request, columns, _ports, source) => void seen.push([request, source, columns.map((column) => [...column])]),
        { cpuMs: () => 0, tidyUp() {} },
      );
    } catch (error) {
      ended = error;
    }
    return { seen, ended };
  }

  it("gives a run the source and the candles that its frame names, and keeps them until it is told otherwise", () => {
    const keep = (number: number, source: string | undefined, forgotten: number[] = []): ToChild => ({
      ...{ kind: "keep", number, forgotten, ...(source === undefined ? {} : { source }) },
    });
    const [one, two] = [Float64Array.of(1, 2), Float64Array.of(3)];
    const { seen, ended } = partsOver([
      ...[{ message: keep(1, "S") }, { message: run("a"), source: 1 }],
      ...[{ message: keep(2, "T") }, { message: run("b"), source: 2 }],
      ...[
        { message: keep(3, undefined), columns: [one] },
        { message: run("c"), source: 1, candles: 3 },
      ],
      ...[
        { message: run("d"), columns: [two] },
        { message: run("e"), source: 2, candles: 3 },
      ],
      ...[
        { message: keep(4, undefined, [3, 1]), columns: [two] },
        { message: run("f"), source: 2, candles: 4 },
      ],
      { message: run("g"), source: 2, candles: 3 },
    ]);
    expect(seen).toEqual([
      ...[["a", "S", []] as const, ["b", "T", []] as const, ["c", "S", [[1, 2]]] as const],
      ...[["d", undefined, [[3]]] as const, ["e", "T", [[1, 2]]] as const, ["f", "T", [[3]]] as const],
    ]);
    expect(ended).toMatchObject({ message: "a run came whose source or candles were not sent" });
  });

  it.each([
    ["a source", { source: 2 }],
    ["candles", { candles: 1 }],
  ])("runs nothing in the place of %s that it was not sent", (_, numbers) => {
    const parts: (Partial<Frame> & { readonly message: ToChild })[] = [
      { message: { kind: "keep", number: 1, source: "S", forgotten: [] } },
      { message: { kind: "keep", number: 2, forgotten: [] }, columns: [Float64Array.of(1)] },
    ];
    const { seen, ended } = partsOver([...parts, { message: run("a"), ...numbers }]);
    expect(seen).toEqual([]);
    expect(ended).toBeInstanceOf(Error);
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
