import { z } from "zod";
import { ownerBody } from "../strategies/desk/bodies.ts";
import type { OwnerDesk } from "../strategies/desk/owners.ts";
import { uuid } from "../uuid.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { type Route, route } from "./route.ts";

const PATH = "/strategies/owners";
const limitsBody = z
  .strictObject({
    weight: z.number().min(0.01).max(100).optional().describe("Of the time, while there is too little for all"),
    strategy_limit: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .nullable()
      .optional()
      .describe("Strategies that the owner may have; null: as the daemon allows everybody"),
    fuel_per_day: z
      .int()
      .min(1)
      .nullable()
      .optional()
      .describe("Units that all runs of a day (UTC) may burn; null: no limit"),
  })
  .describe("What is left out stays as it is");

/** `/strategies/owners`: what each owner may take and takes. For the operator, so only with the daemon's token. */
export function strategyOwnerRoutes(desk: OwnerDesk): Route[] {
  return [
    route({
      method: "get",
      path: PATH,
      summary: "List owners with their limits and what they use, by id",
      access: "token",
      query: z.strictObject({ limit, before: uuid.optional() }),
      answers: { 200: z.object({ owners: z.array(ownerBody) }) },
      answer: async (context, { query }) => context.json({ owners: await desk.owners(omitUndefined(query)) }),
    }),
    route({
      method: "put",
      path: `${PATH}/:id`,
      summary: "Set weight and limits of an owner; the nil UUID is the operator",
      access: "token",
      id: { of: "owner", schema: uuid },
      body: limitsBody,
      answers: { 200: ownerBody },
      async answer(context, { id, body: { weight, strategy_limit: strategyLimit, fuel_per_day: fuelPerDay } }) {
        return context.json(
          await desk.setOwner(id.toLowerCase(), omitUndefined({ weight, strategyLimit, fuelPerDay })),
        );
      },
    }),
  ];
}
