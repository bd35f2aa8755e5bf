import { factsOf } from "@shoal/conversation";
import { withTimeout } from "@shoal/kernel";
import type { ConversationContext, ConversationState } from "./context.ts";
import type { Settings } from "./options.ts";

/** Bounds what a greeting or a leave waits for memories, in ms: both do without. */
const LIMIT_MS = 500;

/** Returns what the partner told this persona in earlier conversations; nothing where that takes too long. Never rejects. */
export async function recall<State>(
  { clock, partner, log, botId }: ConversationContext<State>,
  { memories }: Settings,
  botKey: string,
): Promise<readonly string[]> {
  if (memories === null) return [];
  const work = async () => memories.load(partner.id, botKey);
  const outcome = await withTimeout(clock, LIMIT_MS, work()).catch(() => null);
  if (outcome?.kind === "value") return outcome.value;
  log.debug({ bot_id: botId }, "a bot greets without its memories, which could not be read in time");
  return [];
}

/** Keeps what the partner told, for the next conversation; nothing of a minor. Never rejects. */
export async function remember<State>(
  { clock, partner, log, botId }: ConversationContext<State>,
  { memories }: Settings,
  state: ConversationState,
): Promise<void> {
  const { persona, memory, safety } = state;
  const told = [...(memory.name === null ? [] : [`you are called ${memory.name}`]), ...factsOf(memory)];
  if (memories === null || safety.isMinor || told.length === 0) return;
  const work = async () => memories.save(partner.id, persona.id, told);
  const outcome = await withTimeout(clock, LIMIT_MS, work()).catch(() => null);
  if (outcome?.kind !== "value")
    log.debug({ bot_id: botId }, "a bot's memories of a conversation were not kept in time");
}
