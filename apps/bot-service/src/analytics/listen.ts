import { errorFields, isFleetError, proportionalJitter, type Runtime, retry, SECOND_MS } from "@shoal/kernel";
import type { Database, Listener } from "@shoal/store";

/** On which daemons tell each other that there is a new answer: when it was made, in ms since 1970, a space, and its key. */
const CHANNEL = "shoal_analytics";
const RETRY = proportionalJitter(SECOND_MS, 30 * SECOND_MS);

interface Options {
  readonly database: Pick<Database, "listen">;
  readonly runtime: Pick<Runtime, "clock" | "rng" | "log">;
  readonly signal: AbortSignal;
  readonly onAnswer: (key: string, madeMs: number) => void;
}

/**
 * Hears of answers that other daemons have made, from when it can. Where it cannot, they are found a little later, by looking. Resolves once
 * it listens or never will; the result ends it.
 */
export async function hearOfAnswers({ database, runtime, signal, onAnswer }: Options): Promise<Listener> {
  const listen = async () => {
    const listener = await database.listen(CHANNEL, heard, () => {});
    if (signal.aborted) await listener.close();
    return listener;
  };
  const heard = (payload: string) => {
    const [, madeMs, key] = /^(\d+(?:\.\d+)?) (.+)$/s.exec(payload) ?? [];
    if (key !== undefined) onAnswer(key, Number(madeMs));
  };
  const log = runtime.log.child({ part: "analytics" });
  try {
    return await retry(listen, {
      ...{ runtime, signal, backoff: RETRY },
      when: (thrown) => !isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED"),
      onFailure: ({ error, retryInMs }) =>
        log.debug({ ...errorFields(error), retry_in_ms: retryInMs }, "answers of other daemons are not heard of yet"),
    });
  } catch (thrown) {
    log.debug(
      errorFields(thrown),
      "answers of other daemons are not heard of: they are found by looking, a second later",
    );
    return { close: async () => {} };
  }
}
