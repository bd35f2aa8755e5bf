import { effect, signal } from "@preact/signals";
import type { CommandList, CommandSummary, Deployment, DeploymentPage } from "@shoal/bot-service/bodies";
import { SECOND_MS, type Timer } from "@shoal/kernel";
import { clock, isVisible } from "../../adapters/browser.ts";
import { type ApiError, api, asApiError } from "../../api.ts";
import { plural } from "../../format.ts";
import { toast } from "../../parts/toasts.tsx";
import { type Followed, isFinal, progressOf, summaryOf } from "./follow-state.ts";

/** A command that was given to one bot or to several at once. */
export interface Batch {
  readonly number: number;
  readonly title: string;
  readonly givenAtMs: number;
  readonly items: readonly Followed[];
}

/** As many as a reader may look back at; older ones are in the history of each bot. */
const BATCHES_KEPT = 10;
/** Commands and bots that one request asks for. */
const ASKED_AT_ONCE = 100;
/** Most commands take effect within some ms; what takes longer, such as a graceful stop, is asked for less often. */
const SOON_MS = 0.3 * SECOND_MS;
const LATER_MS = 2 * SECOND_MS;
const SOON_WITHIN_MS = 5 * SECOND_MS;

/** Commands given in this tab, the latest first. */
export const batches = signal<readonly Batch[]>([]);
/** Why their outcomes cannot be read now; they are tried again. */
export const followError = signal<ApiError | null>(null);

let lastNumber = 0;

/** Follows commands until the outcome of each is final, and says so then. */
export function follow(title: string, items: readonly Pick<Followed, "commandId" | "botId" | "command">[]): void {
  lastNumber += 1;
  const waiting = items.map((item) => ({ ...item, progress: { kind: "waiting" } as const }));
  const batch = { number: lastNumber, title, givenAtMs: clock.now(), items: waiting };
  batches.value = [batch, ...batches.value].slice(0, BATCHES_KEPT);
}

/** Forgets the commands whose outcome is final. */
export function clearFinished(): void {
  batches.value = batches.value.filter(({ items }) => !items.every(isFinal));
}

const isOpen = ({ items }: Batch) => !items.every(isFinal);

/** Sends one command to bots, as many in one request as the daemon takes, and follows it. Returns how many there are. @throws ApiError */
export async function command(
  title: string,
  botIds: readonly string[],
  name: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<number> {
  const given: Pick<Followed, "commandId" | "botId" | "command">[] = [];
  try {
    for (const part of chunks(botIds, 1000)) {
      const body = { bot_ids: part, command: name, payload };
      const { command_ids: ids } = await api.post<{ command_ids: string[] }>("/api/bot/commands/batch", body);
      given.push(...ids.map((commandId, index) => ({ commandId, botId: part[index] ?? "", command: name })));
    }
  } finally {
    // Where a later part is refused, the earlier ones have gone out.
    if (given.length > 0) follow(title, given);
  }
  return given.length;
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));

/** Reads again what is open, once. */
async function round(): Promise<void> {
  const open = batches.peek().flatMap(({ items }) => items.filter((item) => !isFinal(item)));
  const rows = new Map<string, CommandSummary>();
  const bots = new Map<string, Deployment | null>();
  for (const part of chunks(open, ASKED_AT_ONCE)) {
    const ids = part.map(({ commandId }) => commandId).join(",");
    const { commands } = await api.get<CommandList>("/api/bot/commands", { ids });
    for (const row of commands) rows.set(row.id, row);
  }
  const applied = open.filter(({ commandId }) => rows.get(commandId)?.outcome === "applied");
  for (const part of chunks([...new Set(applied.map(({ botId }) => botId))], ASKED_AT_ONCE)) {
    const query = { ids: JSON.stringify(part), limit: ASKED_AT_ONCE, only: "bots" };
    const { deployments } = await api.get<DeploymentPage>("/api/bot/deployments", query);
    for (const botId of part) bots.set(botId, null);
    for (const bot of deployments) bots.set(bot.bot_id, bot);
  }
  const known = { rows, bots };
  const before = batches.peek();
  const after = before.map((batch) => (isOpen(batch) ? advanced(batch, known) : batch));
  // Whoever shows them reads their lists again when something has changed, and only then.
  if (after.some((batch, index) => batch !== before[index])) batches.value = after;
}

interface Known {
  readonly rows: ReadonlyMap<string, CommandSummary>;
  /** Null: the bot is gone. */
  readonly bots: ReadonlyMap<string, Deployment | null>;
}

function advanced(batch: Batch, { rows, bots }: Known): Batch {
  let isSame = true;
  const items = batch.items.map((item) => {
    if (isFinal(item)) return item;
    const progress = progressOf(item, rows.get(item.commandId), bots.get(item.botId));
    if (JSON.stringify(progress) === JSON.stringify(item.progress)) return item;
    isSame = false;
    return { ...item, progress };
  });
  if (isSame) return batch;
  if (items.every(isFinal)) announce({ ...batch, items });
  return { ...batch, items };
}

function announce({ title, items }: Batch): void {
  const { text, isBad } = summaryOf(items);
  const of = items.length === 1 ? (items[0]?.botId ?? "") : plural(items.length, "bot");
  toast({ tone: isBad ? "bad" : "good", text: `${title}, ${of}: ${text}.` });
}

let timer: Timer | undefined;
let isAsking = false;

function next(): void {
  if (timer || isAsking || !isVisible.peek()) return;
  const open = batches.peek().filter(isOpen);
  if (open.length === 0) return;
  const isSoon = open.some(({ givenAtMs }) => clock.now() - givenAtMs < SOON_WITHIN_MS);
  timer = clock.after(isSoon ? SOON_MS : LATER_MS, async () => {
    timer = undefined;
    isAsking = true;
    try {
      await round();
      followError.value = null;
    } catch (thrown) {
      followError.value = asApiError(thrown);
    } finally {
      isAsking = false;
    }
    next();
  });
}

effect(() => {
  if (isVisible.value && batches.value.some(isOpen)) next();
});
