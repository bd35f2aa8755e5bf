import type { Runtime } from "@shoal/kernel";
import { createWakeListener, type Database, type WakeListener } from "@shoal/store";

/** On which daemons tell each other that there is a new answer: when it was made, in ms since 1970, a space, and its key. */
const CHANNEL = "shoal_analytics";

interface Options {
  readonly database: Pick<Database, "listen">;
  readonly runtime: Pick<Runtime, "clock" | "rng" | "log">;
  readonly onAnswer: (key: string, madeMs: number) => void;
}

/** Hears of answers that other daemons have made, from when it can. Where it cannot, they are found a little later, by looking. */
export function hearOfAnswers({ database, runtime, onAnswer }: Options): Pick<WakeListener, "close"> {
  const log = runtime.log.child({ part: "analytics" });
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL },
    onWake(payload = "") {
      const [, madeMs, key] = /^(\d+(?:\.\d+)?) (.+)$/s.exec(payload) ?? [];
      if (key !== undefined) onAnswer(key, Number(madeMs));
    },
    onUnsupported: () =>
      log.debug(
        {},
        "answers of other daemons are not heard of, because this connection cannot LISTEN: they are found by looking, a second later",
      ),
  });
  listener.start();
  return listener;
}
