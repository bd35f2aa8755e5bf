/**
 * What we use of the exports of quickjs.wasm. A value is a pointer to a JSValue on the C heap, 0 where there was no memory for one.
 * @source https://github.com/vercel-labs/quickjs-wasi/blob/main/c/interface.c
 */
export interface QuickJsExports {
  readonly memory: WebAssembly.Memory;
  readonly fuel: WebAssembly.Global<"i64">;
  readonly __stack_pointer: WebAssembly.Global<"i32">;
  _initialize(): void;
  qjs_init(): number;
  qjs_set_memory_limit(bytes: number): void;
  qjs_set_max_stack_size(bytes: number): void;

  wasm_malloc(bytes: number): number;
  wasm_free(pointer: number): void;

  /** The code needs a zero byte behind its end. */
  qjs_eval(code: number, codeBytes: number, fileName: number, flags: number): number;
  qjs_call(callee: number, thisValue: number, count: number, values: number): number;
  qjs_call_constructor(callee: number, count: number, values: number): number;
  /** `name` has a zero byte behind its end. */
  qjs_get_prop_string(object: number, name: number): number;
  qjs_set_prop_string(object: number, name: number, value: number): number;
  qjs_is_job_pending(): number;
  qjs_execute_pending_job(): number;
  qjs_new_host_function(name: number, nameBytes: number, parameterCount: number): number;

  qjs_get_undefined(): number;
  qjs_get_null(): number;
  qjs_get_true(): number;
  qjs_get_false(): number;
  qjs_new_number(value: number): number;
  qjs_new_string(text: number, bytes: number): number;
  qjs_new_array_buffer(data: number, bytes: number): number;
  qjs_new_error(): number;
  qjs_dup_value(value: number): number;
  qjs_free_value(value: number): void;

  qjs_is_exception(value: number): number;
  qjs_is_undefined(value: number): number;
  qjs_is_null(value: number): number;
  qjs_is_bool(value: number): number;
  qjs_is_number(value: number): number;
  qjs_is_string(value: number): number;
  qjs_is_function(value: number): number;
  qjs_is_error(value: number): number;
  qjs_is_promise(value: number): number;
  qjs_is_uncatchable_error(value: number): number;
  qjs_get_class_id(value: number): number;
  qjs_get_bool(value: number): number;
  qjs_get_float64(value: number): number;
  /** Returns 0 where there was no memory. Writes the length to where `length` points. Freed by `qjs_free_cstring`. */
  qjs_get_string_len(value: number, length: number): number;
  qjs_free_cstring(text: number): void;
  qjs_get_typed_array_buffer(value: number, byteOffset: number, byteLength: number, bytesPerElement: number): number;
  qjs_get_array_buffer(value: number, length: number): number;

  qjs_promise_state(value: number): number;
  qjs_promise_result(value: number): number;
  /** Marks a rejection as seen. */
  qjs_promise_mark_as_handled(value: number): void;
  qjs_get_exception(): number;
  qjs_throw(value: number): number;
}

/** Flags of `qjs_eval`. */
export const EVAL = { script: 0, module: 1 } as const;
/** Results of `qjs_promise_state`. */
export const PROMISE = { pending: 0, fulfilled: 1 } as const;
