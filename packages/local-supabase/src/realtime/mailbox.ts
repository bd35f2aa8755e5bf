/** What a mailbox is made of. */
export interface MailboxParts<Item> {
  /** Handles one item. While a returned promise is pending, later items wait. */
  readonly handle: (item: Item) => Promise<void> | undefined;
  /** Called with what `handle` threw. */
  readonly onFailure: (thrown: unknown) => void;
  readonly bytesOf: (item: Item) => number;
  /** Called when more bytes wait than a mailbox holds. */
  readonly onOverflow: () => void;
}

/** @source REALTIME.md 2.2, transport heap */
const MAX_WAITING_BYTES = 50_000_000;
/** The memory a waiting item takes besides its content, roughly: a million empty frames take memory, too. */
const KEPT_ITEM_BYTES = 64;

/** Handles one item after another, in order, as a process of the real server does. */
export class Mailbox<Item> {
  readonly #parts: MailboxParts<Item>;
  #waiting: Item[] = [];
  #waitingBytes = 0;
  #isBusy = false;
  #isClosed = false;

  constructor(parts: MailboxParts<Item>) {
    this.#parts = parts;
  }

  /** Whether it is still handling an item, so that later ones wait. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(item: Item): void {
    if (!this.#isBusy) return this.#handle(item);
    this.#waiting.push(item);
    this.#waitingBytes += this.#bytesOf(item);
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#parts.onOverflow();
  }

  /** Drops what waits and what comes later. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #handle(item: Item): void {
    if (this.#isClosed) return;
    let work: Promise<void> | undefined;
    try {
      work = this.#parts.handle(item);
    } catch (thrown) {
      return this.#parts.onFailure(thrown);
    }
    if (!work) return;
    this.#isBusy = true;
    void work.catch((thrown: unknown) => this.#parts.onFailure(thrown)).then(() => this.#resume());
  }

  #resume(): void {
    this.#isBusy = false;
    const held = this.#waiting;
    let handled = 0;
    for (const item of held) {
      if (this.#isBusy || this.#isClosed) break;
      handled += 1;
      this.#waitingBytes -= this.#bytesOf(item);
      this.#handle(item);
    }
    if (!this.#isClosed) this.#waiting = handled === held.length ? [] : held.slice(handled);
  }

  #bytesOf(item: Item): number {
    return this.#parts.bytesOf(item) + KEPT_ITEM_BYTES;
  }
}
