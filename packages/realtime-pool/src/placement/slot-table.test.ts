import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSlotTable } from "./slot-table.ts";

describe("the slot table", () => {
  it("puts a new topic on the fullest socket that can hold it, or on the emptiest when asked to", () => {
    const slots = createSlotTable(3);
    slots.addSocket("first");
    slots.placeOn("first", "a");
    slots.addSocket("second");
    expect(slots.place("b", "emptiest")).toBe("second");
    slots.placeOn("second", "c");
    expect(["d", "e", "f", "g"].map((topic) => slots.place(topic))).toEqual(["second", "first", "first", null]);
  });

  it("passes a reserved socket over until it is offered again, but not when it is asked for by name", () => {
    const slots = createSlotTable(2);
    slots.addSocket("only");
    slots.reserve("only");
    expect([slots.place("a"), slots.empty()]).toEqual([null, null]);
    expect([slots.placeOn("only", "a"), slots.placeOn("only", "a")]).toEqual([true, false]);
    expect(slots.place("b")).toBeNull();
    slots.offer("only");
    expect([slots.place("b"), slots.placeOn("only", "c")]).toEqual(["only", false]);
  });

  it("knows an empty socket, unless it is sealed", () => {
    const slots = createSlotTable(2);
    slots.addSocket("first");
    expect(slots.empty()).toBe("first");
    slots.place("a");
    expect(slots.empty()).toBeNull();
    slots.addSocket("second");
    expect(slots.empty()).toBe("second");
    slots.seal("second", 0);
    expect(slots.empty()).toBeNull();
  });

  it("puts a topic that is already on a socket on another one", () => {
    const slots = createSlotTable(10);
    slots.addSocket("first");
    slots.addSocket("second");
    expect([slots.place("room"), slots.place("room"), slots.place("room")]).toEqual(["first", "second", null]);
  });

  it("gives a freed slot out again", () => {
    const slots = createSlotTable(1);
    slots.addSocket("only");
    slots.place("a");
    slots.free("only", "a");
    expect(slots.place("b")).toBe("only");
  });

  it("gives no more slots on a sealed socket, and one again when one is freed", () => {
    const slots = createSlotTable(10);
    slots.addSocket("full");
    slots.place("a");
    slots.place("b");
    slots.seal("full", 2);
    slots.seal("full", 5);
    expect(slots.place("c")).toBeNull();
    slots.free("full", "a");
    expect(slots.place("c")).toBe("full");
    expect(slots.place("d")).toBeNull();
    slots.unseal("full");
    expect(slots.place("d")).toBe("full");
  });

  it("forgets the slots of a socket that is gone", () => {
    const slots = createSlotTable(10);
    slots.addSocket("gone");
    slots.place("a");
    slots.removeSocket("gone");
    slots.free("gone", "a");
    expect(slots.held).toBe(0);
    expect(slots.place("a")).toBeNull();
  });
});

describe("any history of placing, freeing, adding and losing", () => {
  type Command =
    | { readonly kind: "place"; readonly topic: string; readonly order: "fullest" | "emptiest" }
    | { readonly kind: "free"; readonly pick: number }
    | { readonly kind: "add" }
    | { readonly kind: "lose" | "seal" | "reserve" | "offer"; readonly pick: number };
  const topic = fc.integer({ min: 0, max: 6 }).map((index) => `room:${index}`);
  const command: fc.Arbitrary<Command> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("place" as const),
        topic,
        order: fc.constantFrom("fullest" as const, "emptiest" as const),
      }),
    },
    { weight: 3, arbitrary: fc.nat().map((pick): Command => ({ kind: "free", pick })) },
    { weight: 2, arbitrary: fc.constant<Command>({ kind: "add" }) },
    { weight: 1, arbitrary: fc.nat().map((pick): Command => ({ kind: "lose", pick })) },
    { weight: 1, arbitrary: fc.nat().map((pick): Command => ({ kind: "seal", pick })) },
    { weight: 1, arbitrary: fc.nat().map((pick): Command => ({ kind: "reserve", pick })) },
    { weight: 1, arbitrary: fc.nat().map((pick): Command => ({ kind: "offer", pick })) },
  );

  it("never puts one topic twice on a socket, never overfills one, takes the fullest or emptiest, and refuses only when nothing fits", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(command, { maxLength: 120 }), (perSocket, commands) => {
        const slots = createSlotTable(perSocket);
        const model = new Map<string, { topics: string[]; capacity: number; isReserved: boolean }>();
        let added = 0;
        for (const next of commands) {
          if (next.kind === "add") {
            const socketId = `s${added++}`;
            slots.addSocket(socketId);
            model.set(socketId, { topics: [], capacity: perSocket, isReserved: false });
          } else if (next.kind === "place") {
            const placed = slots.place(next.topic, next.order);
            const row = placed === null ? undefined : model.get(placed);
            const fitting = [...model.values()].filter(
              ({ topics, capacity, isReserved }) =>
                !isReserved && topics.length < capacity && !topics.includes(next.topic),
            );
            const heldCounts = fitting.map(({ topics }) => topics.length);
            const wanted = next.order === "fullest" ? Math.max(...heldCounts) : Math.min(...heldCounts);
            expect(placed === null).toBe(fitting.length === 0);
            if (placed !== null) {
              expect(row?.isReserved).toBe(false);
              expect(row?.topics.length).toBe(wanted);
              expect(row?.topics).not.toContain(next.topic);
              row?.topics.push(next.topic);
              expect(row?.topics.length).toBeLessThanOrEqual(perSocket);
            }
          } else {
            const sockets = [...model.entries()];
            const chosen = sockets[next.pick % Math.max(1, sockets.length)];
            if (!chosen) continue;
            const [socketId, row] = chosen;
            if (next.kind === "lose") {
              slots.removeSocket(socketId);
              model.delete(socketId);
            } else if (next.kind === "seal") {
              slots.seal(socketId, row.topics.length);
              row.capacity = row.topics.length;
            } else if (next.kind === "reserve" || next.kind === "offer") {
              slots[next.kind](socketId);
              row.isReserved = next.kind === "reserve";
            } else {
              const gone = row.topics.shift();
              if (gone !== undefined) slots.free(socketId, gone);
            }
          }
          const held = [...model.values()].reduce((sum, { topics }) => sum + topics.length, 0);
          expect(slots.held).toBe(held);
        }
      }),
    );
  });
});
