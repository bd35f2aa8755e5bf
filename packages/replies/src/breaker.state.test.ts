import { MINUTE_MS } from "@shoal/kernel";
import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, type BreakerEvent, type BreakerState, initialBreaker, nextBreaker } from "./breaker.state.ts";
import type { ReplyErrorCode } from "./errors.ts";

const rng = seededRng(3);
const failed = (code: ReplyErrorCode, over: Partial<Extract<BreakerEvent, { kind: "failed" }>> = {}): BreakerEvent => ({
  ...{ kind: "failed", isProbe: false, code, status: undefined, retryAfterMs: undefined },
  ...over,
});
const after = (events: readonly BreakerEvent[], from: BreakerState = initialBreaker, nowMs = 0) =>
  events.reduce((state, event) => nextBreaker(state, event, nowMs, rng), from);
const answered: BreakerEvent = { kind: "answered", isProbe: false };
const UNAVAILABLE = failed("REPLY_UNAVAILABLE");
const heldMs = (state: BreakerState) => (state.status === "held" ? state.untilMs : -1);

describe("while the endpoint is up", () => {
  test("two faults in a row do not hold it, a third does", () => {
    expect(after([UNAVAILABLE, UNAVAILABLE]).status).toBe("up");
    expect(after([UNAVAILABLE, UNAVAILABLE, answered, UNAVAILABLE, UNAVAILABLE]).status).toBe("up");
    expect(after([UNAVAILABLE, failed("REPLY_TIMEOUT"), failed("REPLY_MALFORMED")])).toMatchObject({
      ...{ status: "held", holdCount: 1, cause: "REPLY_MALFORMED" },
    });
  });

  test.each(["REPLY_LIMITED", "REPLY_REFUSED"] as const)("one %s holds it at once", (code) => {
    expect(after([failed(code)])).toMatchObject({ status: "held", cause: code });
  });

  test("a request that was dropped says nothing", () => {
    expect(after([UNAVAILABLE, UNAVAILABLE, { kind: "dropped", isProbe: false }])).toMatchObject({ faultCount: 2 });
  });

  test.each([400, 413, 422])("a %i is about one request, once the endpoint has answered others", (status) => {
    expect(after([failed("REPLY_REFUSED", { status })]).status).toBe("held");
    expect(after([answered, failed("REPLY_REFUSED", { status })])).toMatchObject({ status: "up", faultCount: 0 });
    expect(after([answered, failed("REPLY_REFUSED", { status: 401 })]).status).toBe("held");
  });
});

describe("while it is held", () => {
  const held = after([failed("REPLY_LIMITED", { retryAfterMs: 5000 })]);

  test("waits as long as the endpoint asks, a tenth more at most, and never more than a minute", () => {
    expect(heldMs(held)).toBeGreaterThanOrEqual(5000);
    expect(heldMs(held)).toBeLessThanOrEqual(5500);
    expect(heldMs(after([failed("REPLY_LIMITED", { retryAfterMs: 10 * MINUTE_MS })]))).toBe(MINUTE_MS);
  });

  test("nothing is asked until then, and one request after it", () => {
    expect(admit(held, heldMs(held) - 1)).toBe(null);
    const admission = admit(held, heldMs(held));
    expect(admission).toMatchObject({ isProbe: true, state: { status: "probing" } });
    expect(admit(admission?.state as BreakerState, heldMs(held) + MINUTE_MS)).toBe(null);
  });

  test("faults of before count no more, but for one that is told to wait longer", () => {
    expect(after([UNAVAILABLE, UNAVAILABLE, answered], held)).toBe(held);
    const longer = after([failed("REPLY_LIMITED", { retryAfterMs: 30_000 })], held);
    expect(heldMs(longer)).toBeGreaterThanOrEqual(30_000);
    expect(heldMs(after([failed("REPLY_LIMITED", { retryAfterMs: 1000 })], longer))).toBe(heldMs(longer));
  });
});

describe("the one request after a hold", () => {
  const probing = admit(after([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]), MINUTE_MS)?.state as BreakerState;

  test("opens the way when it is answered", () => {
    expect(after([{ kind: "answered", isProbe: true }], probing)).toMatchObject({ status: "up", faultCount: 0 });
  });

  test("holds it longer each time that it fails, up to a minute", () => {
    let state: BreakerState = probing;
    const waits: number[] = [];
    for (let nth = 0; nth < 12; nth += 1) {
      state = nextBreaker(state, failed("REPLY_UNAVAILABLE", { isProbe: true }), 0, rng);
      waits.push(heldMs(state));
      state = admit(state, Number.MAX_SAFE_INTEGER)?.state as BreakerState;
    }
    expect(waits[4]).toBeGreaterThan(waits[0] as number);
    expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE_MS * 1.5);
    expect(Math.min(...waits.slice(-3))).toBeGreaterThan(20_000);
  });

  test("lets another one go when nobody waited for it", () => {
    const dropped = after([{ kind: "dropped", isProbe: true }], probing, 7);
    expect(dropped).toMatchObject({ status: "held", untilMs: 7 });
    expect(admit(dropped, 7)).toMatchObject({ isProbe: true });
  });

  test("is the only one that counts", () => {
    expect(after([answered, UNAVAILABLE, { kind: "dropped", isProbe: false }], probing)).toBe(probing);
  });
});

test("never asks twice at once while it is not up, and always asks again, whatever happens", () => {
  const codes = fc.constantFrom<ReplyErrorCode>("REPLY_UNAVAILABLE", "REPLY_LIMITED", "REPLY_REFUSED", "REPLY_TIMEOUT");
  const step = fc.record({
    waitMs: fc.nat({ max: 120_000 }),
    kind: fc.constantFrom("answered", "failed", "dropped"),
    code: codes,
    status: fc.constantFrom(undefined, 400, 401),
    isProbe: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let state: BreakerState = initialBreaker;
      let nowMs = 0;
      for (const { waitMs, kind, code, status, isProbe } of steps) {
        nowMs += waitMs;
        const admission = admit(state, nowMs);
        if (admission) state = admission.state;
        if (state.status === "probing") expect(admit(state, nowMs + 1e9)).toBe(null);
        // Only one that went out as such is the probe.
        const of = { isProbe: isProbe && state.status === "probing" };
        const event = kind === "failed" ? failed(code, { ...of, status }) : ({ kind, ...of } as BreakerEvent);
        state = nextBreaker(state, event, nowMs, rng);
        if (state.status === "held") expect(state.untilMs - nowMs).toBeLessThanOrEqual(25 * MINUTE_MS);
      }
    }),
  );
});
