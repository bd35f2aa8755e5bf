import type { WebSocketLikeConstructor } from "@supabase/realtime-js";

/** The platform's WebSocket, seen when the library makes it. */
export interface WebSocketTap {
  readonly transport: WebSocketLikeConstructor;
  readonly current: () => WebSocket | null;
}

/**
 * Lets us hold the very WebSocket the library uses. Closing it ourselves spares the library's own disconnect, which
 * leaves a 10 s timer behind every time. @source REALTIME.md 3.3, trap 10
 */
export function tapWebSocket(): WebSocketTap {
  let current: WebSocket | null = null;
  class OwnedWebSocket extends WebSocket {
    // The platform types are narrower than what the library asks for; events of either kind arrive here.
    declare onerror: ((event: Event) => void) | null;

    constructor(address: string | URL, subprotocols?: string | string[]) {
      super(address, subprotocols);
      current = this;
    }
  }
  return { transport: OwnedWebSocket, current: () => current };
}
