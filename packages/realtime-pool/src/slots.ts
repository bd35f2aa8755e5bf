import { invariant } from "@shoal/kernel";

/**
 * Which topic sits on which socket. First fit in the order sockets were added, so that sockets fill before new ones
 * are needed. A socket never holds one topic twice: the server would close the first channel.
 */
export interface SlotTable {
  addSocket(socketId: string): void;
  /** Forgets the socket and every slot on it. */
  removeSocket(socketId: string): void;
  /** Takes a slot for `topic` on the first socket that can hold it, or returns null. */
  place(topic: string): string | null;
  /** Gives the slot back. A slot that is not held is ignored: its socket may be gone. */
  free(socketId: string, topic: string): void;
  /** From now on this socket carries at most `capacity` slots: the server said it is full. Never raises it. */
  seal(socketId: string, capacity: number): void;
  heldOn(socketId: string): number;
  readonly held: number;
  readonly sockets: number;
}

interface Row {
  readonly topics: Set<string>;
  capacity: number;
}

export function createSlotTable(channelsPerSocket: number): SlotTable {
  const rows = new Map<string, Row>();
  /** Sockets with a free slot, in the order they were added or got one back. */
  const open = new Map<string, Row>();
  let held = 0;

  return {
    addSocket(socketId) {
      invariant(!rows.has(socketId), `socket ${socketId} is added once`);
      const row: Row = { topics: new Set(), capacity: channelsPerSocket };
      rows.set(socketId, row);
      open.set(socketId, row);
    },
    removeSocket(socketId) {
      held -= rows.get(socketId)?.topics.size ?? 0;
      rows.delete(socketId);
      open.delete(socketId);
    },
    place(topic) {
      for (const [socketId, row] of open) {
        if (row.topics.has(topic)) continue;
        row.topics.add(topic);
        held += 1;
        if (row.topics.size >= row.capacity) open.delete(socketId);
        return socketId;
      }
      return null;
    },
    free(socketId, topic) {
      const row = rows.get(socketId);
      if (!row?.topics.delete(topic)) return;
      held -= 1;
      if (row.topics.size < row.capacity) open.set(socketId, row);
    },
    seal(socketId, capacity) {
      const row = rows.get(socketId);
      if (!row) return;
      row.capacity = Math.min(row.capacity, capacity);
      if (row.topics.size >= row.capacity) open.delete(socketId);
    },
    heldOn: (socketId) => rows.get(socketId)?.topics.size ?? 0,
    get held() {
      return held;
    },
    get sockets() {
      return rows.size;
    },
  };
}
