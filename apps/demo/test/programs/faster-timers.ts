/** Preloaded before a program: what its libraries do every half a minute, refresh a session or beat, they do every three seconds. */
const LONG_MS = 20_000;
const TIMES = 10;

const { setTimeout: later, setInterval: every } = globalThis;
type Start = (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => unknown;
const faster =
  (start: Start): Start =>
  (work, ms = 0, ...args) =>
    start(work, ms >= LONG_MS ? ms / TIMES : ms, ...args);
Object.assign(globalThis, { setTimeout: faster(later as Start), setInterval: faster(every as Start) });
