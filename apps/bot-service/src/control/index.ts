export { type Control, type ControlHealth, createControl } from "./control.ts";
export type * from "./types.ts";
