import { isFleetError } from "@shoal/kernel";
import { strategyBody } from "../../strategies/desk/bodies.ts";
import type { Answer } from "../answer.ts";
import type { Source } from "../backtest/inputs.ts";
import { errorLines, type PlacedError } from "../backtest/source-frame.ts";
import type { DeployCommand } from "./command.types.ts";
import type { DeskClient } from "./desk-client.ts";
import { drawOutcome } from "./desk-view.ts";
import { StrategiesError } from "./errors.ts";

/**
 * Sends what was read of a file to the daemon, which checks it and makes it a version.
 * @throws STRATEGY_CODE_INVALID with each place of the source; the daemon's other refusals
 */
export async function deployFile(
  deploy: DeployCommand,
  { source, language }: Source,
  desk: DeskClient,
): Promise<Answer> {
  const { path, idempotencyKey } = deploy;
  try {
    const { body, view } = await desk.ask(strategyBody, {
      method: "POST",
      path: "/strategies/deploy",
      headers: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey },
      body: deployBody(deploy, source, language),
    });
    return { text: drawOutcome(view), json: body };
  } catch (thrown) {
    const isNew =
      isFleetError(thrown, "STRATEGY_SCHEDULE_INVALID") && deploy.intervalMs === undefined && deploy.cron === undefined;
    if (isNew) throw new StrategiesError(thrown.code, NO_SCHEDULE);
    if (!isFleetError(thrown) || !Array.isArray(thrown.details["diagnostics"])) throw thrown;
    throw refusedCode(path, source, thrown.details["diagnostics"]);
  }
}

/** Of a version the daemon knows when it runs. */
const NO_SCHEDULE = "a new strategy needs a schedule: give --every, such as 5m, or --cron";

/** The error for a source that the check refuses, with each place of it. */
export function refusedCode(path: string, source: string, diagnostics: readonly PlacedError[]): StrategiesError {
  const lines = diagnostics.flatMap((each) => errorLines(path, source, each));
  const message = `the strategy was not deployed\n${lines.join("\n")}`;
  return new StrategiesError("STRATEGY_CODE_INVALID", message, { details: { diagnostics } });
}

function deployBody(deploy: DeployCommand, code: string, language: string) {
  const { name, intervalMs, cron, zone, venue, market, secret, cash, config, ownerId, isStopped } = deploy;
  const given = {
    ...{ cron, zone, venue, market, secret, config, owner_id: ownerId },
    executionInterval: intervalMs === undefined ? undefined : intervalMs / 1000,
    account: cash === undefined ? undefined : { cash },
    start: isStopped ? false : undefined,
  };
  // JSON leaves out what is undefined.
  return { name, code, language, ...given };
}
