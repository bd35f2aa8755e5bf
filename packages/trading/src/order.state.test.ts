import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, compare, decimal, formatDecimal, isPositive, smaller, subtract, ZERO } from "./decimal.ts";
import { filledQuantityOf, type OrderEvent, type OrderState, openQuantityOf, orderTransition } from "./order.state.ts";

const ten = decimal("10");
const four = decimal("4");
const reason = "TRADING_TEST";

const states: Readonly<Record<OrderState["kind"], OrderState>> = {
  intended: { kind: "intended", openQuantity: ten },
  sent: { kind: "sent", openQuantity: ten },
  unknown: { kind: "unknown", openQuantity: ten },
  open: { kind: "open", openQuantity: ten, filledQuantity: four },
  filled: { kind: "filled", filledQuantity: ten },
  cancelled: { kind: "cancelled", filledQuantity: four, reason },
  rejected: { kind: "rejected", reason },
};

/** Each kind of event, and those that come in two sizes twice. */
const events = {
  send: { kind: "send" },
  silence: { kind: "silence" },
  absent: { kind: "absent" },
  accept: { kind: "accept" },
  reject: { kind: "reject", reason },
  "fill in part": { kind: "fill", quantity: four },
  "fill in full": { kind: "fill", quantity: ten },
  "reduce in part": { kind: "reduce", quantity: four, reason },
  "reduce to nothing": { kind: "reduce", quantity: ten, reason },
  cancel: { kind: "cancel", reason },
} satisfies Record<string, OrderEvent>;

type Cell = readonly [kind: OrderState["kind"], open: string, filled: string, ...effects: string[]];
const stays = "stays" as const;
const nothing: Readonly<Record<keyof typeof events, Cell | typeof stays>> = {
  send: stays,
  silence: stays,
  absent: stays,
  accept: stays,
  reject: stays,
  "fill in part": stays,
  "fill in full": stays,
  "reduce in part": stays,
  "reduce to nothing": stays,
  cancel: stays,
};

const heard = {
  ...nothing,
  absent: ["intended", "10", "0"],
  accept: ["open", "10", "0"],
  reject: ["rejected", "0", "0"],
  "fill in part": ["open", "6", "4"],
  "fill in full": ["filled", "0", "10"],
  "reduce in part": ["open", "6", "0"],
  "reduce to nothing": ["cancelled", "0", "0"],
  cancel: ["cancelled", "0", "0"],
} as const;

const table: Readonly<Record<OrderState["kind"], Readonly<Record<keyof typeof events, Cell | typeof stays>>>> = {
  intended: { ...nothing, send: ["sent", "10", "0", "send"], cancel: ["cancelled", "0", "0"] },
  sent: { ...heard, silence: ["unknown", "10", "0", "look-up"] },
  unknown: heard,
  open: {
    ...nothing,
    "fill in part": ["open", "6", "8"],
    "fill in full": ["filled", "0", "14"],
    "reduce in part": ["open", "6", "4"],
    "reduce to nothing": ["cancelled", "0", "4"],
    cancel: ["cancelled", "0", "4"],
  },
  filled: nothing,
  cancelled: nothing,
  rejected: nothing,
};

const ways = new Set(
  Object.entries(table).flatMap(([from, row]) =>
    Object.values(row).map((cell) => `${from} -> ${cell === stays ? from : cell[0]}`),
  ),
);

describe("the life of an order", () => {
  for (const [from, row] of Object.entries(table)) {
    for (const [name, cell] of Object.entries(row)) {
      it(`${from} on ${name}: ${cell === stays ? stays : cell[0]}`, () => {
        const state = states[from as OrderState["kind"]];
        const step = orderTransition(state, events[name as keyof typeof events]);
        if (cell === stays) return expect(step).toEqual({ state, effects: [] });
        const [kind, open, filled, ...effects] = cell;
        expect(step.state.kind).toBe(kind);
        expect(formatDecimal(openQuantityOf(step.state))).toBe(open);
        expect(formatDecimal(filledQuantityOf(step.state))).toBe(filled);
        expect(step.effects.map((effect) => effect.kind)).toEqual(effects);
        if ("reason" in step.state) expect(step.state.reason).toBe(reason);
      });
    }
  }

  it.each(["fill", "reduce"] as const)("refuses a %s of more than is open, of nothing or of less", (kind) => {
    for (const quantity of [decimal("10.1"), ZERO, decimal("-1")]) {
      expect(() => orderTransition(states.open, { kind, quantity, reason })).toThrow("is within what is open");
    }
  });

  /** A quantity of a fill is a share of what is open, so that any history is a possible one. */
  const anyHistory = fc.array(
    fc.record({ name: fc.constantFrom(...Object.keys(events)), share: fc.constantFrom("0.25", "0.5", "1") }),
    { maxLength: 40 },
  );

  it("moves in no other way than the table's, ends once, and loses no quantity, whatever happens", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        let state: OrderState = states.intended;
        let filled = ZERO;
        let reduced = ZERO;
        let sent = 0;
        let absent = 0;
        for (const { name, share } of history) {
          const template: OrderEvent = events[name as keyof typeof events];
          const open = openQuantityOf(state);
          const quantity = smaller(open, decimal(share));
          const event = "quantity" in template ? { ...template, quantity } : template;
          if ("quantity" in event && !isPositive(open)) continue;
          const step = orderTransition(state, event);
          expect(ways).toContain(`${state.kind} -> ${step.state.kind}`);
          if (step.state !== state && event.kind === "fill") filled = add(filled, quantity);
          if (step.state !== state && event.kind === "reduce") reduced = add(reduced, quantity);
          sent += step.effects.filter(({ kind }) => kind === "send").length;
          if (step.state !== state && event.kind === "absent") absent += 1;
          state = step.state;
        }
        // Sent again only after it was certain, each time, that it is not there.
        expect(sent).toBeLessThanOrEqual(1 + absent);
        expect(filledQuantityOf(state)).toEqual(filled);
        if (isPositive(openQuantityOf(state))) {
          expect(add(add(openQuantityOf(state), filled), reduced)).toEqual(ten);
        }
        expect(compare(subtract(ten, filled), ZERO)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: soakRuns(1_000, 50_000) },
    );
  });
});
