/**
 * How parent and child talk: frames over a socket. A frame is
 *
 * ```
 * u32 bytes that follow | u32 bytes of JSON | u32 number of a source | u32 number of candles | JSON | zeros up to a multiple of 8 | the numbers of all columns
 * ```
 *
 * The JSON has the message and the lengths of its columns. The columns are left out where the number of candles says that the child has them. The two numbers
 * stand outside of the JSON, because each child has others, and they are known when one is free. Candles go as doubles, a twentieth of the cost of JSON. What a
 * child sends is parsed by `JSON.parse` and nothing else, and a frame longer than allowed is refused by its first four bytes: a child
 * that was taken over gets no richer parser to attack.
 */
export interface Frame extends PartNumbers {
  readonly message: unknown;
  /** Empty where candles are named. */
  readonly columns: readonly Float64Array[];
}

/** What goes with a message and was sent before; 0 for none. */
export interface PartNumbers {
  readonly source: number;
  readonly candles: number;
}

export const LENGTH_BYTES = 4;
const SOURCE_AT = 2 * LENGTH_BYTES;
const CANDLES_AT = 3 * LENGTH_BYTES;
const HEADER_BYTES = 4 * LENGTH_BYTES;
const ALIGNMENT = 8;
const NO_PARTS: PartNumbers = { source: 0, candles: 0 };

/** A frame on its way: its JSON, and columns that nobody changes any more. */
export interface FrameDraft {
  readonly json: string;
  readonly columns: readonly Float64Array[];
}

export function draftFrame(message: unknown, columns: readonly Float64Array[] = []): FrameDraft {
  return { json: JSON.stringify({ message, columns: columns.map((column) => column.length) }), columns };
}

export function encodeFrame(message: unknown, columns: readonly Float64Array[] = []): Uint8Array {
  return new FrameWriter(0).write(draftFrame(message, columns));
}

/** Writes frames at one place, each over the last: new memory for the candles of each run would cost more than to fill it. */
export class FrameWriter {
  #room: Buffer;

  constructor(roomBytes: number) {
    this.#room = Buffer.from(new ArrayBuffer(roomBytes));
  }

  /** Returns a frame, good until the next one is written. Its columns are left out where candles stand for them. */
  write({ json, columns: given }: FrameDraft, { source, candles } = NO_PARTS): Uint8Array {
    const columns = candles === 0 ? given : [];
    const jsonBytes = Buffer.byteLength(json);
    const columnsAt = aligned(HEADER_BYTES + jsonBytes);
    const byteCount = columnsAt + columns.reduce((sum, column) => sum + column.byteLength, 0);
    if (byteCount > this.#room.length) this.#room = Buffer.from(new ArrayBuffer(byteCount));
    const room = this.#room;
    room.writeUInt32LE(byteCount - LENGTH_BYTES, 0);
    room.writeUInt32LE(jsonBytes, LENGTH_BYTES);
    room.writeUInt32LE(source, SOURCE_AT);
    room.writeUInt32LE(candles, CANDLES_AT);
    room.write(json, HEADER_BYTES);
    // Nothing of the frame before, which may be of another owner.
    room.fill(0, HEADER_BYTES + jsonBytes, columnsAt);
    let at = columnsAt;
    for (const column of columns) {
      new Float64Array(room.buffer, at, column.length).set(column);
      at += column.byteLength;
    }
    return room.subarray(0, byteCount);
  }
}

/**
 * Reads a frame behind its first length. Its columns share the memory of `body` where they are aligned in it. Throws for one that is not whole
 * or no JSON.
 */
export function decodeFrame(body: Uint8Array): Frame {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const jsonBytes = view.getUint32(0, true);
  const source = view.getUint32(SOURCE_AT - LENGTH_BYTES, true);
  const candles = view.getUint32(CANDLES_AT - LENGTH_BYTES, true);
  const jsonAt = HEADER_BYTES - LENGTH_BYTES;
  const head: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset + jsonAt, jsonBytes).toString());
  if (!isHead(head)) throw new Error("a frame has no message");
  if (candles !== 0) return { message: head.message, columns: [], source, candles };
  let at = aligned(HEADER_BYTES + jsonBytes) - LENGTH_BYTES;
  const columns = head.columns.map((length) => {
    const start = at;
    at += length * Float64Array.BYTES_PER_ELEMENT;
    if (at > body.length) throw new Error("a frame ends before its columns");
    return columnAt(body, start, length);
  });
  return { message: head.message, columns, source, candles };
}

function columnAt(body: Uint8Array, at: number, length: number): Float64Array {
  const start = body.byteOffset + at;
  if (start % ALIGNMENT === 0) return new Float64Array(body.buffer, start, length);
  const column = new Float64Array(length);
  // Not by `slice`, which for a Buffer copies nothing.
  new Uint8Array(column.buffer).set(body.subarray(at, at + column.byteLength));
  return column;
}

function isHead(value: unknown): value is { message: unknown; columns: number[] } {
  if (typeof value !== "object" || value === null || !("message" in value) || !("columns" in value)) return false;
  return Array.isArray(value.columns) && value.columns.every((length) => Number.isSafeInteger(length) && length >= 0);
}

const aligned = (byteCount: number) => Math.ceil(byteCount / ALIGNMENT) * ALIGNMENT;

/** Puts frames together from the pieces in which they arrive. */
export class FrameAssembler {
  readonly #largestBytes: number;
  /** Of a frame that is not whole yet, or of its length. Joined once, when they are enough. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #neededBytes = LENGTH_BYTES;

  /** `largestBytes`: a frame longer than that is refused. */
  constructor(largestBytes: number) {
    this.#largestBytes = largestBytes;
  }

  /** Adds what arrived and returns the frames that are whole now. Throws for a frame that is too long or malformed. */
  add(piece: Uint8Array): Frame[] {
    if (this.#waitingBytes + piece.length < this.#neededBytes) {
      this.#wait(piece);
      return [];
    }
    const bytes = this.#waitingBytes === 0 ? piece : Buffer.concat([...this.#waiting, piece]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return this.#read(bytes);
  }

  #read(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    for (;;) {
      this.#neededBytes = LENGTH_BYTES;
      if (bytes.length - at < LENGTH_BYTES) break;
      const length = view.getUint32(at, true);
      if (length > this.#largestBytes) throw new Error(`a frame of ${length} bytes, more than ${this.#largestBytes}`);
      this.#neededBytes = LENGTH_BYTES + length;
      if (bytes.length - at < this.#neededBytes) break;
      frames.push(decodeFrame(bytes.subarray(at + LENGTH_BYTES, at + this.#neededBytes)));
      at += this.#neededBytes;
    }
    if (at < bytes.length) this.#wait(bytes.subarray(at));
    return frames;
  }

  /** Keeps a copy: whoever brings a piece may use its memory again. */
  #wait(piece: Uint8Array): void {
    this.#waiting.push(piece.slice());
    this.#waitingBytes += piece.length;
  }
}
