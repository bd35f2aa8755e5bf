import { percentile } from "@shoal/kernel";
import { type ModelServer, startModelServer } from "@shoal/replies/stand-in";
import { PRICES, requestOf, runtime, sourceOver, take } from "./source.ts";

/** As a small hosted model does it: a third of a second to think, fifty tokens a second. */
const FIRST_TOKEN_MS = 300;
const TOKEN_MS = 20;
const ANSWER = "I would take the slow line along the coast. Which side would you sit on?";
/** `LLM_MAX_CONCURRENCY`, as it is by default. */
const AT_ONCE = 20;

export interface TalkFigures {
  readonly replies: number;
  readonly firstTokenMs: number;
  readonly tokenMs: number;
  readonly firstSentenceP50Ms: number;
  readonly firstSentenceP99Ms: number;
  /** The floor: a request by `fetch` whose stream is read until the first sentence is over. */
  readonly bareP50Ms: number;
  readonly bareP99Ms: number;
  readonly addedP50Ms: number;
  readonly dollarsPerMillionInput: number;
  readonly dollarsPerMillionOutput: number;
  readonly costPerReplyMicros: number;
  /** Reserved before each reply. */
  readonly worstPerReplyMicros: number;
}

/** Lets 20 people talk at once with a model that thinks. */
export async function measureTalk(replies: number): Promise<TalkFigures> {
  await using server = await startModelServer({
    answer: () => ANSWER,
    firstTokenMs: FIRST_TOKEN_MS,
    tokenMs: TOKEN_MS,
  });
  const { source, reservedMicros } = sourceOver(server, AT_ONCE);
  await warmUp();
  const oursMs = await timesOf(replies, async (nth) => {
    const { firstMs, code } = await take(source, requestOf(nth));
    if (firstMs === null) throw new Error(`a reply of the stand-in model failed with ${code}`);
    return firstMs;
  });
  const body = server.requests.at(-1)?.body ?? "";
  const bareMs = await timesOf(replies, () => bareFirstSentenceMs(server, body));
  await source.close();
  const { spentMicros, replyCount } = source.state();
  const rounded = (ms: number) => Math.round(ms * 10) / 10;
  const [ours, bare] = [percentile(oursMs, 0.5), percentile(bareMs, 0.5)];
  return {
    ...{ replies, firstTokenMs: FIRST_TOKEN_MS, tokenMs: TOKEN_MS },
    ...{ firstSentenceP50Ms: rounded(ours), firstSentenceP99Ms: rounded(percentile(oursMs, 0.99)) },
    ...{ bareP50Ms: rounded(bare), bareP99Ms: rounded(percentile(bareMs, 0.99)), addedP50Ms: rounded(ours - bare) },
    ...{ dollarsPerMillionInput: PRICES.input, dollarsPerMillionOutput: PRICES.output },
    costPerReplyMicros: Math.round(spentMicros / replyCount),
    worstPerReplyMicros: Math.round(reservedMicros.reduce((sum, micros) => sum + micros, 0) / reservedMicros.length),
  };
}

/** Loads the client, and lets the program be compiled that the measured replies run. */
async function warmUp(): Promise<void> {
  await using server = await startModelServer({ answer: () => ANSWER });
  const { source } = sourceOver(server, AT_ONCE);
  await timesOf(10 * AT_ONCE, async (nth) => (await take(source, requestOf(nth))).tookMs);
  await source.close();
}

/** Runs `count` of them, 20 at once. Returns their times, sorted. */
async function timesOf(count: number, one: (nth: number) => Promise<number>): Promise<number[]> {
  const timesMs: number[] = [];
  let next = 0;
  const goOn = async () => {
    while (next < count) {
      next += 1;
      timesMs.push(await one(next));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, goOn));
  return timesMs.toSorted((one, other) => one - other);
}

async function bareFirstSentenceMs(server: ModelServer, body: string): Promise<number> {
  const startMs = runtime.clock.monotonicMs();
  const response = await fetch(`${server.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.apiKey}`, "content-type": "application/json" },
    body,
  });
  const decoder = new TextDecoder();
  let [said, firstMs] = ["", 0];
  for await (const chunk of response.body ?? []) {
    for (const [, content = ""] of decoder.decode(chunk, { stream: true }).matchAll(/"content":"([^"]*)"/g))
      said += content;
    if (firstMs === 0 && /\. \w/.test(said)) firstMs = runtime.clock.monotonicMs() - startMs;
  }
  return firstMs;
}
