/** The work engine, for sources of other packages. */
export { AttemptContext, type ClaimedWork, type ContextOptions, type WorkHandler } from "./attempt.ts";
export type { Ask } from "./claim-plan.ts";
export { InFlight, kindOf, type OutcomeKind } from "./in-flight.ts";
export { WorkEngine, type WorkEngineOptions } from "./work-engine.ts";
export type { SourceReports, SourceTraits, Turn, WorkSource } from "./work-source.ts";
