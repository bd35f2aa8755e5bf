import { unreachable } from "@shoal/kernel";
import type { Failure } from "./classify.ts";

/**
 * The life of one socket; see docs/states/socket.md. A handshake may be tried again, an open socket is never reopened:
 * its channels move to another one.
 *
 *   planned ──dial──▶ connecting ──opened──▶ open ──down──▶ closed
 *      ▲                  │ down               │ close        ▲
 *      └──────────────────┘                  closing ──ended──┘
 */
export type SocketState =
  | { readonly status: "planned" }
  | { readonly status: "connecting"; readonly startedAtMs: number }
  | { readonly status: "open" }
  | { readonly status: "closing" }
  | { readonly status: "closed" };

export type SocketEvent =
  | { readonly kind: "dial" }
  | { readonly kind: "opened" }
  /** The handshake failed or took too long, or the open socket is gone, without our wish. */
  | { readonly kind: "down"; readonly failure: Failure; readonly closeCode: number }
  /** We want it closed: idle, or the pool is. */
  | { readonly kind: "close" }
  /** Our close is done. */
  | { readonly kind: "ended" };

export type SocketEffect =
  | { readonly kind: "dial" }
  | { readonly kind: "hang-up" }
  | { readonly kind: "report-open"; readonly handshakeMs: number }
  | { readonly kind: "report-handshake-failed"; readonly failure: Failure; readonly closeCode: number }
  | { readonly kind: "report-lost"; readonly failure: Failure; readonly closeCode: number }
  | { readonly kind: "report-closed"; readonly wasOpened: boolean };

export interface SocketStep {
  readonly state: SocketState;
  readonly effects: readonly SocketEffect[];
}

/** Pure. Pairs that cannot matter are no-ops. */
export function socketTransition(state: SocketState, event: SocketEvent, nowMs: number): SocketStep {
  const stay: SocketStep = { state, effects: [] };
  switch (state.status) {
    case "planned":
      if (event.kind === "dial")
        return { state: { status: "connecting", startedAtMs: nowMs }, effects: [{ kind: "dial" }] };
      if (event.kind === "close") {
        return { state: { status: "closed" }, effects: [{ kind: "report-closed", wasOpened: false }] };
      }
      return stay;
    case "connecting":
      if (event.kind === "opened") {
        return {
          state: { status: "open" },
          effects: [{ kind: "report-open", handshakeMs: nowMs - state.startedAtMs }],
        };
      }
      if (event.kind === "down") {
        const { failure, closeCode } = event;
        return {
          state: { status: "planned" },
          effects: [{ kind: "hang-up" }, { kind: "report-handshake-failed", failure, closeCode }],
        };
      }
      if (event.kind === "close") return { state: { status: "closing" }, effects: [{ kind: "hang-up" }] };
      return stay;
    case "open":
      if (event.kind === "down") {
        const { failure, closeCode } = event;
        return {
          state: { status: "closed" },
          effects: [{ kind: "hang-up" }, { kind: "report-lost", failure, closeCode }],
        };
      }
      if (event.kind === "close") return { state: { status: "closing" }, effects: [{ kind: "hang-up" }] };
      return stay;
    case "closing":
      if (event.kind === "ended") {
        return { state: { status: "closed" }, effects: [{ kind: "report-closed", wasOpened: true }] };
      }
      return stay;
    case "closed":
      return stay;
    default:
      return unreachable(state);
  }
}
