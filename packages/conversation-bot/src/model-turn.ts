import { abortable, errorFields, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { ConversationContext } from "./context.ts";
import type { Settings } from "./options.ts";
import type { ReplyRequest, ReplySource } from "./reply-source.ts";
import { typed } from "./typed.ts";

/**
 * What came of asking a model. `lines`: what was said; then there is nothing more to say, however the answer ended. Without any, `code` says why; null: a
 * newer message, or the end of the conversation, came first, and nothing is owed.
 */
export interface Answer {
  readonly lines: readonly string[];
  readonly saidAtMs: number | null;
  readonly code: string | null;
}

/** When its first sentence counts as begun to be typed, and must be there, by the clock; and how many there may be. */
export interface AnswerLimits {
  readonly startMs: number;
  readonly untilMs: number;
  readonly most: number;
}

/** Bounds the wait for a sentence after the first, for a source that keeps no limits of its own. */
const SENTENCE_LIMIT_MS = 8 * SECOND_MS;

/**
 * Asks `source` and says its sentences one by one, at most `most` of them. The first must be there by `untilMs`. A newer message ends it before the first
 * sentence or after the one that is being typed. Rejects only with what `ctx.say` throws.
 */
export async function sayAnswer(
  ctx: ConversationContext,
  settings: Settings,
  source: ReplySource,
  request: ReplyRequest,
  { startMs, untilMs, most }: AnswerLimits,
): Promise<Answer> {
  const done = new AbortController();
  const signal = AbortSignal.any([ctx.signal, ctx.overtaken, done.signal]);
  const lines: string[] = [];
  let code: string | null = null;
  const next = sentencesOf(source, request, signal);
  const saidAtMs = await typed(ctx, settings, startMs, async (say) => {
    while (lines.length < most) {
      const limitMs = lines.length > 0 ? SENTENCE_LIMIT_MS : Math.max(0, untilMs - ctx.clock.monotonicMs());
      const sentence = await next(ctx, limitMs);
      code = sentence.code;
      if (sentence.line === null) return;
      await say(sentence.line);
      lines.push(sentence.line);
    }
  }).finally(() => done.abort(new Error("the reply is over")));
  return { lines, saidAtMs, code: lines.length > 0 ? null : code };
}

type Sentence = { readonly line: string; readonly code: null } | { readonly line: null; readonly code: string | null };

/** Reads a source sentence by sentence. Whatever it does, the answer is a sentence or a code. */
function sentencesOf(source: ReplySource, request: ReplyRequest, signal: AbortSignal) {
  let sentences: AsyncIterator<string> | undefined;
  return async (ctx: ConversationContext, limitMs: number): Promise<Sentence> => {
    const read = async () => {
      sentences ??= source.reply(request, signal)[Symbol.asyncIterator]();
      return sentences.next();
    };
    try {
      signal.throwIfAborted();
      const outcome = await withTimeout(ctx.clock, limitMs, abortable(read(), signal));
      if (outcome.kind === "timeout") return { line: null, code: "REPLY_TIMEOUT" };
      if (outcome.value.done) return { line: null, code: "REPLY_EMPTY" };
      const line: unknown = outcome.value.value;
      return typeof line === "string" && line !== "" ? { line, code: null } : { line: null, code: "REPLY_MALFORMED" };
    } catch (thrown) {
      return { line: null, code: signal.aborted ? null : errorFields(thrown).error_code };
    }
  };
}
