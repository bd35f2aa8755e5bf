import type { CommandSummary, Deployment } from "@shoal/bot-service/bodies";
import { instantOf } from "../../format.ts";

/** How far a command to a bot has come. `waiting` and `applied` are on the way; all others are final. */
export type Progress =
  /** Nobody has applied it yet. */
  | { readonly kind: "waiting" }
  /** The bot is to be otherwise now, and is not yet. */
  | { readonly kind: "applied"; readonly status: Deployment["status"]; readonly lastError: string | null }
  | { readonly kind: "rejected"; readonly code: string; readonly message: string }
  /** The bot is as it was asked. */
  | { readonly kind: "done"; readonly status: Deployment["status"] | "removed" }
  /** It crashed since. */
  | { readonly kind: "crashed"; readonly status: Deployment["status"]; readonly lastError: string | null }
  /** A later command wants something else of the bot. */
  | { readonly kind: "overtaken" };

export interface Followed {
  readonly commandId: string;
  readonly botId: string;
  readonly command: string;
  readonly progress: Progress;
}

export const isFinal = ({ progress }: Pick<Followed, "progress">) =>
  progress.kind !== "waiting" && progress.kind !== "applied";

/** What a command wants of the bot, and how it is when it is so. Settings change nothing of that. */
const WANTED: Readonly<Record<string, { readonly desired: readonly string[]; readonly status: readonly string[] }>> = {
  START_BOT: { desired: ["running"], status: ["running"] },
  RESTART_BOT: { desired: ["running"], status: ["running"] },
  RESUME_BOT: { desired: ["running"], status: ["running"] },
  PAUSE_BOT: { desired: ["paused"], status: ["paused"] },
  STOP_BOT: { desired: ["stopped", "removed"], status: ["stopped"] },
  UPDATE_CONFIG: {
    desired: ["running", "paused", "stopped", "removed"],
    status: ["running", "paused", "stopped"],
  },
};

/** Returns how far a command has come, by its row and, once it is applied, the row of its bot: null where that is gone, undefined where it was not read. */
export function progressOf(
  { command, progress }: Followed,
  row: CommandSummary | undefined,
  bot: Deployment | null | undefined,
): Progress {
  if (!row || row.outcome === null) return progress;
  if (row.outcome === "rejected") return rejection(row.error ?? "");
  if (bot === undefined) return progress.kind === "waiting" ? APPLIED : progress;
  if (bot === null) return command === "STOP_BOT" ? { kind: "done", status: "removed" } : { kind: "overtaken" };
  const wanted = WANTED[command];
  if (!wanted?.desired.includes(bot.desired)) return { kind: "overtaken" };
  const { status, last_error: lastError } = bot;
  if (wanted.status.includes(status)) return { kind: "done", status };
  const isSince = (instantOf(bot.status_at) ?? 0) > (instantOf(row.applied_at) ?? 0);
  const hasCrashed = status === "crashed" || status === "quarantined";
  return { kind: hasCrashed && isSince ? "crashed" : "applied", status, lastError };
}

const APPLIED: Progress = { kind: "applied", status: "starting", lastError: null };

/** `CODE: words for people`. */
function rejection(error: string): Progress {
  const [code = "", ...words] = error.split(": ");
  return { kind: "rejected", code, message: words.join(": ") };
}

/** What became of the commands to several bots, in words, and whether anything went wrong: "10 done, 1 waits". */
export function summaryOf(items: readonly Followed[]): { readonly text: string; readonly isBad: boolean } {
  const counts = new Map<string, number>();
  for (const { progress } of items) counts.set(progress.kind, (counts.get(progress.kind) ?? 0) + 1);
  const words = {
    done: "done",
    applied: "under way",
    waiting: "waiting",
    overtaken: "overtaken",
    crashed: "crashed",
    rejected: "rejected",
  };
  const parts = Object.entries(words).flatMap(([kind, word]) => {
    const count = counts.get(kind) ?? 0;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return { text: parts.join(", "), isBad: counts.has("rejected") || counts.has("crashed") };
}
