import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type ConversationOptions, conversationBot } from "@shoal/conversation-bot";
import { type Clock, FleetError, SECOND_MS, toError, withTimeout } from "@shoal/kernel";
import type { MatchRules } from "@shoal/matchmaker";
import { z } from "zod";
import { offerImports } from "./adapters/fleet-imports.ts";
import { type FleetAnalytics, fleetAnalyticsSchema } from "./analytics/own-tables.ts";
import type { Config } from "./config.ts";
import type { BotKind } from "./fleet/bot-kind.ts";
import { fleetProblem } from "./fleet/check-fleet.ts";
import { issueLine } from "./issue-words.ts";
import { checkFleetSchedules, type FleetJobs, fleetJobsSchema } from "./jobs/fleet-jobs.ts";
import { type FleetMatch, fleetMatchSchema, rulesOf } from "./matching/fleet-rules.ts";
import { defaultPayloads, type PayloadCodec } from "./payload-codec.ts";
import { checkedPayloads, checkedTopics, type ReportValue } from "./user-code/checked-values.ts";
import { named } from "./user-code/running-code.ts";

/** Names an app's topics and events, and says what its bots do. The default contract is docs/app-contract.md. */
export interface FleetConfig {
  readonly topics: {
    readonly lobby: string;
    readonly user: (userId: string) => string;
    readonly room: (roomId: string) => string;
  };
  readonly events: {
    readonly matched: string;
    readonly message: string;
    readonly typing: string;
    readonly leave: string;
  };
  readonly payloads: PayloadCodec;
  /** Source of the number of active people. `query` returns one row with one whole number. */
  readonly activePeople: { readonly from: "lobby" } | { readonly from: "sql"; readonly query: string };
  /** Bots take turns through this list. `conversation` is the built-in one with the daemon's own settings. */
  readonly botKinds: readonly BotKind[];
  /** Who may meet whom, and how long nobody should wait. */
  readonly match: MatchRules;
  /** Jobs, queues and schedules that add to the daemon's own, or replace them by name. */
  readonly jobs: FleetJobs;
  /** Own tables of trades and users, and own queries in place of the daemon's. */
  readonly analytics: FleetAnalytics;
}

/** Argument of `defineFleet`: replaces any part of the default. `botKinds` is called once, with the daemon's settings. */
export interface FleetDefinition {
  readonly topics?: Partial<FleetConfig["topics"]>;
  readonly events?: Partial<FleetConfig["events"]>;
  readonly payloads?: Partial<PayloadCodec>;
  readonly activePeople?: FleetConfig["activePeople"];
  readonly botKinds?: (settings: ConversationOptions) => readonly BotKind[];
  readonly match?: FleetMatch;
  readonly jobs?: FleetJobs;
  readonly analytics?: FleetAnalytics;
}

/** Checks the types of an app's topics, events, payloads, bot kinds, rules of matching, jobs and analytics. Returns its argument. */
export function defineFleet(definition: FleetDefinition): FleetDefinition {
  return definition;
}

/** Returns the default with `definition` laid over it. `report` receives what its functions return amiss. */
export function buildFleetConfig(
  definition: FleetDefinition,
  settings: ConversationOptions,
  report: ReportValue = () => {},
): FleetConfig {
  const topics = {
    lobby: "global:lobby",
    user: (userId: string) => `user:${userId}`,
    room: (roomId: string) => `room:${roomId}`,
    ...definition.topics,
  };
  return {
    topics: definition.topics ? checkedTopics(topics, report) : topics,
    events: { matched: "stranger_matched", message: "message", typing: "typing", leave: "leave", ...definition.events },
    payloads: checkedPayloads(defaultPayloads, definition.payloads ?? {}, report),
    activePeople: definition.activePeople ?? { from: "lobby" },
    botKinds: definition.botKinds?.(settings) ?? [conversationBot(settings)],
    match: rulesOf(definition.match),
    jobs: definition.jobs ?? {},
    analytics: definition.analytics ?? {},
  };
}

const isFunction = (value: unknown) => typeof value === "function";
const nonEmpty = z.string().min(1).max(240);
const topicFunction = z.custom<(id: string) => string>(isFunction, "must be a function from id to topic");

/** Finds the mistakes that types cannot, because the file may be JavaScript or use casts. */
const definitionSchema = z.strictObject({
  topics: z.strictObject({ lobby: nonEmpty, user: topicFunction, room: topicFunction }).partial().optional(),
  events: z
    .strictObject({ matched: nonEmpty, message: nonEmpty, typing: nonEmpty, leave: nonEmpty })
    .partial()
    .optional(),
  payloads: z
    .partialRecord(z.enum(Object.keys(defaultPayloads)), z.custom(isFunction, "must be a function"))
    .optional(),
  activePeople: z
    .discriminatedUnion("from", [
      z.strictObject({ from: z.literal("lobby") }),
      z.strictObject({ from: z.literal("sql"), query: nonEmpty }),
    ])
    .optional(),
  botKinds: z.custom(isFunction, "must be a function from settings to a list of bot kinds").optional(),
  match: fleetMatchSchema.optional(),
  jobs: fleetJobsSchema.optional(),
  analytics: fleetAnalyticsSchema.optional(),
});

/** Time for the fleet file to load, and for its `botKinds` to answer: either may wait for something that never comes. */
export const FLEET_FILE_LIMIT_MS = 20 * SECOND_MS;

/**
 * Loads the file in `FLEET_CONFIG`, which may lie anywhere; its default export is what `defineFleet` returned. Without a path: the default.
 * `settings` are given to its bot kinds;
 * `report` receives what its functions return amiss later.
 * @throws CONFIG_FLEET_FILE the file cannot be loaded, or what it defines cannot be used
 */
export async function loadFleetConfig(
  config: Config,
  settings: ConversationOptions,
  clock: Clock,
  report: ReportValue = () => {},
): Promise<FleetConfig> {
  const path = config.fleetConfig;
  if (path === null) return buildFleetConfig({}, settings);
  const refuse = (problem: string, cause?: unknown) => fleetFileError(path, problem, cause);
  /** Awaits what the file does, for a limited time. */
  const answer = async (what: string, work: () => Promise<unknown>): Promise<unknown> => {
    const outcome = await withTimeout(clock, FLEET_FILE_LIMIT_MS, work()).catch((cause) => {
      throw refuse(`${what}: ${loadProblem(cause)}`, cause);
    });
    if (outcome.kind === "value") return outcome.value;
    throw refuse(`${what}: did not end within ${FLEET_FILE_LIMIT_MS} ms; it must not wait for what may never come`);
  };
  offerImports(resolve(path));
  const definition = readDefinition(path, await answer("cannot be loaded", () => import(pathToFileURL(path).href)));
  const { botKinds } = definition;
  const kinds = botKinds && (await answer("botKinds()", async () => botKinds(settings)));
  if (botKinds && !Array.isArray(kinds)) throw refuse("botKinds(): must be a list of bot kinds");
  // Of any elements until they are checked, because the file may be JavaScript or use casts.
  const ready = { ...definition, ...(botKinds && { botKinds: () => kinds as BotKind[] }) };
  const fleet = buildFleetConfig(ready, settings, report);
  const problem = fleetProblem({ ...fleet, topics: { ...fleet.topics, ...definition.topics } });
  if (problem !== null) throw refuse(problem);
  try {
    checkFleetSchedules(fleet.jobs, config.scheduleTimeZone);
  } catch (thrown) {
    throw refuse(`jobs.schedules: ${toError(thrown).message}`, thrown);
  }
  return named(fleet, report);
}

const isPlainObject = (value: object) => [Object.prototype, null].includes(Object.getPrototypeOf(value));

function readDefinition(path: string, loaded: unknown): FleetDefinition {
  try {
    const definition =
      typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined;
    // A promise, or a module namespace, has no keys that the schema would refuse.
    if (typeof definition === "object" && definition !== null && !isPlainObject(definition)) {
      throw new Error("default export: must be the object that defineFleet returns; await a promise of it");
    }
    const { error } = definitionSchema.safeParse(definition);
    if (!error) return definition as FleetDefinition;
    throw new Error(error.issues.map((issue) => issueLine(issue, "default export")).join("; "));
  } catch (thrown) {
    // Also what a getter of the file throws.
    throw fleetFileError(path, toError(thrown).message, thrown);
  }
}

/** Returns why a file does not load: the place of a mistake in it, the import that is missing, or its own error. */
function loadProblem(cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const checked = placedSchema.safeParse(first);
  if (!checked.success) return toError(first).message;
  const { message, position } = checked.data;
  return position ? `${message} (line ${position.line}, column ${position.column} of ${position.file})` : message;
}

/** @source bun-types, BuildMessage and ResolveMessage */
const placedSchema = z.object({
  message: z.string(),
  position: z.object({ file: z.string(), line: z.number(), column: z.number() }).nullish(),
});

export function fleetFileError(path: string | null, problem: string, cause?: unknown): FleetError {
  return new FleetError("CONFIG_FLEET_FILE", `FLEET_CONFIG ${path}: ${problem}`, { details: { path, problem }, cause });
}
