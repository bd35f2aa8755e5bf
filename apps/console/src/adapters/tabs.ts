/** Carries messages between the tabs of one console in one browser. */
export interface Relay<Message> {
  /** Tells the others, not this tab itself. */
  tell(message: Message): void;
  close(): void;
}

/** Two daemons may be served by one host under different paths. */
const NAME = `shoal-stream:${new URL(document.baseURI).pathname}`;

export function openRelay<Message>(onMessage: (message: Message) => void): Relay<Message> {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<Message>) => onMessage(data);
  return { tell: (message) => channel.postMessage(message), close: () => channel.close() };
}

/**
 * Does work in one tab at a time; in the next one when it has ended there, or the tab is gone. A browser has no locks on a page that came by plain
 * HTTP from another machine: each tab then works for itself.
 */
export async function whileLeading(over: AbortSignal, work: () => Promise<void>): Promise<void> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (!locks) return work();
  // Rejected when it is over before this tab's turn has come.
  await locks.request(NAME, { signal: over }, work).catch(() => {});
}
