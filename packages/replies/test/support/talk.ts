import {
  type ConversationContext,
  type ConversationState,
  conversationBot,
  type TurnReport,
} from "@shoal/conversation-bot";
import { silentLog } from "@shoal/kernel";
import { type SimulatedClock, seededRng } from "@shoal/testkit";
import type { ReplySource } from "../../src/types.ts";
import { inTime } from "./source.ts";

export interface Line {
  readonly text: string;
  readonly atMs: number;
}

/** A conversation of the built-in bot kind with one person, whose replies come from `source`, by a simulated clock. */
export async function openTalk(source: ReplySource, clock: SimulatedClock) {
  const lines: Line[] = [];
  const turns: TurnReport[] = [];
  let overtaking = new AbortController();
  const bot = conversationBot({ replies: source, onTurn: (turn) => void turns.push(turn) });
  const ctx: ConversationContext = {
    ...{ botId: "bot-1", conversationId: "match-1", name: "Otto", settings: {} },
    partner: { id: "ann", name: "Ann" },
    state: undefined as unknown as ConversationState,
    clock,
    listenedMs: () => clock.monotonicMs(),
    rng: seededRng(5),
    log: silentLog,
    signal: new AbortController().signal,
    get overtaken() {
      return overtaking.signal;
    },
    say: async (text) => void lines.push({ text, atMs: clock.monotonicMs() }),
    typing: async () => {},
    leave: () => {},
  };
  ctx.state = await inTime(clock, bot.onMatched(ctx as ConversationContext<ConversationState | undefined>));
  let work: Promise<void> = Promise.resolve();
  return {
    lines,
    turns,
    /** Has a message answered after those before it, which it overtakes. Resolves once its call is over. */
    receive(text: string): Promise<void> {
      const receivedAtMs = clock.monotonicMs();
      overtaking.abort(new Error("the partner wrote again"));
      work = work.then(() => {
        overtaking = new AbortController();
        return bot.onMessage(ctx, { text, receivedAtMs });
      });
      return work;
    },
  };
}
