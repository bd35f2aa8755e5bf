import type { Attack } from "./attack.types.ts";

const hungry = (name: string, tries: string, body: string): Attack => ({
  name,
  tries,
  wall: "memory",
  sees: "STRATEGY_OUT_OF_MEMORY",
  body,
});

const deep = (name: string, tries: string, body: string, sees = "STRATEGY_STACK_OVERFLOW"): Attack => ({
  name,
  tries,
  wall: "stack",
  sees,
  body,
});

export const memoryAndStack: readonly Attack[] = [
  hungry("arrays", "keeping arrays", "const a = []; for (;;) a.push(new Array(1000).fill(1));"),
  hungry("objects", "keeping objects", "const a = []; for (;;) a.push({ a: 1, b: { c: 2 } });"),
  hungry("texts", "keeping long texts", "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(1e5) + i);"),
  hungry("doubling", "a text that doubles", "let s = 'abc'; for (;;) s += s + '!'; "),
  hungry("typed arrays", "keeping typed arrays", "const a = []; for (;;) a.push(new Float64Array(1e5));"),
  hungry("one buffer", "one buffer larger than memory", "new ArrayBuffer(2 ** 31 - 1);"),
  hungry(
    "growing buffer",
    "a buffer that grows",
    "const b = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); for (let n = 1; ; n *= 2) b.resize(n);",
  ),
  hungry("closures", "keeping functions", "const a = []; for (let i = 0; ; i++) a.push(() => i);"),
  hungry("map", "a map without end", "const m = new Map(); for (let i = 0; ; i++) m.set(i, new Array(100).fill(i));"),
  hungry("set", "a set without end", "const s = new Set(); for (let i = 0; ; i++) s.add('k' + i);"),
  hungry("keys", "an object with keys without end", "const o = {}; for (let i = 0; ; i++) o['k' + i] = i;"),
  hungry("symbols", "keeping symbols", "const a = []; for (let i = 0; ; i++) a.push(Symbol.for('s' + i));"),
  hungry("bigints", "keeping huge whole numbers", "const a = []; for (;;) a.push(1n << 500000n);"),
  hungry("promises", "keeping promises", "const a = []; for (;;) a.push(new Promise(() => {}));"),
  hungry("weak references", "keeping weak references", "const a = []; for (;;) a.push(new WeakRef({}));"),
  hungry(
    "generators",
    "keeping generators",
    "const a = []; function* g() { yield 1; } for (;;) { const x = g(); x.next(); a.push(x); }",
  ),
  hungry("errors", "keeping errors with their stacks", "const a = []; for (;;) a.push(new Error('x'.repeat(100)));"),
  hungry("arguments", "an array without end from an iterator", "[...(function* () { for (;;) yield {}; })()];"),
  hungry("Array.from", "an array without end", "Array.from({ length: 2 ** 32 - 1 }, () => ({}));"),
  hungry(
    "catching",
    "catching the end of memory, and going on",
    "const a = []; for (;;) { try { for (;;) a.push(new Array(1000).fill(1)); } catch { a.length = 0; } }",
  ),
  deep("recursion", "a function that calls itself", "function f() { f(); } f();"),
  deep(
    "recursion, caught",
    "catching the end of the stack",
    "function f() { try { f(); } catch (e) { throw e; } } f();",
  ),
  deep("getter", "a getter that reads itself", "const o = { get a() { return this.a; } }; o.a;"),
  deep(
    "proxy",
    "a proxy behind a proxy, many times",
    "let p = {}; for (let i = 0; i < 1e4; i++) p = new Proxy(p, {}); p.x;",
  ),
  deep("toString", "a text of a text of a text", "const o = { toString() { return '' + o; } }; '' + o;"),
  deep(
    "nested arrays",
    "the text of arrays in arrays",
    "let a = []; for (let i = 0; i < 3e4; i++) a = [a]; String(a);",
  ),
  deep("nested JSON", "reading JSON of arrays in arrays", "JSON.parse('['.repeat(1e5));"),
  deep(
    "nested source",
    "compiling brackets in brackets",
    "new Function('return ' + '('.repeat(1e5) + ')'.repeat(1e5));",
  ),
  deep("nested regexp", "compiling groups in groups", "new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5));"),
  deep(
    "iterators",
    "iterators in iterators",
    "let i = [1][Symbol.iterator](); for (let n = 0; n < 1e4; n++) { const inner = i; i = { next: () => inner.next(), [Symbol.iterator]() { return this; } }; } [...i];",
  ),
  deep("apply", "a call with too many arguments", "Math.max.apply(null, Array(1e6));", "STRATEGY_THREW"),
];
