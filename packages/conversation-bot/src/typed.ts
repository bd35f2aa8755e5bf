import { sleep } from "@shoal/kernel";
import type { ConversationContext } from "./context.ts";
import type { Settings } from "./options.ts";
import { typingDelayMs } from "./typing.ts";

/** Types a line and says it in due time. */
export type Say = (line: string) => Promise<void>;

/**
 * Shows the typing indicator while `work` says the lines of one turn. Each is due once it and those before it could have been typed since
 * `startMs`, so that neither a slow model nor a slow broadcast makes it later. Ends early, without an error, when the conversation ends. Returns
 * when the first line was said; null: none was.
 */
export async function typed<State>(
  ctx: ConversationContext<State>,
  settings: Settings,
  startMs: number,
  work: (say: Say) => Promise<void>,
): Promise<number | null> {
  const { clock } = ctx;
  let dueMs = startMs;
  let firstSaidAtMs: number | null = null;
  showTyping(ctx, true);
  try {
    await work(async (line) => {
      dueMs = Math.max(dueMs + typingDelayMs(line, settings.typing, ctx.rng), clock.monotonicMs());
      await sleep(clock, Math.max(0, dueMs - clock.monotonicMs()), ctx.signal);
      await ctx.say(line);
      firstSaidAtMs ??= clock.monotonicMs();
      settings.onReply({ plannedMs: dueMs - startMs, actualMs: clock.monotonicMs() - startMs });
    });
  } catch (thrown) {
    if (!ctx.signal.aborted) throw thrown;
  } finally {
    showTyping(ctx, false);
  }
  return firstSaidAtMs;
}

// Not awaited: the indicator is decoration, and a slow or failed one must not hold up what it announces.
function showTyping<State>(ctx: ConversationContext<State>, isTyping: boolean): void {
  ctx.typing(isTyping).catch(() => ctx.log.debug({ bot_id: ctx.botId }, "a typing indicator was not shown"));
}
