import { isNestedDeeper, parseExactJson, toStorableText } from "@shoal/kernel";
import type { z } from "zod";
import type { BotKind } from "../fleet/bot-kind.ts";
import { isCommandName, MAX_NESTING, payloadSchemas, problemOf, type ReadCommand } from "./payloads.ts";
import { COMMANDS, type Deployment, type JsonObject, type Outcome, type RejectionCode } from "./types.ts";

/** The kinds of bots that can be deployed, by name; the first one is the default. */
export type DeployableKinds = ReadonlyMap<string, Pick<BotKind, "names" | "checkSettings">>;

/** A command, as its row has it. */
export interface PendingCommand {
  readonly botId: string;
  readonly command: string;
  /** JSON text. */
  readonly payloadText: string;
  /** Null: the operator. */
  readonly issuedBy: string | null;
  /** Whether a person of the bot's id has waited for a partner lately. */
  readonly isPersonsId: boolean;
}

export interface Decision {
  readonly deployment: Deployment | null;
  readonly outcome: Outcome;
  /** Why it was rejected. */
  readonly error: { readonly code: RejectionCode; readonly message: string } | null;
}

export type Rejection = { readonly code: RejectionCode; readonly message: string };

/** The forms of ids that daemons have in the lobby: of the fleet's own bots, and of a daemon itself. */
const RESERVED_BOT_ID = /^(bot-[0-9a-f]{8}-\d+$|shoal-)/;

/**
 * Applies a command to a deployment. Pure, and never throws: a command that cannot be read or is not allowed is rejected and
 * changes nothing.
 *
 *                  START                     PAUSE                 STOP {remove}
 *   (none) ───────────────▶ running ◀──────────────────▶ paused     any ───────▶ stopped, removed
 *   stopped, removed ─────▶         RESUME, START, RESTART          any ───────▶ the same, with another config
 *                  START, RESTART                                       UPDATE_CONFIG
 */
export function applyCommand(deployment: Deployment | null, command: PendingCommand, kinds: DeployableKinds): Decision {
  const rejected = ({ code, message }: Rejection): Decision => {
    return { deployment, outcome: "rejected", error: { code, message: toStorableText(message) } };
  };
  try {
    const next = decide(deployment, command, kinds);
    return "code" in next ? rejected(next) : { deployment: next, outcome: "applied", error: null };
  } catch {
    // An error here must not hold up the commands behind this one.
    return rejected({ code: "CONTROL_PAYLOAD_INVALID", message: "the payload cannot be read" });
  }
}

function decide(
  deployment: Deployment | null,
  command: PendingCommand,
  kinds: DeployableKinds,
): Deployment | Rejection {
  const wanted = readCommand(command, deployment ? deployment.ownerId : command.issuedBy);
  if ("code" in wanted) return wanted;
  if (wanted.command === "START_BOT") return start(deployment, command, wanted.payload, kinds);
  if (!deployment) return { code: "CONTROL_BOT_UNKNOWN", message: "there is no such bot; deploy it by START_BOT" };
  return change(deployment, wanted, kinds);
}

/** Reads a command to what is `ownerId`'s, or says why it is none. */
export function readCommand(
  { command, issuedBy, payloadText }: Pick<PendingCommand, "command" | "issuedBy" | "payloadText">,
  ownerId: string | null,
): ReadCommand | Rejection {
  if (!isCommandName(command)) {
    return { code: "CONTROL_COMMAND_UNKNOWN", message: `unknown command; there are ${COMMANDS.join(", ")}` };
  }
  if (issuedBy !== null && issuedBy !== ownerId) return NOT_OWNER;
  if (isNestedDeeper(payloadText, MAX_NESTING)) return TOO_DEEP;
  const read = payloadSchemas[command].safeParse(parseExactJson(payloadText));
  if (!read.success) return { code: "CONTROL_PAYLOAD_INVALID", message: problemOf(read.error) };
  return { command, payload: read.data } as ReadCommand;
}

const NOT_OWNER: Rejection = { code: "CONTROL_NOT_OWNER", message: "the bot belongs to somebody else" };
export const OTHER_OWNER: Rejection = {
  code: "CONTROL_NOT_OWNER",
  message: "owner_id: is for operators, who name the owner of a bot once, at its first start",
};
const PERSONS_ID: Rejection = {
  code: "CONTROL_BOT_ID_TAKEN",
  message: "a person has this id, and would be taken for the bot; give the bot another one",
};
const TOO_DEEP: Rejection = {
  code: "CONTROL_PAYLOAD_INVALID",
  message: `payload: must be nested at most ${MAX_NESTING} levels deep`,
};
const WRONG_STATE: Rejection = { code: "CONTROL_WRONG_STATE", message: "the bot is stopped; start it" };

function change(
  deployment: Deployment,
  wanted: Exclude<ReadCommand, { command: "START_BOT" }>,
  kinds: DeployableKinds,
): Deployment | Rejection {
  switch (wanted.command) {
    case "STOP_BOT": {
      const isToBeRemoved = wanted.payload.remove || deployment.desired === "removed";
      return {
        ...deployment,
        desired: isToBeRemoved ? "removed" : "stopped",
        stopsGracefully: wanted.payload.graceful,
      };
    }
    case "RESTART_BOT":
      return anew({ ...deployment, desired: "running" });
    case "PAUSE_BOT":
      return isStopped(deployment) ? WRONG_STATE : { ...deployment, desired: "paused" };
    case "RESUME_BOT":
      return isStopped(deployment) ? WRONG_STATE : { ...deployment, desired: "running" };
    case "UPDATE_CONFIG": {
      const { config } = wanted.payload;
      const problem = settingsProblem(deployment.kind, config, kinds);
      if (problem) return problem;
      return isSame(config, deployment.config) ? deployment : anew({ ...deployment, config });
    }
  }
}

/** Leaves a bot alone that runs as asked; one that has crashed starts anew. */
function start(
  deployment: Deployment | null,
  { botId, issuedBy, isPersonsId }: PendingCommand,
  payload: z.infer<typeof payloadSchemas.START_BOT>,
  kinds: DeployableKinds,
): Deployment | Rejection {
  if (RESERVED_BOT_ID.test(botId)) {
    return {
      code: "CONTROL_BOT_ID_RESERVED",
      message: "ids of this form belong to the daemons and the fleet's own bots",
    };
  }
  const ownerId = deployment ? deployment.ownerId : (issuedBy ?? payload.owner_id ?? null);
  if (payload.owner_id !== undefined && payload.owner_id !== ownerId) return OTHER_OWNER;
  if (!deployment && (isPersonsId || botId.toLowerCase() === ownerId?.toLowerCase())) return PERSONS_ID;
  const kind = payload.kind ?? deployment?.kind ?? kinds.keys().next().value ?? "";
  const config = payload.config ?? deployment?.config ?? {};
  const problem = settingsProblem(kind, config, kinds);
  if (problem) return problem;
  const name = payload.name ?? deployment?.name ?? nameOf(botId, kind, kinds);
  const wanted = { kind, name, config, desired: "running", stopsGracefully: false } as const;
  if (!deployment) return { botId, ownerId, ...wanted, generation: 1, status: "starting" };
  const isDown = isStopped(deployment) || deployment.status === "crashed" || deployment.status === "quarantined";
  const isAsWanted = kind === deployment.kind && name === deployment.name && isSame(config, deployment.config);
  const started = { ...deployment, ...wanted };
  return isDown || !isAsWanted ? anew(started) : started;
}

/** The end of its column: one row that went beyond it would fail the write of all deployments. */
const LAST_GENERATION = 2 ** 31 - 1;

function anew(deployment: Deployment): Deployment {
  return { ...deployment, generation: Math.min(deployment.generation + 1, LAST_GENERATION) };
}

function isStopped({ desired }: Deployment): boolean {
  return desired === "stopped" || desired === "removed";
}

/** Compares by text: both come from jsonb, which puts the keys of an object in one order. */
function isSame(left: JsonObject, right: JsonObject): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Returns what is wrong with the settings of a bot of that kind; null: nothing is. */
export function settingsProblem(kind: string, config: JsonObject, kinds: DeployableKinds): Rejection | null {
  const rules = kinds.get(kind);
  if (!rules) {
    const known = [...kinds.keys()].join(", ");
    return { code: "CONTROL_KIND_UNKNOWN", message: `no bots of that kind can be deployed here; there are: ${known}` };
  }
  const problem = problemOfSettings(rules, config);
  return problem === null ? null : { code: "CONTROL_SETTINGS_INVALID", message: `config: ${problem}` };
}

function problemOfSettings(rules: Pick<BotKind, "checkSettings">, config: JsonObject): string | null {
  if (!rules.checkSettings) return Object.keys(config).length === 0 ? null : "this kind of bot takes no settings";
  try {
    return rules.checkSettings(config);
  } catch {
    return "the kind cannot make sense of it";
  }
}

/** Chooses one of the kind's names, always the same for one bot. */
function nameOf(botId: string, kind: string, kinds: DeployableKinds): string {
  const names = kinds.get(kind)?.names ?? [];
  let sum = 0;
  for (const char of botId) sum += char.codePointAt(0) ?? 0;
  return names[sum % names.length] ?? kind;
}
