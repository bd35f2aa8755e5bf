import { invariant } from "@shoal/kernel";
import type {
  Engine,
  EngineOptions,
  Handle,
  HostFunction,
  PlainValue,
  PromiseState,
  RunPoint,
  RunStart,
} from "./engine.types.ts";
import { GuestFailure, GuestThrow } from "./guest-failure.ts";
import { GuestValues } from "./guest-values.ts";
import { type LaterMemory, type MemoryAccess, MemoryImage } from "./linear-memory.ts";
import { EVAL, PROMISE, type QuickJsExports } from "./quickjs-exports.ts";
import { instantiateQuickJs } from "./quickjs-instance.ts";
import { thrownFailure } from "./thrown-failure.ts";

const DEFAULT_MEMORY_LIMIT_BYTES = 24 * 1024 * 1024;
const DEFAULT_STACK_LIMIT_BYTES = 128 * 1024;
/** Memory that a run can take without the linear memory growing, after which the engine would need a fresh instance. */
const ROOM_BYTES = 512 * 1024;
/** The most arguments of one call, in either direction. */
const MOST_ARGUMENTS = 16;
/** Numbers of a column that is handed to the host for one unit: it is copied into fresh memory, at a place where no loop of the engine pays. */
const NUMBERS_PER_UNIT = 2;
/** Start-up is ours and trusted. */
const START_FUEL = 1_000_000_000_000n;

/** Makes an engine with an empty global scope; compiling the module is the caller's, once per process. */
export function createEngine(options: EngineOptions): Engine {
  return new QuickJsEngine(options);
}

interface MadeFunction {
  readonly body: HostFunction;
  readonly takesColumns: boolean;
}

interface KeptPoint extends RunPoint {
  readonly memory: LaterMemory;
  readonly stackPointer: number;
  readonly valuePointer: number;
}

class QuickJsEngine implements Engine {
  readonly buildId: string;
  readonly #module: WebAssembly.Module;
  readonly #hostFunctions: MadeFunction[] = [];
  readonly #float64Array: number;
  readonly #float64ArrayClass: number;
  readonly #undefined: number;
  readonly #access: MemoryAccess;
  /** Where arguments of a call are put, and behind them the lengths that the engine writes. */
  readonly #scratch: number;
  #exports: QuickJsExports;
  #values: GuestValues;
  #image: MemoryImage | undefined;
  #imageStackPointer = 0;
  #generation = 0;
  #start: RunStart = { fuel: 0, nowMs: 0 };
  /** Whether nothing but what was evaluated can have decided what the memory is like since the reset. */
  #isPure = false;
  /** A guest stopped in the middle: nothing but a reset makes sense of its memory. */
  #isBroken = false;

  constructor(options: EngineOptions) {
    this.buildId = options.buildId;
    this.#module = options.module;
    this.#access = options;
    this.#exports = this.#instantiate();
    this.#exports.fuel.value = START_FUEL;
    this.#exports._initialize();
    invariant(this.#exports.qjs_init() === 0, "the engine starts");
    this.#exports.qjs_set_memory_limit(options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES);
    this.#exports.qjs_set_max_stack_size(options.stackLimitBytes ?? DEFAULT_STACK_LIMIT_BYTES);
    this.#scratch = this.#exports.wasm_malloc((MOST_ARGUMENTS + 3) * Uint32Array.BYTES_PER_ELEMENT);
    this.#values = this.#valuesOf(this.#exports);
    this.#undefined = this.#exports.qjs_get_undefined();
    this.#float64Array = this.evaluate("Float64Array", "start").pointer;
    this.#float64ArrayClass = this.#exports.qjs_get_class_id(this.evaluate("new Float64Array(0)", "start").pointer);
  }

  hostFunction(body: HostFunction, { takesColumns } = { takesColumns: true }): Handle {
    invariant(this.#image === undefined, "host functions are made before the image is captured");
    const id = String(this.#hostFunctions.push({ body, takesColumns }) - 1);
    return this.#guarded(() =>
      this.#values.withText(id, (text, bytes) => this.#exports.qjs_new_host_function(text, bytes, 0)),
    );
  }

  capture(): void {
    invariant(this.#image === undefined, "the image is captured once");
    this.#exports.wasm_free(this.#values.allocate(ROOM_BYTES));
    this.#imageStackPointer = this.#exports.__stack_pointer.value;
    this.#image = new MemoryImage(this.#exports.memory, this.#access);
  }

  reset(start: RunStart): void {
    this.#putBack(start);
  }

  keepPoint(value: Handle, mostBytes: number): RunPoint | undefined {
    const memory = this.#isPure ? this.#capturedImage().laterMemory(this.#exports.memory, mostBytes) : undefined;
    if (memory === undefined) return undefined;
    const point: KeptPoint = {
      memory,
      stackPointer: this.#exports.__stack_pointer.value,
      valuePointer: this.#pointer(value),
      fuel: this.#start.fuel - this.fuelLeft(),
      byteCount: memory.ownBytes,
    };
    return point;
  }

  resetTo(point: RunPoint, start: RunStart): Handle {
    const { memory, stackPointer, valuePointer, fuel } = point as KeptPoint;
    invariant(fuel <= start.fuel, "a run begins at a point that its fuel reaches");
    this.#putBack(start, memory);
    this.#exports.__stack_pointer.value = stackPointer;
    this.#exports.fuel.value -= BigInt(fuel);
    return this.#handle(valuePointer);
  }

  evaluate(source: string, fileName: string): Handle {
    return this.#evaluate(source, fileName, EVAL.script);
  }

  evaluateModule(source: string, fileName: string): Handle {
    return this.#evaluate(source, fileName, EVAL.module);
  }

  call(callee: Handle, ...args: readonly (PlainValue | Handle)[]): Handle {
    invariant(args.length <= MOST_ARGUMENTS, `a call has at most ${MOST_ARGUMENTS} arguments`);
    return this.#guarded(() => {
      const exports = this.#exports;
      const own: number[] = [];
      const pointers = args.map((argument) => {
        if (isHandle(argument)) return this.#pointer(argument);
        const pointer = this.#values.write(argument, this.#float64Array);
        own.push(pointer);
        return pointer;
      });
      for (const [index, pointer] of pointers.entries()) {
        this.#values.view.setUint32(this.#scratch + index * Uint32Array.BYTES_PER_ELEMENT, pointer, true);
      }
      const result = exports.qjs_call(this.#pointer(callee), this.#undefined, pointers.length, this.#scratch);
      for (const pointer of own) exports.qjs_free_value(pointer);
      return result;
    });
  }

  property(object: Handle, name: string): Handle {
    return this.#guarded(() => this.#values.property(this.#pointer(object), name));
  }

  isFunction(value: Handle): boolean {
    return this.#exports.qjs_is_function(this.#pointer(value)) !== 0;
  }

  read(value: Handle): PlainValue {
    return this.#running(() => this.#values.read(this.#pointer(value), this.#float64ArrayClass));
  }

  promiseState(value: Handle): PromiseState | undefined {
    const exports = this.#exports;
    const promise = this.#pointer(value);
    if (exports.qjs_is_promise(promise) === 0) return undefined;
    const state = exports.qjs_promise_state(promise);
    if (state === PROMISE.pending) return { kind: "pending" };
    const result = exports.qjs_promise_result(promise);
    if (state === PROMISE.fulfilled) return { kind: "fulfilled", value: this.#handle(result) };
    exports.qjs_promise_mark_as_handled(promise);
    return { kind: "rejected", failure: this.#running(() => this.#failureOf(result)) };
  }

  runJobs(): number {
    return this.#running(() => {
      let count = 0;
      for (; this.#exports.qjs_is_job_pending() !== 0; count++) {
        if (this.#exports.qjs_execute_pending_job() < 0) throw this.#pendingFailure();
      }
      return count;
    });
  }

  fuelLeft(): number {
    return Number(this.#exports.fuel.value);
  }

  burn(units: number): void {
    this.#exports.fuel.value -= BigInt(Math.ceil(units));
    if (this.#exports.fuel.value < 0n) throw new GuestFailure("fuel", "out of fuel");
  }

  memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  imageHash(): string {
    return this.#capturedImage().hashOf(this.#exports.memory);
  }

  #putBack(start: RunStart, later?: LaterMemory): void {
    const image = this.#capturedImage();
    if (this.#exports.memory.buffer.byteLength > image.byteCount) {
      this.#exports = this.#instantiate();
      this.#values = this.#valuesOf(this.#exports);
    }
    image.copyTo(this.#exports.memory, later);
    this.#exports.__stack_pointer.value = this.#imageStackPointer;
    this.#exports.fuel.value = BigInt(start.fuel);
    this.#start = start;
    this.#isPure = true;
    this.#generation += 1;
    this.#isBroken = false;
  }

  #capturedImage(): MemoryImage {
    invariant(this.#image !== undefined, "the image has been captured");
    return this.#image;
  }

  #instantiate(): QuickJsExports {
    return instantiateQuickJs(this.#module, {
      nowMs: () => {
        this.#isPure = false;
        return this.#start.nowMs;
      },
      hostCall: (name, nameBytes, _thisValue, count, values) => this.#hostCall(name, nameBytes, count, values),
    });
  }

  #valuesOf(exports: QuickJsExports): GuestValues {
    return new GuestValues(exports, this.#scratch + MOST_ARGUMENTS * Uint32Array.BYTES_PER_ELEMENT);
  }

  #handle(pointer: number): Handle {
    return { pointer, generation: this.#generation };
  }

  #pointer(handle: Handle): number {
    const isAlive = handle.generation === 0 || handle.generation === this.#generation;
    invariant(isAlive, "a handle is not used after the reset that ended it");
    return handle.pointer;
  }

  #evaluate(source: string, fileName: string, flags: number): Handle {
    return this.#guarded(() =>
      this.#values.withText(source, (code, bytes) =>
        this.#values.withText(fileName, (name) => this.#exports.qjs_eval(code, bytes, name, flags)),
      ),
    );
  }

  /** Runs what answers with a guest value, and throws if that is an exception. */
  #guarded(work: () => number): Handle {
    return this.#running(() => {
      const pointer = work();
      if (pointer === 0) throw new GuestFailure("memory", "out of memory");
      if (this.#exports.qjs_is_exception(pointer) !== 0) throw this.#pendingFailure();
      return this.#handle(pointer);
    });
  }

  /** Runs guest code; whatever stops it in the middle leaves the engine broken. */
  #running<T>(work: () => T): T {
    invariant(!this.#isBroken, "an engine that broke off in the middle is reset before it goes on");
    try {
      const result = work();
      // A bulk operation may have taken more than there was, with no loop behind it to notice.
      if (this.#exports.fuel.value < 0n) throw new GuestFailure("fuel", "out of fuel");
      return result;
    } catch (thrown) {
      const failure = this.#exports.fuel.value < 0n ? new GuestFailure("fuel", "out of fuel") : failureOfHost(thrown);
      this.#isBroken = !(failure instanceof GuestFailure) || failure.kind !== "threw";
      throw failure;
    }
  }

  #pendingFailure(): GuestFailure {
    return this.#failureOf(this.#exports.qjs_get_exception());
  }

  #failureOf(thrown: number): GuestFailure {
    return thrownFailure(this.#exports, this.#values, thrown, this.#float64ArrayClass);
  }

  #hostCall(name: number, nameBytes: number, count: number, values: number): number {
    this.#isPure = false;
    try {
      const { body, takesColumns } = this.#hostFunctionAt(name, nameBytes);
      const result = body(...this.#arguments(count, values, takesColumns));
      return this.#values.write(result, this.#float64Array);
    } catch (thrown) {
      if (!(thrown instanceof GuestThrow)) throw thrown;
      this.#throwInGuest(thrown);
      return 0;
    }
  }

  /** A host function's name in the engine is its number in decimal. */
  #hostFunctionAt(name: number, nameBytes: number): MadeFunction {
    let index = 0;
    for (let at = name; at < name + nameBytes; at++) index = index * 10 + this.#values.view.getUint8(at) - 0x30;
    const made = this.#hostFunctions[index];
    invariant(made !== undefined, "the engine calls host functions that were made");
    return made;
  }

  #arguments(count: number, values: number, takesColumns: boolean): PlainValue[] {
    if (count > MOST_ARGUMENTS) throw new GuestThrow(`takes at most ${MOST_ARGUMENTS} arguments`);
    const args: PlainValue[] = [];
    for (let index = 0; index < count; index++) {
      const pointer = this.#values.view.getUint32(values + index * Uint32Array.BYTES_PER_ELEMENT, true);
      const isUnwanted = !takesColumns && this.#values.isOfClass(pointer, this.#float64ArrayClass);
      const value = isUnwanted ? new Float64Array(0) : this.#values.read(pointer, this.#float64ArrayClass);
      if (value === undefined && !this.#values.isUndefined(pointer)) {
        throw new GuestThrow(`argument ${index + 1} is neither a number, a text, a boolean, null nor a Float64Array`);
      }
      if (value instanceof Float64Array) this.burn(value.length / NUMBERS_PER_UNIT);
      args.push(value);
    }
    return args;
  }

  #throwInGuest({ message, code }: GuestThrow): void {
    const exports = this.#exports;
    const error = exports.qjs_new_error();
    if (error === 0) throw new GuestFailure("memory", "out of memory");
    this.#setText(error, "message", message);
    if (code !== undefined) this.#setText(error, "code", code);
    exports.qjs_free_value(exports.qjs_throw(error));
    exports.qjs_free_value(error);
  }

  #setText(object: number, name: string, text: string): void {
    const value = this.#values.write(text, this.#float64Array);
    this.#values.withText(name, (key) => this.#exports.qjs_set_prop_string(object, key, value));
    this.#exports.qjs_free_value(value);
  }
}

function isHandle(value: PlainValue | Handle): value is Handle {
  return typeof value === "object" && value !== null && "pointer" in value;
}

/** Returns what a trap of the module means; what a host function threw is passed on. */
function failureOfHost(thrown: unknown): unknown {
  const isTrap = thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
  return isTrap ? new GuestFailure("trap", "the engine stopped", { cause: thrown }) : thrown;
}
