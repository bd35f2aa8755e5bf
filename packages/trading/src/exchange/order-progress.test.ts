import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, decimal, formatDecimal, subtract, ZERO } from "../decimal.ts";
import { filledQuantityOf, type OrderState } from "../order.state.ts";
import { makeFill, orderAtExchange } from "./exchange.test-support.ts";
import { EXCHANGE_TIMES, type ExchangeOrder, type ReadResult, type SendResult } from "./exchange.types.ts";
import {
  afterRead,
  afterSend,
  beginSend,
  intendedOrder,
  nextOrderStep,
  type OrderProgress,
  type ProgressStep,
  wantCancel,
} from "./order-progress.ts";

const ten = decimal("10");
const NOW = 1_000_000;
const rng = { next: () => 0.5 };
const { settledAfterMs, sendWithinMs, requestMs, arrivalMs } = EXCHANGE_TIMES;

const intended = intendedOrder({ kind: "intended", openQuantity: ten });
const sent = beginSend(intended, NOW);
const unknown = { ...sent, state: { kind: "unknown", openQuantity: ten } } satisfies OrderProgress;
const open = { ...sent, state: { kind: "open", openQuantity: ten, filledQuantity: ZERO } } satisfies OrderProgress;
const over: readonly OrderProgress[] = [
  { ...sent, state: { kind: "filled", filledQuantity: ten } },
  { ...sent, state: { kind: "cancelled", filledQuantity: ZERO, reason: "X" } },
  { ...sent, state: { kind: "rejected", reason: "X" } },
];

describe("what is done next", () => {
  const wanted = { isCancelWanted: true };
  it.each<[string, OrderProgress, number, string]>([
    ["an intent is sent", intended, NOW, "send"],
    ["an intent that was turned away waits", { ...intended, checkAtMs: NOW + 1 }, NOW, "wait"],
    ["and is sent when its wait is over", { ...intended, checkAtMs: NOW }, NOW, "send"],
    ["one that was sent, and whose sender is silent, is read", sent, NOW, "read"],
    ["also if its cancellation is wanted", { ...sent, ...wanted }, NOW, "read"],
    ["one of which nobody knows is read", { ...unknown, ...wanted }, NOW, "read"],
    ["an open one is read", open, NOW, "read"],
    ["an open one waits until it is looked at again", { ...open, checkAtMs: NOW + 5 }, NOW, "wait"],
    ["an open one whose cancellation is wanted is cancelled", { ...open, ...wanted }, NOW, "cancel"],
    ...over.map((each): [string, OrderProgress, number, string] => [
      `one that is ${each.state.kind} is over`,
      each,
      NOW,
      "done",
    ]),
  ])("%s", (_, progress, nowMs, step) => {
    expect(nextOrderStep(progress, nowMs).kind).toBe(step);
  });

  it("says until when it waits", () => {
    expect(nextOrderStep({ ...open, checkAtMs: NOW + 5 }, NOW)).toEqual({ kind: "wait", untilMs: NOW + 5 });
  });
});

const shown = ({ progress, newFills }: ProgressStep) => {
  const reason = "reason" in progress.state ? ` ${progress.state.reason.split(":")[0]}` : "";
  return `${progress.state.kind}${reason}, fills ${newFills.length}, waits ${progress.checkAtMs - NOW}`;
};

describe("what an answer to a send means", () => {
  const half = [makeFill({ id: "1", quantity: decimal("4") })];
  const whole = [makeFill({ id: "1", quantity: ten })];
  it.each<[string, SendResult, string]>([
    ["taken", { kind: "accepted", order: orderAtExchange() }, "open, fills 0, waits 2000"],
    ["traded in part", { kind: "accepted", order: orderAtExchange({ fills: half }) }, "open, fills 1, waits 2000"],
    [
      "traded",
      { kind: "accepted", order: orderAtExchange({ state: "filled", fills: whole }) },
      "filled, fills 1, waits 2000",
    ],
    [
      "cut by the exchange",
      { kind: "accepted", order: orderAtExchange({ state: "filled", fills: half }) },
      "cancelled TRADING_EXCHANGE_CANCELLED, fills 1, waits 2000",
    ],
    [
      "expired at once",
      { kind: "accepted", order: orderAtExchange({ state: "expired" }) },
      "cancelled TRADING_EXCHANGE_EXPIRED, fills 0, waits 2000",
    ],
    [
      "taken and rejected",
      { kind: "accepted", order: orderAtExchange({ state: "rejected" }) },
      `rejected TRADING_EXCHANGE_REJECTED, fills 0, waits ${-NOW}`,
    ],
    [
      "rejected",
      { kind: "rejected", code: "TRADING_EXCHANGE_INSUFFICIENT_FUNDS", message: "no" },
      `rejected TRADING_EXCHANGE_INSUFFICIENT_FUNDS, fills 0, waits ${-NOW}`,
    ],
    [
      "key refused",
      { kind: "key-refused", message: "no" },
      `rejected TRADING_EXCHANGE_KEY_REFUSED, fills 0, waits ${-NOW}`,
    ],
    ["no answer", { kind: "unknown", message: "" }, "unknown, fills 0, waits 0"],
    ["turned away", { kind: "later", retryAfterMs: 0, message: "" }, "intended, fills 0, waits 500"],
    ["turned away for long", { kind: "later", retryAfterMs: 90_000, message: "" }, "intended, fills 0, waits 90000"],
  ])("%s", (_, result, expected) => {
    expect(shown(afterSend(sent, result, NOW, rng))).toBe(expected);
  });

  it("an order that was turned away and is not wanted any more is never sent", () => {
    const later: SendResult = { kind: "later", retryAfterMs: 0, message: "" };
    const step = afterSend({ ...sent, isCancelWanted: true }, later, NOW, rng);
    expect(shown(step)).toMatch(/^cancelled TRADING_CANCELLED/);
    expect(shown({ progress: wantCancel(intended, NOW), newFills: [] })).toMatch(/^cancelled TRADING_CANCELLED/);
  });
});

describe("what a look means", () => {
  const settled = NOW + settledAfterMs;
  const found = (order: ExchangeOrder): ReadResult => ({ kind: "found", order });
  it.each<[string, OrderProgress, ReadResult, number, string]>([
    ["not there yet", sent, { kind: "absent" }, NOW + 10, "unknown, fills 0, waits 510"],
    [
      "not there long after",
      { ...unknown, attemptCount: 99 },
      { kind: "absent" },
      settled - 1,
      `unknown, fills 0, waits ${settledAfterMs}`,
    ],
    [
      "there, though it was to be cancelled",
      { ...open, isCancelWanted: true, attemptCount: 2 },
      { kind: "found", order: orderAtExchange() },
      NOW,
      "open, fills 0, waits 2000",
    ],
    [
      "there, because the exchange would not cancel it: it is asked again less and less often",
      { ...open, isCancelWanted: true, attemptCount: 2 },
      { kind: "found", order: orderAtExchange(), refusal: "not now" },
      NOW,
      "open, fills 0, waits 6750",
    ],
    ["never to be there", unknown, { kind: "absent" }, settled, `intended, fills 0, waits ${settledAfterMs}`],
    [
      "never to be there, unwanted",
      { ...unknown, isCancelWanted: true },
      { kind: "absent" },
      settled,
      `cancelled TRADING_CANCELLED, fills 0, waits ${settledAfterMs}`,
    ],
    ["just taken, not visible", open, { kind: "absent" }, NOW + 10, "open, fills 0, waits 510"],
    [
      "forgotten by the exchange",
      open,
      { kind: "absent" },
      settled,
      `cancelled TRADING_EXCHANGE_GONE, fills 0, waits ${-NOW}`,
    ],
    ["there", unknown, found(orderAtExchange()), NOW + 10, "open, fills 0, waits 2010"],
    [
      "cancelled for us",
      { ...open, isCancelWanted: true },
      found(orderAtExchange({ state: "cancelled" })),
      NOW,
      "cancelled TRADING_CANCELLED, fills 0, waits 2000",
    ],
    [
      "cancelled by others",
      open,
      found(orderAtExchange({ state: "cancelled" })),
      NOW,
      "cancelled TRADING_EXCHANGE_CANCELLED, fills 0, waits 2000",
    ],
    ["no answer", sent, { kind: "unknown", message: "" }, NOW, "unknown, fills 0, waits 500"],
    ["no answer of an open one", open, { kind: "unknown", message: "" }, NOW, "open, fills 0, waits 500"],
    ["key refused", unknown, { kind: "key-refused", message: "" }, NOW, "unknown, fills 0, waits 500"],
    [
      "too many requests",
      unknown,
      { kind: "later", retryAfterMs: 7_000, message: "" },
      NOW,
      "unknown, fills 0, waits 7000",
    ],
  ])("%s", (_, progress, result, nowMs, expected) => {
    expect(shown(afterRead(progress, result, nowMs, rng))).toBe(expected);
  });

  it("is not over while trades of what is filled are not known, and then is", () => {
    const counted = { ...orderAtExchange({ state: "cancelled" }), filledQuantity: decimal("4") };
    const first = afterRead(open, found(counted), NOW, rng);
    expect(shown(first)).toBe("open, fills 0, waits 2000");
    const half = [makeFill({ quantity: decimal("4") })];
    const last = afterRead(first.progress, found(orderAtExchange({ state: "cancelled", fills: half })), NOW, rng);
    expect(shown(last)).toBe("cancelled TRADING_EXCHANGE_CANCELLED, fills 1, waits 2000");
    // Trades that were booked before need not be told again: an exchange may have forgotten them.
    const known = {
      ...last.progress,
      state: { ...open.state, openQuantity: decimal("6"), filledQuantity: decimal("4") },
    };
    expect(shown(afterRead(known, found(counted), NOW, rng))).toBe(
      "cancelled TRADING_EXCHANGE_CANCELLED, fills 0, waits 2000",
    );
  });

  it("counts each trade once, whatever is told again", () => {
    const [one, two] = [makeFill({ id: "1", quantity: decimal("4") }), makeFill({ id: "2", quantity: decimal("6") })];
    const first = afterRead(open, found(orderAtExchange({ fills: [one] })), NOW, rng);
    const again = afterRead(first.progress, found(orderAtExchange({ fills: [one] })), NOW, rng);
    expect(again.newFills).toEqual([]);
    const last = afterRead(again.progress, found(orderAtExchange({ state: "filled", fills: [one, two] })), NOW, rng);
    expect(last.newFills).toEqual([two]);
    expect(last.progress.state).toEqual({ kind: "filled", filledQuantity: ten });
  });

  it("books what is filled beyond what was asked, and ends the order", () => {
    const fill = makeFill({ id: "1", quantity: decimal("10.5") });
    const { progress, newFills } = afterRead(
      open,
      found(orderAtExchange({ state: "filled", fills: [fill] })),
      NOW,
      rng,
    );
    expect([progress.state.kind, newFills.length]).toEqual(["filled", 1]);
  });

  it("waits longer from one silence to the next, up to a minute", () => {
    let progress: OrderProgress = unknown;
    const waits: number[] = [];
    for (let at = 0; at < 10; at += 1) {
      progress = afterRead(progress, { kind: "unknown", message: "" }, NOW, rng).progress;
      waits.push(progress.checkAtMs - NOW);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it("looks less and less often at an open order of which there is no news, and soon again after some", () => {
    const waitsOf = (order: ExchangeOrder, from: OrderProgress) => {
      let progress = from;
      return [1, 2, 3, 4, 5, 6, 7].map(() => {
        progress = afterRead(progress, found(order), NOW, rng).progress;
        return progress.checkAtMs - NOW;
      });
    };
    const some = orderAtExchange({ fills: [makeFill({ id: "1", quantity: decimal("4") })] });
    expect(waitsOf(some, open)).toEqual([2_000, 3_000, 4_500, 6_750, 10_125, 15_000, 15_000]);
    const often = Array(7).fill(2_000);
    expect(waitsOf(orderAtExchange(), { ...open, isCancelWanted: true })).toEqual(often);
    expect(waitsOf({ ...orderAtExchange(), filledQuantity: ten }, open)).toEqual(often);
  });
});

/** How one attempt goes. The exchange sees a request `transitMs` after it begins, if at all. */
interface Act {
  readonly fate: "answered" | "no answer" | "sender dies" | "turned away" | "rejected" | "lost on the way";
  /** From writing down to the beginning of the request. */
  readonly stallMs: number;
  readonly transitMs: number;
  /** How much of an open order is traded before the next attempt, in tenths. */
  readonly tenths: number;
  readonly wantsCancel: boolean;
}

const anyAct: fc.Arbitrary<Act> = fc.record({
  fate: fc.constantFrom("answered", "no answer", "sender dies", "turned away", "rejected", "lost on the way"),
  stallMs: fc.oneof(fc.constant(0), fc.nat(2 * sendWithinMs)),
  transitMs: fc.oneof(fc.constant(0), fc.nat(2 * arrivalMs)),
  tenths: fc.nat(4),
  wantsCancel: fc.nat(19).map((chance) => chance === 0),
});

type Order = { state: ExchangeOrder["state"]; fills: ExchangeOrder["fills"]; visibleAtMs: number };

/** An exchange that forgets a client id when its order is over, as Binance does, and shows a new order after a second. */
class World {
  nowMs = NOW;
  readonly orders: Order[] = [];
  /** Requests under way. */
  #arrivals: { begunAtMs: number; atMs: number }[] = [];

  begin(begunAtMs: number, transitMs: number): void {
    this.#arrivals.push({ begunAtMs, atMs: begunAtMs + transitMs });
  }

  pass(ms: number): void {
    this.nowMs += ms;
    const due = this.#arrivals.filter(({ atMs }) => atMs <= this.nowMs);
    this.#arrivals = this.#arrivals.filter(({ atMs }) => atMs > this.nowMs);
    for (const { begunAtMs, atMs } of due) {
      const isDuplicate = this.orders.some(({ state }) => state === "open");
      if (atMs - begunAtMs <= arrivalMs && !isDuplicate) {
        this.orders.push({ state: "open", fills: [], visibleAtMs: atMs + 1_000 });
      }
    }
  }

  trade(tenths: number): void {
    const order = this.orders.find(({ state }) => state === "open");
    if (order === undefined || tenths === 0) return;
    const filled = order.fills.reduce((sum, { quantity }) => add(sum, quantity), ZERO);
    const left = Number(formatDecimal(subtract(ten, filled)));
    const quantity = decimal(String(Math.min(left, tenths)));
    order.fills = [...order.fills, makeFill({ id: `${order.fills.length}`, quantity })];
    if (left <= tenths) order.state = "filled";
  }

  cancel(): void {
    for (const order of this.orders) if (order.state === "open") order.state = "cancelled";
  }

  read(): ReadResult {
    const order = this.orders.findLast(({ visibleAtMs }) => visibleAtMs <= this.nowMs);
    return order === undefined ? { kind: "absent" } : { kind: "found", order: orderAtExchange(order) };
  }
}

/** What a dispatcher would store, and what the exchange has in the end. `isPatient` is what is under test. */
function live(acts: readonly Act[], isPatient: boolean) {
  const world = new World();
  let progress: OrderProgress = intended;
  let booked = ZERO;
  let wasRejected = false;
  const write = (step: ProgressStep) => {
    for (const { quantity } of step.newFills) booked = add(booked, quantity);
    progress = step.progress;
  };
  const calm: Act = { fate: "answered", stallMs: 0, transitMs: 0, tenths: 10, wantsCancel: false };
  for (let at = 0; at < acts.length + 100; at += 1) {
    const act = acts[at] ?? calm;
    world.trade(act.tenths);
    if (act.wantsCancel) progress = wantCancel(progress, world.nowMs);
    const step = nextOrderStep(progress, world.nowMs);
    if (step.kind === "done") return { world, progress, booked, wasRejected };
    if (step.kind === "wait") world.pass(step.untilMs - world.nowMs);
    if (step.kind === "send") {
      progress = beginSend(progress, world.nowMs);
      const result = sendIn(world, act);
      wasRejected ||= result?.kind === "rejected";
      if (result !== null) write(afterSend(progress, result, world.nowMs, rng));
    }
    if (step.kind === "read" || step.kind === "cancel") {
      if (step.kind === "cancel" && act.fate !== "lost on the way") world.cancel();
      world.pass(100);
      const isHeard = act.fate === "answered" || act.fate === "rejected";
      const result: ReadResult = isHeard ? world.read() : { kind: "unknown", message: "" };
      const { sentAtMs } = progress;
      const believed = { ...progress, sentAtMs: isPatient ? sentAtMs : 0 };
      if (act.fate !== "sender dies") write(afterRead(believed, result, world.nowMs, rng));
    }
  }
  throw new Error("it never ends");
}

/** Returns what the sender hears; null where it dies. A sender that dies is seen to be gone at once, and its request still under way. */
function sendIn(world: World, { fate, stallMs, transitMs }: Act): SendResult | null {
  if (fate === "turned away") return { kind: "later", retryAfterMs: 0, message: "" };
  if (stallMs > sendWithinMs)
    return fate === "sender dies" ? null : { kind: "later", retryAfterMs: 0, message: "too late to begin" };
  if (fate === "rejected") return { kind: "rejected", code: "TRADING_EXCHANGE_REFUSED", message: "" };
  if (fate !== "lost on the way") world.begin(world.nowMs + stallMs, transitMs);
  if (fate === "sender dies") return null;
  world.pass(stallMs + (fate === "answered" ? transitMs : requestMs));
  const taken = world.orders.findLast(({ state }) => state === "open");
  if (fate === "answered" && taken !== undefined && transitMs <= arrivalMs) {
    return { kind: "accepted", order: orderAtExchange(taken) };
  }
  return { kind: "unknown", message: "" };
}

describe("an order on its way to an exchange that misbehaves", () => {
  const anyActs = fc.array(anyAct, { maxLength: 30 });

  it("is there once, and known here to the last trade, unless it was cancelled before or rejected", () => {
    const ends = new Set<OrderState["kind"]>();
    fc.assert(
      fc.property(anyActs, (acts) => {
        const { world, progress, booked, wasRejected } = live(acts, true);
        // Nothing is under way any more that could still arrive.
        world.pass(settledAfterMs);
        ends.add(progress.state.kind);
        expect(world.orders.length).toBeLessThanOrEqual(1);
        const traded = (world.orders[0]?.fills ?? []).reduce((sum, { quantity }) => add(sum, quantity), ZERO);
        expect([booked, filledQuantityOf(progress.state)]).toEqual([traded, traded]);
        if (world.orders.length === 0) expect(wasRejected || progress.isCancelWanted).toBe(true);
        else expect(progress.state.kind).toBe(world.orders[0]?.state);
      }),
      { numRuns: soakRuns(1_000, 100_000) },
    );
    expect([...ends].toSorted()).toEqual(["cancelled", "filled", "rejected"]);
  });

  it("would be there twice if a look that finds nothing were believed at once", () => {
    const isTwice = (acts: readonly Act[]) => {
      const { world } = live(acts, false);
      world.pass(settledAfterMs);
      return world.orders.length > 1;
    };
    expect(fc.sample(anyActs, { numRuns: 2_000, seed: 1 }).some(isTwice)).toBe(true);
  });
});
