import { parseBoundedJson } from "@shoal/kernel";
import type { Context } from "hono";
import { z } from "zod";
import type { CommandApi } from "../control/command-api.ts";
import { payloadSchemas } from "../control/payloads.ts";
import { command, deployment, deploymentDetail } from "../control/rows.ts";
import type { CommandName, NewCommand } from "../control/types.ts";
import { storableText } from "../storable-text.ts";
import { uuid } from "../uuid.ts";
import type { HttpEnv } from "./auth.ts";
import { commandList, deploymentPage } from "./bot-bodies.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { notFound } from "./problem.ts";
import { type Route, route } from "./route.ts";

const PATH = "/api/bot";
/** A payload of 64 KB and the other fields. */
const COMMAND_BODY_LIMIT_BYTES = 2 * 64 * 1024;

const botId = storableText(z.string().min(1).max(128));
const issued = z.object({ command_id: uuid });
const accepted = { access: "token", bodyLimitBytes: COMMAND_BODY_LIMIT_BYTES, answers: { 202: issued } } as const;
/** The body of one command. */
const form = <Name extends CommandName, Payload extends z.ZodType>(name: Name, payload: Payload) =>
  z.strictObject({ bot_id: botId, command: z.literal(name), payload });

/** Most bots that one request commands. */
const BATCH_MAX = 1000;
const BATCH_BODY_LIMIT_BYTES = 1024 * 1024;
const toMany = <Name extends CommandName, Payload extends z.ZodType>(name: Name, payload: Payload) =>
  z.strictObject({ bot_ids: z.array(botId).min(1).max(BATCH_MAX), command: z.literal(name), payload });
const nothing = z.strictObject({}).prefault({});

/** What is followed at once: as many ids as an address holds. */
const FOLLOWED_MAX = 100;
const commandIds = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(uuid).min(1).max(FOLLOWED_MAX));
/** JSON, because an id may have any character. */
const botIds = z
  .string()
  .transform((text) => {
    const read = parseBoundedJson(text);
    return read.kind === "json" ? read.value : undefined;
  })
  .pipe(z.array(botId).min(1).max(FOLLOWED_MAX))
  .describe('JSON: ["a", "b"]; up to 100');

/** `/api/bot`: commands, which take effect a moment after the answer, and the deployed bots. */
export function botRoutes(commands: CommandApi): Route[] {
  return [...commandRoutes(commands), ...followingRoutes(commands), ...deploymentRoutes(commands)];
}

function commandRoutes(commands: CommandApi): Route[] {
  const issue = async (context: Context<HttpEnv>, wanted: NewCommand) => {
    const [id = ""] = await commands.issue([wanted]);
    return context.json({ command_id: id }, 202, locationOf(id));
  };
  return [
    route({
      method: "post",
      path: `${PATH}/start`,
      summary: "Deploy a bot and start it, or start it again",
      ...accepted,
      body: payloadSchemas.START_BOT.extend({ bot_id: botId }),
      answer: (context, { body: { bot_id, ...payload } }) =>
        issue(context, { botId: bot_id, command: "START_BOT", payload: omitUndefined(payload) }),
    }),
    route({
      method: "post",
      path: `${PATH}/stop`,
      summary: "Stop a bot; gracefully: once its conversation is over",
      ...accepted,
      body: z.strictObject({ bot_id: botId, graceful: z.boolean().default(false) }),
      answer: (context, { body: { bot_id, ...payload } }) =>
        issue(context, { botId: bot_id, command: "STOP_BOT", payload }),
    }),
    route({
      method: "post",
      path: `${PATH}/start-runtime`,
      summary: "Start what is deployed and stopped: one bot, or all",
      ...accepted,
      body: z.strictObject({ bot_id: botId.optional() }),
      isBodyOptional: true,
      answers: { 202: z.object({ command_ids: z.array(uuid) }) },
      async answer(context, { body: { bot_id } }) {
        if (bot_id !== undefined && !(await commands.deployment(bot_id)))
          return notFound(context, "deployment", "bot_id");
        return context.json({ command_ids: await commands.startStopped(bot_id) }, 202);
      },
    }),
    route({
      method: "post",
      path: `${PATH}/commands`,
      summary: "Issue any command",
      ...accepted,
      body: z.discriminatedUnion("command", [
        form("START_BOT", payloadSchemas.START_BOT.prefault({})),
        form("STOP_BOT", payloadSchemas.STOP_BOT.prefault({})),
        form("RESTART_BOT", payloadSchemas.RESTART_BOT.prefault({})),
        form("PAUSE_BOT", payloadSchemas.PAUSE_BOT.prefault({})),
        form("RESUME_BOT", payloadSchemas.RESUME_BOT.prefault({})),
        form("UPDATE_CONFIG", payloadSchemas.UPDATE_CONFIG),
      ]),
      answer: (context, { body: { bot_id, command, payload } }) => issue(context, { botId: bot_id, command, payload }),
    }),
    route({
      method: "post",
      path: `${PATH}/commands/batch`,
      summary: "Issue one command to several bots: to all of them or, where it is refused, to none",
      ...accepted,
      bodyLimitBytes: BATCH_BODY_LIMIT_BYTES,
      body: z.discriminatedUnion("command", [
        toMany("START_BOT", nothing),
        toMany("STOP_BOT", payloadSchemas.STOP_BOT.prefault({})),
        toMany("RESTART_BOT", nothing),
        toMany("PAUSE_BOT", nothing),
        toMany("RESUME_BOT", nothing),
      ]),
      answers: { 202: z.object({ command_ids: z.array(uuid).describe("In the order of bot_ids") }) },
      async answer(context, { body: { bot_ids, command, payload } }) {
        const ids = await commands.issue(bot_ids.map((botId) => ({ botId, command, payload })));
        return context.json({ command_ids: ids }, 202);
      },
    }),
  ];
}

/** What became of commands. */
function followingRoutes(commands: CommandApi): Route[] {
  return [
    route({
      method: "get",
      path: `${PATH}/commands`,
      summary: "The commands to one bot, the latest first, or those with these ids; without their payloads",
      access: "token",
      query: z
        .strictObject({
          bot_id: botId.optional(),
          ids: commandIds.optional(),
          limit,
          before: uuid.optional(),
        })
        .refine(({ bot_id, ids }) => (bot_id === undefined) !== (ids === undefined), {
          path: ["bot_id"],
          message: "give either bot_id or ids",
        }),
      answers: { 200: commandList },
      async answer(context, { query: { bot_id, ids = [], ...page } }) {
        const filter = bot_id === undefined ? { ids } : { botId: bot_id, ...omitUndefined(page) };
        return context.json({ commands: await commands.commands(filter) });
      },
    }),
    route({
      method: "get",
      path: `${PATH}/commands/:id`,
      summary: "What became of a command",
      access: "token",
      id: { of: "command", schema: uuid },
      answers: { 200: command },
      async answer(context, { id }) {
        const row = await commands.command(id);
        return row ? context.json(row) : notFound(context, "command");
      },
    }),
  ];
}

const locationOf = (id: string) => ({ location: `${PATH}/commands/${id}` });

const ONE = { access: "token", id: { of: "deployment", schema: botId } } as const;

function deploymentRoutes(commands: CommandApi): Route[] {
  return [
    route({
      method: "get",
      path: `${PATH}/deployments`,
      summary: "List deployed bots",
      access: "token",
      query: z.strictObject({
        limit,
        before: botId.optional(),
        search: storableText(z.string().min(1).max(128))
          .optional()
          .describe(
            "Part of the id or name; a page looks at 10,000 at most, so that it may be empty and yet not the last",
          ),
        status: deployment.shape.status.optional(),
        ids: botIds.optional(),
        only: z.enum(["bots", "strategies"]).optional(),
      }),
      answers: { 200: deploymentPage },
      answer: async (context, { query }) => context.json(await commands.deployments(omitUndefined(query))),
    }),
    route({
      method: "get",
      path: `${PATH}/deployments/:id`,
      summary: "Show a deployed bot, and who may run it",
      ...ONE,
      answers: { 200: deploymentDetail },
      async answer(context, { id }) {
        const row = await commands.deployment(id);
        return row ? context.json(row) : notFound(context, "deployment");
      },
    }),
    route({
      method: "delete",
      path: `${PATH}/deployments/:id`,
      summary: "Stop a deployed bot, then forget it",
      ...ONE,
      answers: { 202: issued },
      async answer(context, { id }) {
        const commandId = await commands.remove(id);
        if (commandId === undefined) return notFound(context, "deployment");
        return context.json({ command_id: commandId }, 202, locationOf(commandId));
      },
    }),
  ];
}
