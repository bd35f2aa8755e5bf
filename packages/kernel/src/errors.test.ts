import { describe, expect, test } from "vitest";
import { errorFields, FleetError, isFleetError, toError } from "./errors.ts";
import { InvariantError, invariant, unreachable } from "./invariant.ts";

class PoolError extends FleetError {}

describe("FleetError", () => {
  test("carries its code, whether to try again, its details and its cause", () => {
    const cause = new Error("refused");
    const error = new PoolError("POOL_CLOSED", "the pool is closed", {
      retryable: true,
      details: { topic: "a" },
      cause,
    });
    expect(error).toMatchObject({ code: "POOL_CLOSED", retryable: true, details: { topic: "a" }, cause });
    expect(error.name).toBe("PoolError");
  });

  test("is not retryable and has no details and no cause unless told so", () => {
    const error = new FleetError("POOL_CLOSED", "the pool is closed");
    expect(error).toMatchObject({ retryable: false, details: {} });
    expect("cause" in error).toBe(false);
  });
});

describe("isFleetError", () => {
  test("goes by shape, so that a second copy of the package is understood", () => {
    const foreign = Object.assign(new Error("x"), { code: "POOL_CLOSED", retryable: false, details: {} });
    expect(isFleetError(foreign)).toBe(true);
    expect(isFleetError(foreign, "POOL_CLOSED")).toBe(true);
    expect(isFleetError(foreign, "POOL_OTHER")).toBe(false);
  });

  test.each([null, undefined, "POOL_CLOSED", { code: "POOL_CLOSED", retryable: true }, new Error("plain")])(
    "refuses %o",
    (other) => {
      expect(isFleetError(other)).toBe(false);
    },
  );

  test("refuses an error of the system, which has a code of its own", () => {
    expect(isFleetError(Object.assign(new Error("x"), { code: "ECONNREFUSED" }))).toBe(false);
  });
});

describe("toError", () => {
  test("returns an error as it is", () => {
    const error = new Error("x");
    expect(toError(error)).toBe(error);
  });

  const meanToString = {
    toString() {
      throw new Error("mean");
    },
  };

  test.each([
    { kind: "a string", thrown: "refused", message: "refused" },
    { kind: "nothing", thrown: undefined, message: "thrown: undefined" },
    { kind: "a number", thrown: 404, message: "thrown: 404" },
    { kind: "a symbol", thrown: Symbol("gone"), message: "thrown: Symbol(gone)" },
    { kind: "an object without prototype", thrown: Object.create(null), message: "thrown: [object Object]" },
    { kind: "an object that throws when shown", thrown: meanToString, message: "thrown: [object Object]" },
  ])("makes an error of $kind and never throws itself", ({ thrown, message }) => {
    const error = toError(thrown);
    expect(error.message).toBe(message);
    expect(error.cause).toBe(thrown);
  });
});

describe("errorFields", () => {
  test("names an error by its code, else by its name", () => {
    expect(errorFields(new FleetError("POOL_CLOSED", "closed"))).toEqual({
      error_code: "POOL_CLOSED",
      error_message: "closed",
    });
    expect(errorFields(new TypeError("x is not y"))).toEqual({ error_code: "TypeError", error_message: "x is not y" });
    expect(errorFields("refused")).toEqual({ error_code: "Error", error_message: "refused" });
  });
});

describe("invariant", () => {
  test("says nothing while the condition holds, and names what must hold when it does not", () => {
    invariant(true, "slots are never negative");
    expect(() => invariant(false, "slots are never negative")).toThrow(
      new InvariantError("invariant broken: slots are never negative"),
    );
  });

  test("unreachable shows the value that got there, whatever it is", () => {
    expect(() => unreachable("surprise" as never)).toThrow('unreachable: "surprise"');
    expect(() => unreachable(10n as never)).toThrow(InvariantError);
  });
});
