/** The daemon's end of the socket to a child. */
export interface ChildSocket {
  /** Sends bytes, of which it keeps a copy if they cannot go at once; to nobody once the child is gone. */
  send(bytes: Uint8Array): void;
  /** Resolves when everything was heard that the child has said. */
  readonly closed: Promise<void>;
  /** Hears no more. */
  close(): void;
}

/** The types of Bun name these options and no function that takes them; its `net.connect({ fd })` is made of this one. */
const connectTo = Bun.connect as unknown as (options: Bun.FdSocketOptions) => Promise<Bun.Socket>;

/**
 * Takes over one end of a pair of sockets. Bytes are heard and sent without a stream in between: with one, a third of what a small run costs the daemon would go
 * into promises and into asking the system anew whether there is something to read.
 */
export function openChildSocket(fd: number, onBytes: (bytes: Uint8Array) => void): ChildSocket {
  const waiting: Uint8Array[] = [];
  const closed = Promise.withResolvers<void>();
  let socket: Bun.Socket | undefined;
  const over = () => {
    socket = undefined;
    closed.resolve();
  };
  const sendWaiting = () => {
    for (let next = waiting[0]; socket !== undefined && next !== undefined; next = waiting[0]) {
      const sentCount = socket.write(next);
      if (sentCount < next.length) {
        // The rest goes when there is room. Below 0: the child is gone, and its end says so.
        if (sentCount > 0) waiting[0] = next.subarray(sentCount);
        return;
      }
      waiting.shift();
    }
  };
  const opening = connectTo({
    fd,
    socket: {
      open(opened) {
        socket = opened;
        sendWaiting();
      },
      data: (_, bytes) => onBytes(bytes),
      drain: sendWaiting,
      close: over,
      error: over,
    },
  });
  opening.catch(over);
  return {
    send(bytes) {
      const sentCount = waiting.length === 0 && socket !== undefined ? socket.write(bytes) : 0;
      if (sentCount < bytes.length) waiting.push(bytes.slice(Math.max(0, sentCount)));
    },
    closed: closed.promise,
    close: () => void opening.then((opened) => opened.terminate(), over),
  };
}
