/** How many calls are at work at the same time; the others wait in order. */
export interface Slots {
  /** Rejects with the reason of `close`. */
  acquire(): Promise<void>;
  release(): void;
  /** Nobody gets one any more. Idempotent. */
  close(reason: Error): void;
}

export function createSlots(count: number): Slots {
  const waiting: PromiseWithResolvers<void>[] = [];
  let free = count;
  let closed: Error | undefined;
  return {
    async acquire() {
      if (closed) throw closed;
      if (free > 0) free -= 1;
      else {
        const turn = Promise.withResolvers<void>();
        waiting.push(turn);
        await turn.promise;
      }
    },
    release() {
      const next = waiting.shift();
      if (next) next.resolve();
      else free += 1;
    },
    close(reason) {
      closed = reason;
      for (const turn of waiting.splice(0)) turn.reject(reason);
    },
  };
}
