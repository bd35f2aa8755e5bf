/** A row, and whether it goes on in the next one because it was full. */
interface Row {
  text: string;
  isWrapped: boolean;
}

/**
 * Emulates a terminal for the output of a screen: text, line ends, `\\r`, cursor up, erase line, erase below. A new width
 * wraps its rows again, as most terminals do.
 */
export class TestTerminal {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly #listeners = new Set<() => void>();
  #buffer: Row[] = [{ text: "", isWrapped: false }];
  #row = 0;
  #column = 0;
  /** First visible row; those above have scrolled away. */
  #top = 0;
  /** Whether any row has ever scrolled away. */
  hasScrolled = false;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  get visible(): string[] {
    return this.#buffer.slice(this.#top, this.#top + this.rows).map(({ text }) => text.trimEnd());
  }

  get cursorRow(): number {
    return this.#row - this.#top;
  }

  on(_event: "resize", listener: () => void): void {
    this.#listeners.add(listener);
  }

  off(_event: "resize", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** The cursor is at the start of the last row, as a screen leaves it. */
  resize(columns: number, rows: number): void {
    if (columns === this.columns && rows === this.rows) return;
    const texts: string[] = [];
    let isContinued = false;
    for (const { text, isWrapped } of this.#buffer.slice(0, this.#row)) {
      texts.push(isContinued ? `${texts.pop()}${text}` : text);
      isContinued = isWrapped;
    }
    this.columns = columns;
    this.rows = rows;
    this.#buffer = [{ text: "", isWrapped: false }];
    this.#row = 0;
    this.#column = 0;
    this.#top = 0;
    for (const text of texts) this.write(`${text}\n`);
    for (const listener of this.#listeners) listener();
  }

  write(output: string): void {
    const [text = "", ...sequences] = output.split("\x1b[");
    this.#writeText(text);
    for (const part of sequences) {
      const [sequence = "", count, command] = /^(\d*)([A-Z])/.exec(part) ?? [];
      if (command === "A") this.#row = Math.max(this.#top, this.#row - Number(count));
      else if (command === "K") this.#buffer[this.#row] = { text: "", isWrapped: false };
      else if (command === "J") this.#eraseBelow();
      else throw new Error(`the test terminal does not know ${JSON.stringify(part)}`);
      this.#writeText(part.slice(sequence.length));
    }
  }

  #writeText(text: string): void {
    for (const char of text) {
      if (char === "\r") this.#column = 0;
      else if (char === "\n") this.#newRow();
      else this.#put(char);
    }
  }

  #eraseBelow(): void {
    this.#buffer.length = this.#row;
    this.#buffer.push({ text: "", isWrapped: false });
  }

  #newRow(): void {
    this.#row += 1;
    this.#column = 0;
    this.#buffer[this.#row] ??= { text: "", isWrapped: false };
    if (this.#row - this.#top < this.rows) return;
    this.#top = this.#row - this.rows + 1;
    this.hasScrolled = true;
  }

  #put(char: string): void {
    const width = Bun.stringWidth(char);
    if (this.#column + width > this.columns) {
      const full = this.#buffer[this.#row];
      if (full) full.isWrapped = true;
      this.#newRow();
    }
    const row = this.#buffer[this.#row];
    if (!row) return;
    row.text = `${Bun.sliceAnsi(row.text, 0, this.#column)}${char}`;
    this.#column += width;
  }
}
