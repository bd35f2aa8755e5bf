/** What a model's reply is made of. It has the shape of `ReplyRequest` of `@shoal/replies`, which this package does not import. */
export interface ReplyRequest {
  /** Id of the match. */
  readonly conversationId: string;
  readonly personId: string;
  /** `manner`: the persona in words. */
  readonly bot: { readonly name: string; readonly manner: string };
  /** Oldest first; the last one is the person's. */
  readonly turns: readonly Turn[];
  /** What the person told in earlier conversations. */
  readonly memories: readonly string[];
  readonly isMinor: boolean;
  /** Whether the first line said that a bot is talking. */
  readonly disclosure: boolean;
}

export interface Turn {
  readonly by: "person" | "bot";
  readonly text: string;
}

/** Where replies of a language model come from. */
export interface ReplySource {
  /** Yields whole sentences that may be said. Rejects with a `code` if there is none; a fault after the first one just ends the reply. */
  reply(request: ReplyRequest, signal: AbortSignal): AsyncIterable<string>;
}

/** What bots remember of a person from one conversation to the next, for those who have allowed it. */
export interface Memories {
  /** Returns facts, each a clause such as "you like jazz"; none of a person who has not allowed it. `botKey`: the persona's id. */
  load(personId: string, botKey: string): Promise<readonly string[]>;
  /** Adds facts to those that are kept. */
  save(personId: string, botKey: string, facts: readonly string[]): Promise<void>;
}
