import type { PlainValue } from "./engine.types.ts";
import { GuestFailure } from "./guest-failure.ts";
import type { QuickJsExports } from "./quickjs-exports.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Copies plain values into the engine and out of it. Runs no guest code, unless it is said. */
export class GuestValues {
  readonly #exports: QuickJsExports;
  #view: DataView;
  /** 12 bytes in which the engine writes lengths; part of the base image, so that it outlives resets. */
  readonly #lengths: number;

  constructor(exports: QuickJsExports, lengths: number) {
    this.#exports = exports;
    this.#lengths = lengths;
    this.#view = new DataView(exports.memory.buffer);
  }

  /** The memory as it is now: growing replaces the buffer. */
  get view(): DataView {
    if (this.#view.buffer !== this.#exports.memory.buffer) this.#view = new DataView(this.#exports.memory.buffer);
    return this.#view;
  }

  /** Makes a guest value, which the caller frees. */
  write(value: PlainValue, float64Array: number): number {
    const exports = this.#exports;
    if (typeof value === "number") return held(exports.qjs_new_number(value));
    if (typeof value === "string")
      return this.withText(value, (text, bytes) => held(exports.qjs_new_string(text, bytes)));
    if (value === undefined) return held(exports.qjs_get_undefined());
    if (value === null) return held(exports.qjs_get_null());
    if (typeof value === "boolean") return held(value ? exports.qjs_get_true() : exports.qjs_get_false());
    return this.#writeColumn(value, float64Array);
  }

  /** Returns undefined for what is no plain value; `isPlain` tells that from undefined itself. */
  read(value: number, float64ArrayClass: number): PlainValue {
    const exports = this.#exports;
    if (exports.qjs_is_number(value) !== 0) return exports.qjs_get_float64(value);
    if (exports.qjs_is_string(value) !== 0) return this.readText(value);
    if (exports.qjs_is_bool(value) !== 0) return exports.qjs_get_bool(value) !== 0;
    if (exports.qjs_is_null(value) !== 0) return null;
    if (exports.qjs_get_class_id(value) === float64ArrayClass) return this.#readColumn(value);
    return undefined;
  }

  isOfClass(value: number, classId: number): boolean {
    return this.#exports.qjs_get_class_id(value) === classId;
  }

  isUndefined(value: number): boolean {
    return this.#exports.qjs_is_undefined(value) !== 0;
  }

  /** Only for a value that is text, because for others the engine would run guest code to make some. */
  readText(value: number): string {
    const text = held(this.#exports.qjs_get_string_len(value, this.#lengths));
    const bytes = new Uint8Array(this.#exports.memory.buffer, text, this.view.getUint32(this.#lengths, true));
    const read = decoder.decode(bytes);
    this.#exports.qjs_free_cstring(text);
    return read;
  }

  /** Calls `use` with the text in the engine's memory, a zero byte behind its end. */
  withText<T>(text: string, use: (pointer: number, byteCount: number) => T): T {
    const byteCount = Buffer.byteLength(text);
    const pointer = this.allocate(byteCount + 1);
    const target = new Uint8Array(this.#exports.memory.buffer, pointer, byteCount + 1);
    encoder.encodeInto(text, target);
    target[byteCount] = 0;
    const result = use(pointer, byteCount);
    this.#exports.wasm_free(pointer);
    return result;
  }

  /** Reads a property, as a value that the caller frees. Runs a getter of the guest's. */
  property(object: number, name: string): number {
    return this.withText(name, (text) => this.#exports.qjs_get_prop_string(object, text));
  }

  allocate(byteCount: number): number {
    return held(this.#exports.wasm_malloc(byteCount));
  }

  #writeColumn(values: Float64Array, float64Array: number): number {
    const exports = this.#exports;
    const data = this.allocate(Math.max(1, values.byteLength));
    new Float64Array(exports.memory.buffer, data, values.length).set(values);
    const buffer = held(exports.qjs_new_array_buffer(data, values.byteLength));
    exports.wasm_free(data);
    this.view.setUint32(this.#lengths, buffer, true);
    const column = held(exports.qjs_call_constructor(float64Array, 1, this.#lengths));
    exports.qjs_free_value(buffer);
    if (exports.qjs_is_exception(column) !== 0) throw new GuestFailure("memory", "out of memory");
    return column;
  }

  #readColumn(value: number): Float64Array {
    const exports = this.#exports;
    const [offsetAt, lengthAt, elementAt] = [this.#lengths, this.#lengths + 4, this.#lengths + 8];
    const buffer = held(exports.qjs_get_typed_array_buffer(value, offsetAt, lengthAt, elementAt));
    const offset = this.view.getUint32(offsetAt, true);
    const byteCount = this.view.getUint32(lengthAt, true);
    const data = exports.qjs_get_array_buffer(buffer, elementAt);
    // A buffer that was detached or shrank has less than its array says, or nothing.
    const isWhole = data !== 0 && offset + byteCount <= this.view.getUint32(elementAt, true);
    exports.qjs_free_value(buffer);
    if (!isWhole) {
      exports.qjs_free_value(exports.qjs_get_exception());
      return new Float64Array(0);
    }
    const column = new Float64Array(byteCount / Float64Array.BYTES_PER_ELEMENT);
    new Uint8Array(column.buffer).set(new Uint8Array(exports.memory.buffer, data + offset, byteCount));
    return column;
  }
}

/** The engine answers 0 where it had no memory for the value. */
function held(pointer: number): number {
  if (pointer === 0) throw new GuestFailure("memory", "out of memory");
  return pointer;
}
