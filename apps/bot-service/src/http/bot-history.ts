import { z } from "zod";
import type { BotHistories } from "../fleet/bot-histories.ts";
import { storableText } from "../storable-text.ts";
import { botHistory } from "./bot-bodies.ts";
import { type Route, route } from "./route.ts";

/** `/api/bots/:id/history`: the last changes of a bot, as far as the daemon that is asked has run it. */
export function botHistoryRoute(histories: Pick<BotHistories, "of">): Route {
  return route({
    method: "get",
    path: "/api/bots/:id/history",
    summary: "The last states of a bot of this daemon, oldest first; none where it knows nothing of one",
    access: "token",
    id: { of: "bot", schema: storableText(z.string().min(1).max(128)) },
    answers: { 200: botHistory },
    answer(context, { id }) {
      const changes = histories.of(id).map(({ at, state, matchId, errorCode }) => {
        return { at, state, match_id: matchId, error_code: errorCode };
      });
      return context.json({ changes });
    },
  });
}
