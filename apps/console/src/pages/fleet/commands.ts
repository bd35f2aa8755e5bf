import { plural } from "../../format.ts";
import type { Confirmation } from "../../parts/dialog.tsx";

/** What can be asked of one deployed bot or of several. */
export interface BotCommand {
  readonly id: string;
  readonly title: string;
  readonly command: "START_BOT" | "STOP_BOT" | "RESTART_BOT" | "PAUSE_BOT" | "RESUME_BOT";
  readonly payload: Readonly<Record<string, boolean>>;
  /** What will happen. */
  readonly effect: string;
  /** Cannot be undone: it is confirmed for one bot, too. */
  readonly isDangerous: boolean;
}

const command = (
  id: string,
  title: string,
  name: BotCommand["command"],
  effect: string,
  { payload = {}, isDangerous = false }: Partial<Pick<BotCommand, "payload" | "isDangerous">> = {},
): BotCommand => ({ id, title, command: name, payload, effect, isDangerous });

/** THE LIST OF COMMANDS to deployed bots; settings are changed one bot at a time. */
export const BOT_COMMANDS: readonly BotCommand[] = [
  command(
    "start",
    "Start",
    "START_BOT",
    "A bot that runs as it should is left alone; one that is stopped or has crashed starts.",
  ),
  command(
    "stop-after",
    "Stop after conversation",
    "STOP_BOT",
    "A conversation under way ends by itself; then the bot stops.",
    {
      payload: { graceful: true },
    },
  ),
  command("stop", "Stop now", "STOP_BOT", "A conversation under way ends now, with a goodbye.", { isDangerous: true }),
  command("restart", "Restart", "RESTART_BOT", "The bot starts anew once its conversation is over."),
  command("pause", "Pause", "PAUSE_BOT", "The bot takes no new conversation; the present one goes on."),
  command("resume", "Resume", "RESUME_BOT", "A paused bot takes conversations again."),
  command("remove", "Remove", "STOP_BOT", "The bot stops now, and its deployment with its settings is deleted.", {
    payload: { remove: true },
    isDangerous: true,
  }),
];

/** What is asked before a command goes out; null: nothing, because it is for one bot and can be undone. */
export function questionOf({ title, effect, isDangerous }: BotCommand, count: number): Confirmation | null {
  if (count === 1 && !isDangerous) return null;
  const action = `${title}: ${plural(count, "bot")}`;
  const cannot = isDangerous ? " This cannot be undone." : "";
  return { title: `${action}?`, body: effect + cannot, action, isDangerous };
}
