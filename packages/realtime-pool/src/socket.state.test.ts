import { describe, expect, it } from "vitest";
import { classify } from "./classify.ts";
import { type SocketEvent, type SocketState, socketTransition } from "./socket.state.ts";

const failure = classify({ where: "close", text: "", closeCode: 1006 });
const NOW_MS = 500;

const STATES: Readonly<Record<SocketState["status"], SocketState>> = {
  planned: { status: "planned" },
  connecting: { status: "connecting", startedAtMs: 480 },
  open: { status: "open" },
  closing: { status: "closing" },
  closed: { status: "closed" },
};

const EVENTS: Readonly<Record<SocketEvent["kind"], SocketEvent>> = {
  dial: { kind: "dial" },
  opened: { kind: "opened" },
  down: { kind: "down", failure, closeCode: 1006 },
  close: { kind: "close" },
  ended: { kind: "ended" },
};

type Cell = readonly [status: SocketState["status"], ...effects: string[]];
const STAYS = "stays" as const;

/** Every pair, so that the compiler refuses a forgotten one. */
const TABLE: Readonly<Record<SocketState["status"], Readonly<Record<SocketEvent["kind"], Cell | typeof STAYS>>>> = {
  planned: {
    dial: ["connecting", "dial"],
    opened: STAYS,
    down: STAYS,
    close: ["closed", "report-closed"],
    ended: STAYS,
  },
  connecting: {
    dial: STAYS,
    opened: ["open", "report-open"],
    down: ["planned", "hang-up", "report-handshake-failed"],
    close: ["closing", "hang-up"],
    ended: STAYS,
  },
  open: {
    dial: STAYS,
    opened: STAYS,
    down: ["closed", "hang-up", "report-lost"],
    close: ["closing", "hang-up"],
    ended: STAYS,
  },
  closing: { dial: STAYS, opened: STAYS, down: STAYS, close: STAYS, ended: ["closed", "report-closed"] },
  closed: { dial: STAYS, opened: STAYS, down: STAYS, close: STAYS, ended: STAYS },
};

const cells = Object.entries(TABLE).flatMap(([status, row]) =>
  Object.entries(row).map(([event, cell]) => ({
    state: STATES[status as SocketState["status"]],
    event: EVENTS[event as SocketEvent["kind"]],
    cell,
  })),
);

describe("the socket's transitions", () => {
  it.each(cells)("$state.status on $event.kind", ({ state, event, cell }) => {
    const result = socketTransition(state, event, NOW_MS);
    if (cell === STAYS) {
      expect(result).toEqual({ state, effects: [] });
      return;
    }
    const [status, ...effects] = cell;
    expect(result.state.status).toBe(status);
    expect(result.effects.map((effect) => effect.kind)).toEqual(effects);
  });

  it("measures the handshake", () => {
    expect(socketTransition(STATES.connecting, EVENTS.opened, NOW_MS).effects).toEqual([
      { kind: "report-open", handshakeMs: 20 },
    ]);
  });
});
