import { invariant } from "@shoal/kernel";

/**
 * Which topic sits on which socket. A socket never holds one topic twice: the server would close the first channel. A new
 * topic goes to the fullest socket that can hold it, so that sockets a shrinking fleet does not need become empty and close.
 */
export interface SlotTable {
  addSocket(socketId: string): void;
  /** Forgets the socket and every slot on it. */
  removeSocket(socketId: string): void;
  /** Takes a slot for `topic` on the fullest socket that can hold it, or on the emptiest. Null: none can. */
  place(topic: string, order?: "fullest" | "emptiest"): string | null;
  /** Takes a slot on this very socket, reserved or not. False when it cannot hold the topic. */
  placeOn(socketId: string, topic: string): boolean;
  /** A socket without slots that is not reserved, or null. */
  empty(): string | null;
  /** Gives the slot back. A slot that is not held is ignored: its socket may be gone. */
  free(socketId: string, topic: string): void;
  /** The server said that this socket is full: it carries at most `capacity` slots until it is unsealed. Never raises it. */
  seal(socketId: string, capacity: number): void;
  unseal(socketId: string): void;
  /** `place` passes this socket over until it is offered again. */
  reserve(socketId: string): void;
  offer(socketId: string): void;
  heldOn(socketId: string): number;
  readonly held: number;
}

interface Row {
  readonly socketId: string;
  readonly topics: Set<string>;
  capacity: number;
  isReserved: boolean;
  /** Where it stands in the index, null for not at all. */
  level: Set<Row> | null;
}

export function createSlotTable(channelsPerSocket: number): SlotTable {
  const rows = new Map<string, Row>();
  /** Sockets with a free slot, by the number of slots held there: 10,000 channels find a place in one look each. */
  const levels: readonly Set<Row>[] = Array.from({ length: channelsPerSocket }, () => new Set<Row>());
  const fullestFirst = levels.toReversed();
  let held = 0;

  const index = (row: Row) => {
    const hasCapacity = !row.isReserved && row.topics.size < row.capacity && rows.has(row.socketId);
    const level = hasCapacity ? (levels[row.topics.size] ?? null) : null;
    if (level === row.level) return;
    row.level?.delete(row);
    level?.add(row);
    row.level = level;
  };
  const find = (topic: string, order: readonly Set<Row>[]): Row | null => {
    for (const level of order) {
      // Most levels are empty, and an iterator for each of them would cost more than the search itself.
      if (level.size === 0) continue;
      for (const row of level) if (!row.topics.has(topic)) return row;
    }
    return null;
  };
  const take = (row: Row, topic: string) => {
    row.topics.add(topic);
    held += 1;
    index(row);
  };
  const change = (socketId: string, how: (row: Row) => Partial<Row>) => {
    const row = rows.get(socketId);
    if (row) index(Object.assign(row, how(row)));
  };

  return {
    addSocket(socketId) {
      invariant(!rows.has(socketId), `socket ${socketId} is added once`);
      const row: Row = { socketId, topics: new Set(), capacity: channelsPerSocket, isReserved: false, level: null };
      rows.set(socketId, row);
      index(row);
    },
    removeSocket(socketId) {
      const row = rows.get(socketId);
      if (!row) return;
      held -= row.topics.size;
      rows.delete(socketId);
      index(row);
    },
    place(topic, order = "fullest") {
      const row = find(topic, order === "fullest" ? fullestFirst : levels);
      if (row) take(row, topic);
      return row?.socketId ?? null;
    },
    placeOn(socketId, topic) {
      const row = rows.get(socketId);
      if (!row || row.topics.has(topic) || row.topics.size >= row.capacity) return false;
      take(row, topic);
      return true;
    },
    empty() {
      for (const row of levels[0] ?? []) if (row.capacity > 0) return row.socketId;
      return null;
    },
    free(socketId, topic) {
      const row = rows.get(socketId);
      if (!row?.topics.delete(topic)) return;
      held -= 1;
      index(row);
    },
    seal: (socketId, capacity) => change(socketId, ({ capacity: own }) => ({ capacity: Math.min(own, capacity) })),
    unseal: (socketId) => change(socketId, () => ({ capacity: channelsPerSocket })),
    reserve: (socketId) => change(socketId, () => ({ isReserved: true })),
    offer: (socketId) => change(socketId, () => ({ isReserved: false })),
    heldOn: (socketId) => rows.get(socketId)?.topics.size ?? 0,
    get held() {
      return held;
    },
  };
}
