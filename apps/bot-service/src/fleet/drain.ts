import { type Runtime, SECOND_MS } from "@shoal/kernel";
import type { Members } from "../replicas/members.ts";
import type { Bot } from "./bot.ts";
import type { HandOvers } from "./hand-over/hand-overs.ts";

/** What becomes of conversations that no other replica can take: they end at once with a goodbye, or by themselves as far as there is time. */
export type DrainMode = "goodbye" | "finish";

export interface DrainOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly mode: DrainMode;
  readonly members: Pick<Members, "events">;
  readonly handOvers: Pick<HandOvers, "canGive" | "give">;
}

/** Time kept for goodbyes, in ms; at most half of the time there is. */
const GOODBYE_MS = 2 * SECOND_MS;

/** Returns how each bot is to end within `limitMs`: its conversation goes to another replica, or ends as the mode says. */
export function concludeWithin(limitMs: number, options: DrainOptions): (bot: Bot) => Promise<void> {
  const { runtime, mode, handOvers } = options;
  const untilMs = runtime.clock.monotonicMs() + Math.max(limitMs - GOODBYE_MS, limitMs / 2);
  return async (bot) => {
    while (runtime.clock.monotonicMs() < untilMs) {
      const { kind } = bot.state;
      const isMeeting = kind === "joining" || kind === "waiting";
      const isTalking = kind === "talking";
      // A match that is not confirmed yet is given once it is; whose the others are is decided in a moment.
      const isToMove = (isMeeting || isTalking) && handOvers.canGive(bot);
      const isToWait = kind === "taking" || kind === "handing" || (mode === "finish" && (isMeeting || isTalking));
      if (!isToMove && !isToWait) break;
      if (isToMove && isTalking) {
        const given = await handOvers.give(bot, untilMs);
        if (given === "gone") return;
        if (given === "stuck" || mode === "goodbye") break;
      }
      await news(bot, untilMs, options);
    }
    bot.send({ kind: "drain" });
  };
}

/** Waits until the bot is in another state, or another replica may take its conversation; at most until `untilMs`. */
async function news(bot: Bot, untilMs: number, { runtime, members }: DrainOptions): Promise<void> {
  const { clock } = runtime;
  const came = Promise.withResolvers<void>();
  const offs = [
    bot.events.on("bot:changed", () => came.resolve()),
    members.events.on("members:changed", ({ joined }) => void (joined.length > 0 && came.resolve())),
  ];
  const timer = clock.after(Math.max(0, untilMs - clock.monotonicMs()), came.resolve);
  await came.promise;
  timer.cancel();
  for (const off of offs) off();
}
