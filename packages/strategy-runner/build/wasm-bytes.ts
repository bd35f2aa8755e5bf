/** Reads and writes the binary format of WebAssembly, as far as the metering pass needs it. @source https://webassembly.github.io/spec/core/binary/ */

/** A position in bytes that only moves forward. Reading past the end throws: a module is read whole or not at all. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) throw new Error(`the module ends in the middle of something, at byte ${this.at}`);
    this.at += 1;
    return value;
  }

  /** Reads an unsigned LEB128 number of up to 32 bits. */
  unsigned(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const next = this.byte();
      value += (next & 0x7f) * weight;
      if (next < 0x80) return value;
    }
  }

  /** Skips a LEB128 number of any width and sign. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  skip(byteCount: number): void {
    if (this.at + byteCount > this.end)
      throw new Error(`the module ends in the middle of something, at byte ${this.at}`);
    this.at += byteCount;
  }

  /** Returns the next bytes as a reader of their own, and moves behind them. */
  part(byteCount: number): ByteReader {
    const start = this.at;
    this.skip(byteCount);
    return new ByteReader(this.bytes, start, this.at);
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }
}

/** Collects bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  write(...parts: readonly (number | ArrayLike<number>)[]): this {
    for (const part of parts) {
      const count = typeof part === "number" ? 1 : part.length;
      this.#reserve(count);
      if (typeof part === "number") this.#bytes[this.#length] = part;
      else this.#bytes.set(part, this.#length);
      this.#length += count;
    }
    return this;
  }

  /** Writes the bytes with their count in front, as sections and function bodies have it. */
  writeSized(bytes: ArrayLike<number>): this {
    return this.write(unsigned(bytes.length), bytes);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(byteCount: number): void {
    if (this.#length + byteCount <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + byteCount));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}

/** Encodes a number of up to 32 bits as unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
