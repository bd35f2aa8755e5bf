export { applyCommand, type Decision, type DeployableKinds, type PendingCommand } from "./apply-command.ts";
export { type Control, type ControlHealth, type ControlOptions, createControl } from "./control.ts";
export type { ControlDesk } from "./control-desk.ts";
export { ControlError, type ControlErrorCode } from "./errors.ts";
export { payloadProblem, payloadSchemas } from "./payloads.ts";
export { NO_ROOM } from "./round.ts";
export type { DeployedBot, DeployedRunner, DeployedRunnerEvents } from "./runner.ts";
export type * from "./types.ts";
export { COMMANDS } from "./types.ts";
