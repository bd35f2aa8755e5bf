import { GuestThrow } from "../engine/guest-failure.ts";
import type { SeenCall } from "./wire.ts";

/** Calls that are listed, the newest: more belong to a loop, and all of them are a part of one message. */
export const MOST_CALLS = 500;
/** Of names, arguments and answers together: a third of what a message may have, whatever the texts are made of. */
const MOST_CHARACTERS = 100_000;

/** The calls of `ctx` in a run, with what each was answered. Host side alone: the run is the same to the byte, listed or not. */
export class CallList {
  readonly #calls: SeenCall[] = [];
  /** Those that wait, by the number under which they were asked, and where they are among all calls. */
  readonly #waiting = new Map<number, number>();
  #characterCount = 0;

  get calls(): readonly SeenCall[] {
    return this.#calls;
  }

  /** Adds a call that has no answer yet; one that never gets one has ended the run. */
  begin(call: Pick<SeenCall, "number" | "name" | "arguments" | "fuel">): void {
    this.#calls.push({ ...call, outcome: "ended", answer: "" });
    this.#characterCount += call.name.length + call.arguments.reduce((sum, text) => sum + text.length, 0);
    this.#forget();
  }

  answered(number: number, answer: string): void {
    this.#end(number, { outcome: "answered", answer });
  }

  refused(number: number, thrown: unknown): void {
    // Whatever else is thrown ends the run.
    if (!(thrown instanceof GuestThrow)) return;
    this.#end(number, { outcome: "refused", answer: `${thrown.code ?? "Error"}: ${thrown.message}` });
  }

  /** Notes that a call waits for the world under `asked`. */
  waits(number: number, asked: number): void {
    this.#waiting.set(asked, number);
    this.#end(number, { outcome: "waits", answer: "" });
  }

  /** Notes the answer from the world to what was asked under a number. */
  settled(asked: number, end: Pick<SeenCall, "outcome" | "answer">): void {
    this.#end(this.#waiting.get(asked) ?? 0, end);
    this.#waiting.delete(asked);
  }

  #end(number: number, end: Pick<SeenCall, "outcome" | "answer">): void {
    const at = number - (this.#calls[0]?.number ?? 0);
    const call = this.#calls[at];
    // Long ago, and not listed any more.
    if (call === undefined) return;
    this.#calls[at] = { ...call, ...end };
    this.#characterCount += end.answer.length;
    this.#forget();
  }

  #forget(): void {
    while (this.#calls.length > MOST_CALLS || (this.#characterCount > MOST_CHARACTERS && this.#calls.length > 1)) {
      const gone = this.#calls.shift();
      if (gone === undefined) return;
      const texts = [gone.name, gone.answer, ...gone.arguments];
      this.#characterCount -= texts.reduce((sum, text) => sum + text.length, 0);
    }
  }
}
