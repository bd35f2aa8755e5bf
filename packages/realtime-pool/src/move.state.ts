import { unreachable } from "@shoal/kernel";

/**
 * One move of a joined channel to another socket: the new leg is made before the old one is broken. See
 * docs/states/move.md.
 *
 *   placed ──turn──▶ joining ──joined──▶ settling ──all there──▶ leaving ──left──▶ fading ──faded──▶ over
 *      │                │                    │      (swapped)       ▲                 ▲
 *      │ release,       │ down, succeed      │ down, succeed        │                 │
 *      │ unreachable    └────────────────────┴──────────────────────┼─────────────────┘
 *      ▼                │ release            │ release, late,       │
 *     over              └────────────────────┴─ not to be had ──────┘
 *
 * The mover holds the new leg's slot until the swap and the old leg's afterwards, so `leave` and `vacate` always mean
 * the leg that is not the channel's.
 */
export type MoveState =
  | { readonly status: "placed" }
  | { readonly status: "joining" }
  | { readonly status: "settling"; readonly missing: Missing }
  | { readonly status: "leaving" }
  | { readonly status: "fading" }
  | { readonly status: "over" };

/** What the old leg has and the new one has not yet. */
export interface Missing {
  /** Our presence entry. */
  readonly entry: boolean;
  /** The stream of rows: it starts some time after the join. */
  readonly rows: boolean;
}

export type MoveEvent =
  /** A slot on another open socket is ours and the join is paid for. */
  | { readonly kind: "turn" }
  /** The server cannot be reached. */
  | { readonly kind: "unreachable" }
  | { readonly kind: "joined"; readonly missing: Missing }
  | { readonly kind: "has"; readonly what: keyof Missing }
  /** The new leg will not get what it needs. */
  | { readonly kind: "lacks"; readonly what: keyof Missing }
  /** The new leg took too long to get it. */
  | { readonly kind: "late" }
  /** The mover's own leg is gone, or its slot. */
  | { readonly kind: "down" }
  /** The channel's own leg is gone: this move is the rejoin now. */
  | { readonly kind: "succeed" }
  | { readonly kind: "left" }
  | { readonly kind: "faded" }
  /** The channel is over, or rejoins by itself. */
  | { readonly kind: "release" };

/** What the shell must do, in this order. */
export type MoveEffect =
  | "join"
  /** Get the new leg what it misses, within a limit. */
  | "equip"
  /** The legs, and their slots, change places. */
  | "swap"
  | "report-moved"
  /** Leave the mover's leg; it is heard until the server has answered. */
  | "leave"
  /** Give the mover's slot back. */
  | "vacate"
  /** One leg is left; copies of what the other one brought may still be on their way. */
  | "fade"
  | "end";

export interface MoveStep {
  readonly state: MoveState;
  readonly effects: readonly MoveEffect[];
}

export const initialMoveState: MoveState = { status: "placed" };

const step = (state: MoveState, ...effects: MoveEffect[]): MoveStep => ({ state, effects });
const fading = (...first: MoveEffect[]) => step({ status: "fading" }, ...first, "vacate", "fade");
const leaving = (...first: MoveEffect[]) => step({ status: "leaving" }, ...first, "leave");

/** Pure. Pairs that cannot matter are no-ops: late results of a leg that is over. */
export function moveTransition(state: MoveState, event: MoveEvent): MoveStep {
  switch (state.status) {
    case "placed":
      if (event.kind === "turn") return step({ status: "joining" }, "join");
      if (event.kind === "unreachable" || event.kind === "down" || event.kind === "release") {
        return step({ status: "over" }, "vacate", "end");
      }
      return step(state);
    case "joining":
      if (event.kind === "joined") return settled(event.missing, "equip");
      if (event.kind === "down") return fading();
      if (event.kind === "succeed") return fading("swap");
      if (event.kind === "release") return leaving();
      return step(state);
    case "settling":
      if (event.kind === "has") return settled({ ...state.missing, [event.what]: false });
      if (event.kind === "down") return fading();
      if (event.kind === "succeed") return fading("swap");
      if (event.kind === "release" || event.kind === "late" || event.kind === "lacks") return leaving();
      return step(state);
    case "leaving":
      return event.kind === "left" || event.kind === "down" ? fading() : step(state);
    case "fading":
      return event.kind === "faded" || event.kind === "release" ? step({ status: "over" }, "end") : step(state);
    case "over":
      return step(state);
    default:
      return unreachable(state);
  }
}

function settled(missing: Missing, ...otherwise: MoveEffect[]): MoveStep {
  if (missing.entry || missing.rows) return step({ status: "settling", missing }, ...otherwise);
  return leaving("swap", "report-moved");
}
