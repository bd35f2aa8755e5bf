export { countedIds, seededRng } from "./seeded-rng.ts";
export { createSimulatedClock, type SimulatedClock } from "./simulated-clock.ts";
export { testRuntime } from "./test-runtime.ts";
