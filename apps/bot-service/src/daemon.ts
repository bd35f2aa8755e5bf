/** Exports for a program that runs the daemon in its own process, as the demo does. */
export { type Config, parseConfig, processEnvironment } from "./config.ts";
export { startService } from "./service.ts";
export type { DrainReport, Service, ServiceEnvironment, ServiceSnapshot } from "./service.types.ts";
