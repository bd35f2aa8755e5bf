import { giveUp, type QueueHandler } from "@shoal/job-queue";
import { isFleetError } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { z } from "zod";
import { snakeCase } from "../snake-case.ts";
import { command } from "../strategies/desk/commands.ts";
import { uuid } from "../uuid.ts";
import { checkBy } from "./check-by.ts";

/** Reads the names of fields in either spelling: `strategyId` and `strategy_id`. */
export const eitherSpelling = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(inSnakeCase, schema);

function inSnakeCase(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [snakeCase(name), value]));
}

const executionSchema = eitherSpelling(z.object({ strategy_id: uuid }));

/** Messages come from whoever may send to the queue: the operator. */
export const OPERATOR = { userId: null };

/**
 * Has the strategy of `{ strategyId }` run now, also while it is stopped. A message that comes again changes nothing once a run has begun since it was
 * sent; a run that was under way before is followed by one more.
 */
export function strategyExecution(database: Database): QueueHandler {
  return {
    check: checkBy(executionSchema),
    async run({ payload, enqueuedAt }) {
      const { strategy_id: strategyId } = executionSchema.parse(payload);
      await command(database, OPERATOR, strategyId, "execute", Date.parse(enqueuedAt)).catch(orGiveUp);
      return { strategyId };
    },
  };
}

/** What the desk refuses for good would be refused again. */
export function orGiveUp(thrown: unknown): never {
  const isFinal = isFleetError(thrown) && thrown.code.startsWith("STRATEGY_") && !thrown.retryable;
  throw isFinal ? giveUp(`${thrown.code}: ${thrown.message}`) : thrown;
}
