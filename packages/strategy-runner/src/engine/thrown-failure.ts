import { framesOf, GuestFailure } from "./guest-failure.ts";
import type { GuestValues } from "./guest-values.ts";
import type { QuickJsExports } from "./quickjs-exports.ts";

/** Returns what a value means that the guest has thrown; 0 stands for none, where the engine had no memory for it. */
export function thrownFailure(
  exports: QuickJsExports,
  values: GuestValues,
  thrown: number,
  float64ArrayClass: number,
): GuestFailure {
  if (thrown === 0) return new GuestFailure("memory", "out of memory");
  const isError = exports.qjs_is_error(thrown) !== 0;
  if (isError && exports.qjs_is_uncatchable_error(thrown) !== 0) return new GuestFailure("memory", "out of memory");
  if (!isError) return new GuestFailure("threw", shownValue(values, thrown, float64ArrayClass));
  const text = (name: string) => readText(exports, values, thrown, name);
  return new GuestFailure("threw", text("message"), { errorName: text("name"), frames: framesOf(text("stack")) });
}

/** Reads a property that should be text. May run a getter of the guest's, and then pays for it like all its code. */
function readText(exports: QuickJsExports, values: GuestValues, object: number, name: string): string {
  const value = values.property(object, name);
  if (value === 0) return "";
  if (exports.qjs_is_exception(value) !== 0) exports.qjs_free_value(exports.qjs_get_exception());
  const text = exports.qjs_is_string(value) !== 0 ? values.readText(value) : "";
  exports.qjs_free_value(value);
  return text;
}

function shownValue(values: GuestValues, thrown: number, float64ArrayClass: number): string {
  const value = values.read(thrown, float64ArrayClass);
  if (value === undefined && !values.isUndefined(thrown)) return "threw an object that is no Error";
  return `threw ${String(value)}`;
}
