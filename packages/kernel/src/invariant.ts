/** A bug in this code, as opposed to a failure outside it. Do not catch it to go on. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws `InvariantError` unless `condition` holds. `what` states what must hold. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${what}`);
}

/** Marks the `default` of a switch over a union: the compiler refuses a forgotten case. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${shown(value)}`);
}

// A value that JSON cannot hold (a bigint, a cycle) is shown by its type, so that the bug itself is reported.
function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
