import { FleetError } from "@shoal/kernel";

/** A command about strategies cannot be carried out as it was asked for. */
export class StrategiesError extends FleetError {}
