/** A helper process that answers requests over IPC. */
export interface Child {
  ask(request: unknown): Promise<unknown>;
  /** Ends the process. Resolves when it has ended. Idempotent. */
  close(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Starts `bun <file> <args>` and waits until it says that it is ready (an answer with id 0). */
export async function openChild(file: string, args: readonly string[]): Promise<Child> {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<unknown>();
  pending.set(0, ready);
  const process_ = Bun.spawn([process.execPath, file, ...args], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    ipc(message: Answer) {
      const waiting = pending.get(message.id);
      pending.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.result);
      else waiting?.reject(new Error(`${file}: ${message.error}`));
    },
  });
  let isClosing = false;
  void process_.exited.then((code) => {
    const error = new Error(`${file} ended with exit code ${code}`);
    if (isClosing) pending.clear();
    for (const waiting of pending.values()) waiting.reject(error);
  });
  await ready.promise;
  let lastId = 0;
  return {
    ask(request) {
      lastId += 1;
      const waiting = Promise.withResolvers<unknown>();
      pending.set(lastId, waiting);
      process_.send({ id: lastId, request });
      return waiting.promise;
    },
    async close() {
      isClosing = true;
      process_.kill("SIGKILL");
      await process_.exited;
    },
  };
}

interface Question<Request> {
  readonly id: number;
  readonly request: Request;
}

/** The other side: answers the requests of the parent from now on, says that it is ready, and ends with the parent. */
export function answerParent<Request>(answer: (request: Request) => Promise<unknown>): void {
  process.on("message", ({ id, request }: Question<Request>) => {
    void answer(request).then(
      (result) => process.send?.({ id, result }),
      (thrown: unknown) => process.send?.({ id, error: Bun.inspect(thrown) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ id: 0, result: "ready" });
}
