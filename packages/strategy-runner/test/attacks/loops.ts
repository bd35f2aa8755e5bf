import type { Attack } from "./attack.types.ts";

const endless = (name: string, tries: string, body: string): Attack => ({
  name,
  tries,
  wall: "fuel",
  sees: "STRATEGY_OUT_OF_FUEL",
  body,
});

/** Programs that do not end, or not in time: in script, and inside the engine's own functions, where its interrupt handler is not asked. */
export const loops: readonly Attack[] = [
  endless("loop", "an endless loop", "for (;;);"),
  endless("await loop", "an endless loop of awaits", "for (;;) await null;"),
  {
    name: "promise chain",
    tries: "microtasks that wait for microtasks",
    wall: "memory",
    sees: "STRATEGY_OUT_OF_MEMORY",
    body: "const f = () => Promise.resolve().then(f); await f();",
  },
  endless(
    "finally",
    "catching everything, the limit too",
    "for (;;) { try { for (;;); } catch { } finally { continue; } }",
  ),
  endless(
    "generator",
    "a spread of an endless generator without keeping it",
    "for (const x of (function* () { for (;;) yield 1; })());",
  ),
  endless(
    "iterator of a Set",
    "a Set of an endless iterator",
    "new Set({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) });",
  ),
  endless("toString", "a loop in the text of an object", "String({ toString() { for (;;); } });"),
  endless("toJSON", "a loop while state becomes JSON", "ctx.state.set('a', { toJSON() { for (;;); } });"),
  endless(
    "getter of an order",
    "a loop in a getter that ctx reads",
    "ctx.orders.place({ get symbol() { for (;;); } });",
  ),
  endless(
    "proxy of an order",
    "a loop in the trap of a proxy that ctx reads",
    "ctx.orders.place(new Proxy({}, { get() { for (;;); } }));",
  ),
  endless(
    "has trap",
    "a loop in `with`, by a proxy",
    "new Function('p', 'with (p) { x; }')(new Proxy({}, { has() { for (;;); } }));",
  ),
  endless(
    "message getter",
    "a loop while the error is read",
    "const e = new Error(); Object.defineProperty(e, 'message', { get() { for (;;); } }); throw e;",
  ),
  endless(
    "stack getter",
    "a loop while the stack is read",
    "const e = new Error(); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw e;",
  ),
  endless(
    "after the answer",
    "microtasks that go on after run has ended",
    "const f = () => { Promise.resolve().then(f); }; f();",
  ),
  endless("thenable without end", "a thenable that resolves to itself", "return { then(resolve) { resolve(this); } };"),
  endless("join", "join of a huge empty array", "Array(2 ** 31).join();"),
  endless("toString of an array", "the text of a huge array", "String(Array(1e9));"),
  endless("reverse", "reverse of a huge length", "Array.prototype.reverse.call({ length: 2 ** 53 - 1 });"),
  endless("lastIndexOf", "search in a huge length", "Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1);"),
  endless("includes", "search in a huge sparse array", "Array(2 ** 32 - 1).includes(1);"),
  endless("copyWithin", "copy within a huge length", "Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1);"),
  endless("unshift", "moving a huge length by one", "Array.prototype.unshift.call({ length: 2 ** 40 }, 1);"),
  endless("splice", "cutting a huge length", "Array.prototype.splice.call({ length: 2 ** 40 }, 0, 1);"),
  endless("concat", "spreading a huge length", "[].concat({ length: 2 ** 40, [Symbol.isConcatSpreadable]: true });"),
  endless(
    "sort",
    "sorting with an order that lies",
    "for (;;) Array.from({ length: 5e3 }, (_, i) => i * 7919 % 5e3).sort(() => Math.random() - 0.5);",
  ),
  endless(
    "sort of a typed array",
    "sorting numbers again and again",
    "const a = new Float64Array(2e4).map((_, i) => i * 7919 % 2e4); for (;;) a.slice().sort();",
  ),
  endless("copy", "copying memory again and again", "const a = new Uint8Array(1e6); for (;;) a.slice();"),
  endless("fill", "filling memory again and again", "const a = new Uint8Array(1e6); for (;;) a.fill(1);"),
  endless(
    "search",
    "searching a text for what is almost there",
    "const s = 'a'.repeat(2e5); for (;;) s.indexOf('a'.repeat(1e5) + 'b');",
  ),
  endless(
    "compare",
    "comparing long texts",
    "const a = 'a'.repeat(1e6), b = 'a'.repeat(1e6 - 1) + 'b'; for (;;) a < b;",
  ),
  endless("split", "splitting a text into characters", "const s = 'ab'.repeat(5e4); for (;;) s.split('');"),
  endless("replaceAll", "replacing every character", "const s = 'ab'.repeat(5e4); for (;;) s.replaceAll('a', 'ba');"),
  endless("normalize", "normal forms of a long text", "const s = '\\u0344'.repeat(1e5); for (;;) s.normalize('NFD');"),
  endless("regexp", "a regular expression that goes back for ever", "/^(a+)+$/.test('a'.repeat(60) + '!');"),
  endless("regexp by choices", "a regular expression with equal choices", "/^(?:a|a|a)*$/.test('a'.repeat(60) + '!');"),
  endless(
    "regexp looking behind",
    "a regular expression that looks behind at each place",
    "const s = 'a'.repeat(1e5); for (;;) /(?<=^a*)b/.test(s);",
  ),
  endless("bigint multiply", "multiplying huge whole numbers", "let n = 3n; for (;;) n = n * n % (1n << 200000n);"),
  endless("bigint to text", "writing a huge whole number", "const n = 1n << 1000000n; for (;;) n.toString();"),
  endless("bigint from text", "reading a huge whole number", "const s = '9'.repeat(3e5); for (;;) BigInt(s);"),
  endless("number from text", "reading a long number", "const s = '1'.repeat(1e6); for (;;) Number(s);"),
  endless("JSON", "writing JSON again and again", "const a = Array(1e5).fill(1); for (;;) JSON.stringify(a);"),
  endless("URI", "encoding a long text", "const s = 'ü'.repeat(1e5); for (;;) encodeURIComponent(s);"),
  endless(
    "compile",
    "compiling again and again",
    "for (let i = 0; ; i++) new Function('return ' + '1+'.repeat(1e3) + i);",
  ),
  endless(
    "keys",
    "keys of a wide object",
    "const o = {}; for (let i = 0; i < 2e3; i++) o['k' + i] = i; for (;;) Object.keys(o);",
  ),
  endless(
    "own keys of a proxy",
    "a proxy that names many keys",
    "for (;;) Reflect.ownKeys(new Proxy({}, { ownKeys: () => Array.from({ length: 1e3 }, (_, i) => 'k' + i) }));",
  ),
  endless(
    "indicators",
    "computing the dearest indicator again and again",
    "const a = new Float64Array(1900); for (;;) ctx.ta.bollinger(a, 1000);",
  ),
  endless("host calls", "calling the host without end", "for (;;) ctx.state.get('a');"),
  endless("series", "reading series without end", "for (;;) c.close.last;"),
  endless(
    "numbers for a name",
    "a million numbers where ctx takes a text",
    "const a = new Float64Array(5e5); for (;;) { try { ctx.market.candles(a, '5m'); } catch { } try { ctx.orders.cancel(a); } catch { } }",
  ),
];
