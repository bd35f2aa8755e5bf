import { FleetError } from "@shoal/kernel";

/** A backtest that cannot be run as it was asked for. None of its codes is retryable with the same input. */
export class BacktestError extends FleetError {}
