interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly answered: PromiseWithResolvers<Answer>;
}

/**
 * Makes a sender of single items. What comes while a call is under way goes together in the next one, so that many callers take turns at one hot row in
 * few transactions. `send` answers for the items it is given, in their order; its error is that of each of them.
 */
export function createGather<Item, Answer>(
  send: (items: readonly Item[]) => Promise<readonly Answer[]>,
  maxItems: number,
) {
  let waiting: Waiting<Item, Answer>[] = [];
  let isSending = false;
  let isStuck = false;
  const sendAll = async () => {
    isSending = true;
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxItems);
      waiting = waiting.slice(maxItems);
      try {
        const answers = await send(group.map(({ item }) => item));
        for (const [index, { answered }] of group.entries()) answered.resolve(answers[index] as Answer);
      } catch (thrown) {
        for (const { answered } of group) answered.reject(thrown);
      }
      isStuck = false;
    }
    isSending = false;
  };
  return {
    /** A call is under way that somebody has given up on: whoever comes now would wait as long for nothing. */
    get isStuck(): boolean {
      return isStuck;
    },
    /** Resolves with the answer for the item. */
    ask(item: Item): Promise<Answer> {
      const answered = Promise.withResolvers<Answer>();
      waiting.push({ item, answered });
      if (!isSending) void sendAll();
      return answered.promise;
    },
    /** Takes an item back that nobody waits for any more. False: it was sent already, and its answer comes all the same. */
    giveUp(item: Item): boolean {
      isStuck = isSending;
      const before = waiting.length;
      waiting = waiting.filter((each) => each.item !== item);
      return waiting.length < before;
    },
  };
}
