/** Sentences on their way from the model to whoever types them. */
export class SentenceQueue {
  #sentences: string[] = [];
  #end: { readonly error: unknown } | "regular" | null = null;
  #wake = () => {};

  /** Gives a sentence out. Ignored after the end. */
  push(sentence: string): void {
    if (this.#end !== null) return;
    this.#sentences.push(sentence);
    this.#wake();
  }

  /** Ends it after what is in it. Ignored after the end. */
  end(): void {
    this.#end ??= "regular";
    this.#wake();
  }

  /** Ends it at once: what was not taken yet is dropped. */
  fail(error: unknown): void {
    if (this.#end !== null && this.#sentences.length === 0) return;
    this.#sentences = [];
    this.#end = { error };
    this.#wake();
  }

  /** Resolves with the next sentence, or null after the last one. For one caller at a time. */
  async next(): Promise<string | null> {
    for (;;) {
      const sentence = this.#sentences.shift();
      if (sentence !== undefined) return sentence;
      if (this.#end === "regular") return null;
      if (this.#end !== null) throw this.#end.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
