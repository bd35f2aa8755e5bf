import { InvariantError } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import type { Engine, HostFunction } from "../src/engine/engine.types.ts";
import { GuestThrow } from "../src/engine/guest-failure.ts";
import { makeEngine, makeUnmeteredEngine, runScript } from "./engines.ts";

const START = { fuel: 50_000_000, nowMs: 1_700_000_000_000 };

/** An engine with a global function `host`. */
function engineWith(host: HostFunction): Engine {
  const engine = makeEngine();
  engine.call(engine.evaluate("(host) => { globalThis.host = host; }", "start"), engine.hostFunction(host));
  engine.capture();
  engine.reset(START);
  return engine;
}

const engine = (() => {
  const made = makeEngine();
  made.capture();
  return made;
})();

describe("values", () => {
  it.each([
    ["a number", 1.5],
    ["minus zero", -0],
    ["NaN", Number.NaN],
    ["text", "a\0ü😀"],
    ["empty text", ""],
    ["a boolean", false],
    ["null", null],
    ["undefined", undefined],
    ["a column", new Float64Array([1, Number.NaN, -0])],
    ["an empty column", new Float64Array(0)],
  ])("carries %s in and out", (_, value) => {
    const echo = engineWith((given) => given);
    expect(echo.read(echo.call(echo.evaluate("(value) => host(value)", "test.js"), value))).toEqual(value);
  });

  it("copies no column for a function that takes none", () => {
    const seen: unknown[] = [];
    const made = makeEngine();
    const host = made.hostFunction((...given) => void seen.push(...given), { takesColumns: false });
    made.call(made.evaluate("(host) => host(1, new Float64Array(5), 'a')", "test.js"), host);
    expect(seen).toEqual([1, new Float64Array(0), "a"]);
  });

  it("turns half a surrogate pair into U+FFFD on the way in", () => {
    engine.reset(START);
    expect(engine.read(engine.call(engine.evaluate("(text) => text.charCodeAt(0)", "test.js"), "\ud800"))).toBe(0xfffd);
  });

  it("copies columns: neither side sees what the other writes later", () => {
    engine.reset(START);
    const given = new Float64Array([1, 2]);
    const kept = engine.call(
      engine.evaluate("(column) => { globalThis.kept = column; return column; }", "test.js"),
      given,
    );
    given[0] = 9;
    const taken = engine.read(kept);
    engine.evaluate("kept[1] = 7", "test.js");
    expect(taken).toEqual(new Float64Array([1, 2]));
  });

  it.each([
    "new Float64Array(new ArrayBuffer(64), 8, 2).fill(3)",
    "const buffer = new ArrayBuffer(32, { maxByteLength: 64 }); const column = new Float64Array(buffer, 8); buffer.resize(8); column",
    "const buffer = new ArrayBuffer(32); const column = new Float64Array(buffer); buffer.transfer(); column",
  ])("reads a column that is a view or lost its buffer: %s", (source) => {
    const { value, failure } = runScript(engine, source);
    expect(failure).toBeUndefined();
    expect(value).toEqual(source.includes("fill") ? new Float64Array([3, 3]) : new Float64Array(0));
  });

  it.each(["({})", "[]", "() => {}", "Symbol()", "1n", "new BigInt64Array(1)", "new Proxy(new Float64Array(1), {})"])(
    "reads nothing of %s and takes it for no argument of the host",
    (source) => {
      const deaf = engineWith(() => 1);
      expect(deaf.read(deaf.evaluate(source, "test.js"))).toBeUndefined();
      expect(() => deaf.evaluate(`host(${source})`, "test.js")).toThrow(/argument 1 is neither/);
    },
  );
});

describe("failures", () => {
  it("tells name, message and place of what was thrown", () => {
    const { failure } = runScript(
      engine,
      "function inner() {\n  return missing;\n}\nfunction outer() { inner(); }\nouter();",
    );
    expect(failure).toMatchObject({ kind: "threw", errorName: "ReferenceError", message: "missing is not defined" });
    expect(failure?.frames.map(({ functionName, fileName, line }) => [functionName, fileName, line])).toEqual([
      ["inner", "test.js", 2],
      ["outer", "test.js", 4],
      ["", "test.js", 5],
    ]);
  });

  it("tells the place of a syntax error", () => {
    const { failure } = runScript(engine, "const good = 1;\n  const = 2;");
    expect(failure).toMatchObject({ kind: "threw", errorName: "SyntaxError", frames: [{ line: 2 }] });
  });

  it.each([
    ["throw null", "threw null"],
    ["throw 'no'", "threw no"],
    ["throw {}", "threw an object that is no Error"],
    ["throw new Proxy(new Error('x'), {})", "threw an object that is no Error"],
  ])("shows what is no error: %s", (source, message) => {
    expect(runScript(engine, source).failure).toMatchObject({ kind: "threw", errorName: "", message });
  });

  it("pays for getters of an error, and bears ones that throw", () => {
    const error = (body: string) =>
      `const e = new Error("x"); Object.defineProperty(e, "message", { get() { ${body} } }); throw e;`;
    expect(runScript(engine, error("for (;;);"), 100_000).failure?.kind).toBe("fuel");
    expect(runScript(engine, error("throw 1;")).failure).toMatchObject({ kind: "threw", message: "" });
    expect(runScript(engine, error("return {};")).failure).toMatchObject({ kind: "threw", message: "" });
  });

  it("refuses imports", () => {
    engine.reset(START);
    expect(() => engine.evaluateModule("import 'node:fs';", "test.js")).toThrow(/could not load module/);
  });

  it("throws in the guest what a host function throws for it, and the guest may catch it", () => {
    const refusing = engineWith(() => {
      throw new GuestThrow("no such order", "STRATEGY_X");
    });
    const source = "try { host(); } catch (error) { error.code + ': ' + error.message + (error instanceof Error) }";
    expect(refusing.read(refusing.evaluate(source, "test.js"))).toBe("STRATEGY_X: no such ordertrue");
    expect(() => refusing.evaluate("host()", "test.js")).toThrow("no such order");
    expect(refusing.read(refusing.evaluate("1 + 1", "test.js"))).toBe(2);
  });

  it("passes a bug of a host function on, past the guest, and goes on only after a reset", () => {
    const bug = new Error("ours");
    const failing = engineWith(() => {
      throw bug;
    });
    expect(() => failing.evaluate("try { host(); } catch { 1 }", "test.js")).toThrow(bug);
    expect(() => failing.evaluate("1", "test.js")).toThrow(InvariantError);
    failing.reset(START);
    expect(failing.read(failing.evaluate("1", "test.js"))).toBe(1);
  });

  it("refuses handles that a reset ended, and keeps those made before the capture", () => {
    const kept = makeEngine();
    const early = kept.evaluate("() => 5", "test.js");
    kept.capture();
    kept.reset(START);
    const late = kept.evaluate("() => 6", "test.js");
    kept.reset(START);
    expect(kept.read(kept.call(early))).toBe(5);
    expect(() => kept.call(late)).toThrow(InvariantError);
  });
});

describe("promises", () => {
  it("settles what needs no waiting, and tells what waits", () => {
    engine.reset(START);
    const state = (source: string) => {
      const promise = engine.evaluate(source, "test.js");
      engine.runJobs();
      return engine.promiseState(promise);
    };
    expect(state("(async () => { await null; return 1; })()")?.kind).toBe("fulfilled");
    expect(state("(async () => { await null; throw new TypeError('x'); })()")).toMatchObject({
      kind: "rejected",
      failure: { kind: "threw", errorName: "TypeError", message: "x" },
    });
    expect(state("new Promise(() => {})")?.kind).toBe("pending");
    expect(state("({ then() {} })")).toBeUndefined();
  });

  it("gives the namespace of a module", () => {
    engine.reset(START);
    const module = engine.evaluateModule("export const answer = 42; await null;", "test.js");
    engine.runJobs();
    const state = engine.promiseState(module);
    if (state?.kind !== "fulfilled") throw new Error(`the module is ${state?.kind}`);
    expect(engine.read(engine.property(state.value, "answer"))).toBe(42);
  });
});

/** What runs long without being endless: with too little fuel each must end by it, and without burns none. */
const LONG = {
  "a loop in script": "for (let i = 0; i < 1e5; i++); 'done'",
  "a loop in a native function": "Array.prototype.reverse.call({ length: 1e5 }); 'done'",
  "a regular expression": "/(a*)*b/.test('a'.repeat(16)); 'done'",
  "a conversion of a large number": "(7n ** 20000n).toString(); 'done'",
  "a search in text": "'a'.repeat(1e5).lastIndexOf('a'.repeat(50) + 'b'); 'done'",
  "jobs that make jobs":
    "let n = 0; const again = () => { if (n++ < 1e4) Promise.resolve().then(again); }; again(); 'done'",
};

describe("fuel", () => {
  const unmetered = makeUnmeteredEngine();
  unmetered.capture();

  it.each(Object.entries(LONG))("ends %s, which nothing ends without the metering", (_, source) => {
    expect(runScript(engine, source, 5000).failure?.kind).toBe("fuel");
    expect(runScript(engine, source)).toMatchObject({ failure: undefined, value: "done" });
    expect(runScript(unmetered, source, 5000)).toMatchObject({ failure: undefined, value: "done" });
  });

  it("cannot be caught", () => {
    const source = "try { for (;;); } catch { } finally { globalThis.caught = true; } for (;;);";
    expect(runScript(engine, source, 10_000).failure?.kind).toBe("fuel");
  });

  it("is used up by what the host does for the guest", () => {
    const burning = engineWith((units) => {
      burning.burn(Number(units));
      return undefined;
    });
    const before = burning.fuelLeft();
    burning.evaluate("host(1000)", "test.js");
    const spent = before - burning.fuelLeft();
    expect(spent).toBeGreaterThanOrEqual(1000);
    expect(() => burning.evaluate("try { host(1e12); } catch { } 1", "test.js")).toThrow(
      expect.objectContaining({ kind: "fuel" }),
    );
  });

  it("is used up by numbers that the guest hands to the host, which copies them", () => {
    const taking = engineWith(() => 1);
    const spent = (source: string) => {
      const before = taking.fuelLeft();
      taking.evaluate(source, "test.js");
      return before - taking.fuelLeft();
    };
    taking.evaluate("globalThis.few = new Float64Array(1); globalThis.many = new Float64Array(1e6);", "test.js");
    expect(spent("host(many)") - spent("host(few)")).toBeGreaterThan(100_000);
  });

  it("is the same for the same run, in the same engine and in a fresh one", () => {
    const source = "const a = []; for (let i = 0; i < 1000; i++) a.push({ i, t: String(i) }); JSON.stringify(a).length";
    const fresh = makeEngine();
    fresh.capture();
    const [first, second, third] = [runScript(engine, source), runScript(engine, source), runScript(fresh, source)];
    expect(first.failure).toBeUndefined();
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  });
});

describe("memory", () => {
  it.each([
    ["typed arrays", "const kept = []; for (;;) kept.push(new Uint8Array(1e6));"],
    ["objects", "const kept = []; for (;;) kept.push({});"],
    ["text", "let text = 'x'; for (;;) text = (text + text).toUpperCase();"],
    ["one large array", "new Uint8Array(2 ** 30)"],
  ])("ends at its limit, for %s, and the guest does not catch it", (_, source) => {
    const { failure } = runScript(engine, `try { ${source} } catch (error) { globalThis.caught = error; } 1`, 1e9);
    // A text too long for the engine is an error like others, and can be caught; what it took is given back.
    if (failure !== undefined) expect(failure.kind).toBe("memory");
    expect(engine.memoryBytes()).toBeLessThanOrEqual(32 * 1024 * 1024);
  });
});

describe("reset", () => {
  const SOURCE =
    "let sum = 0; for (let i = 0; i < 500; i++) sum += Math.sqrt(i); [sum, Date.now(), typeof left].join()";

  it.each([
    ["a trap by fuel", "for (;;);"],
    ["a trap in a native function", "Array.prototype.reverse.call({ length: 2 ** 53 - 1 });"],
    ["memory that grew to its limit", "const kept = []; for (;;) kept.push(new Float64Array(1e4));"],
    ["memory that grew", "globalThis.left = Array.from({ length: 3e5 }, () => ({})); 1"],
    ["a stack that ran over", "const f = () => f(); f();"],
    [
      "globals and prototypes that were changed",
      "globalThis.left = 1; Array.prototype.join = () => 'poisoned'; Math.sqrt = null; Date.now = null;",
    ],
    ["jobs that were left", "Promise.resolve().then(() => { for (;;); });"],
    ["an exception in the middle", "Promise.reject(new Error('x')); throw new Error('y');"],
  ])("leaves nothing of %s: result, fuel and memory of the next run are those of a fresh engine", (_, before) => {
    const fresh = makeEngine();
    fresh.capture();
    const expected = runScript(fresh, SOURCE);
    runScript(engine, before, 20_000_000);
    const { failure, ...after } = runScript(engine, SOURCE);
    expect(failure).toBeUndefined();
    expect(after).toEqual({ value: expected.value, fuel: expected.fuel, hash: expected.hash });
    expect(after.value).toContain("1700000000000,undefined");
  });

  it("sees a single changed byte in the hash", () => {
    const [first, same, other] = ["x = 'a'", "x = 'a'", "x = 'b'"].map((source) => runScript(engine, source));
    expect(same?.hash).toBe(first?.hash);
    expect(other?.hash).not.toBe(first?.hash);
    expect(other?.fuel).toBe(first?.fuel);
  });
});
