import { z } from "zod";
import { StrategyDeskError } from "../strategies/desk/errors.ts";
import { OPERATOR_ID } from "../strategies/desk/sql.ts";
import type { Asker } from "../strategies/desk/strategy-desk.types.ts";
import type { SecretStore } from "../strategies/secrets/secret-store.ts";
import { uuid } from "../uuid.ts";
import { bodyOf } from "./body-of.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { type Route, route } from "./route.ts";
import { askerOf, changerOf, type StrategiesPort } from "./strategies.ts";
import { secretBody, secretName, secretQuery, secretsQuery } from "./strategy-requests.ts";

const PATH = "/strategies/secrets";
const time = z.iso.datetime();
const shownSecret = z.object({
  name: z.string(),
  key_id: z.string().describe("Which of the keys in ENCRYPTION_KEY seals it"),
  created_at: time,
  updated_at: time,
  refused_at: time.nullable().describe("When an exchange refused it; null: none has"),
  refused_reason: z.string().nullable(),
});

/** What the routes need of the secrets. Nothing here gives a value. */
export type SecretsPort = Pick<SecretStore, "put" | "list" | "remove" | "rotate">;

const address = z.strictObject({ owner_id: uuid, name: secretName });
const rotateBody = z.strictObject({
  limit: z.int().min(1).max(1000).default(500).describe("Secrets that are looked at"),
  after: address.optional().describe("`next` of the call before"),
});
const failure = address.extend({
  key_id: z.string(),
  code: z.enum(["STRATEGY_SECRET_KEY_MISSING", "STRATEGY_SECRET_UNREADABLE"]),
});
const rotation = z.object({
  key_id: z.string().describe("The key that all are to be sealed with: the first in ENCRYPTION_KEY"),
  due_count: z.int().describe("Secrets that were sealed with another key before this call"),
  rotated_count: z.int(),
  failed_count: z.int().describe("Those that stay as they were"),
  failures: z.array(failure),
  next: address.nullable().describe("Null: all were looked at"),
});

/** Of every owner, so only with the daemon's token. */
function rotateRoute(secrets: SecretsPort): Route {
  return route({
    method: "post",
    path: `${PATH}/rotate`,
    summary: "Seal secrets anew with the first key of ENCRYPTION_KEY, a page at a time",
    access: "token",
    body: rotateBody,
    isBodyOptional: true,
    answers: { 200: rotation },
    async answer(context, { body: { limit, after } }) {
      const from = after && { ownerId: after.owner_id, name: after.name };
      const report = await secrets.rotate(omitUndefined({ limit, after: from }));
      return context.json({
        ...{ key_id: report.keyId, due_count: report.dueCount },
        ...{ rotated_count: report.rotatedCount, failed_count: report.failedCount },
        failures: report.failures.map((each) => bodyOf(failure, each)),
        next: report.next && bodyOf(address, report.next),
      });
    },
  });
}

/** `/strategies/secrets`: keys of exchanges, which are written and never read. */
export function strategySecretRoutes(secrets: SecretsPort, port: Pick<StrategiesPort, "isOpenToOwners">): Route[] {
  return [
    rotateRoute(secrets),
    route({
      method: "get",
      path: PATH,
      summary: "List secrets by name, without what they hold",
      access: "person",
      query: secretsQuery,
      answers: { 200: z.object({ secrets: z.array(shownSecret) }) },
      async answer(context, { query }) {
        const rows = await secrets.list(ownerOf(askerOf(context), query.owner_id));
        return context.json({
          secrets: rows.map((row) => ({
            ...{ name: row.name, key_id: row.keyId, created_at: row.createdAt, updated_at: row.updatedAt },
            ...{ refused_at: row.refusedAt, refused_reason: row.refusedReason },
          })),
        });
      },
    }),
    route({
      method: "put",
      path: PATH,
      summary: "Keep the keys of an exchange, in place of those of that name",
      access: "person",
      body: secretBody,
      answers: { 200: z.object({ name: secretName }) },
      async answer(context, { body: { name, owner_id, api_key: apiKey, secret, password } }) {
        const ownerId = ownerOf(changerOf(context, port), owner_id);
        await secrets.put(ownerId, name, omitUndefined({ apiKey, secret, password }));
        return context.json({ name });
      },
    }),
    route({
      method: "delete",
      path: PATH,
      summary: "Forget a secret",
      access: "person",
      query: secretQuery,
      answers: { 200: z.object({ name: secretName }) },
      async answer(context, { query: { name, owner_id } }) {
        await secrets.remove(ownerOf(changerOf(context, port), owner_id), name);
        return context.json({ name });
      },
    }),
  ];
}

function ownerOf({ userId }: Asker, ownerId: string | undefined): string {
  if (userId === null) return ownerId ?? OPERATOR_ID;
  if (ownerId === undefined || ownerId === userId) return userId;
  throw new StrategyDeskError("STRATEGY_INVALID", "owner_id: a signed-in user has own secrets only; leave it out.", {
    details: { field: "owner_id" },
  });
}
