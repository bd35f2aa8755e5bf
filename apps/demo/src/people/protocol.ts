/** One line said in a room, unescaped. */
export interface SaidLine {
  readonly id: string;
  /** Name of the speaker. */
  readonly name: string;
  readonly isBot: boolean;
  readonly text: string;
}

/** Figures of the people process, since its start unless said otherwise. */
export interface PeopleReport {
  readonly people: number;
  /** Current states. `offline`: not in the lobby, or not on the own topic. */
  readonly offline: number;
  readonly waiting: number;
  readonly talking: number;
  /** Different people who were matched at least once. */
  readonly everMatched: number;
  /** Different people who met a partner, or heard from theirs, since the latest mark; and how many marks there were. */
  readonly servedSinceMark: number;
  readonly marks: number;
  /** A match of two people counts once. */
  readonly matchesPersonPerson: number;
  readonly matchesPersonBot: number;
  /** Of those of two people, how many brought two together who wait for different topics: the rules of `--llm-stub` forbid it. */
  readonly matchesAcrossTopics: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly joins: number;
  readonly joinsRefused: number;
  /** Channels that failed or were lost, and clients; also by class. */
  readonly failures: number;
  readonly errorsByClass: Readonly<Record<string, number>>;
  /** One per match and person: from tracking `waiting` to the notice, in ms. */
  readonly timeToMatchMs: readonly number[];
  /** The latest lines of one conversation, oldest first. */
  readonly conversation: readonly SaidLine[];
}

/** Message from the people process to the demo. */
export type FromPeople =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly report: PeopleReport }
  /** Sent last, when all people have left. `waiting` and `talking` are as they were before. */
  | { readonly kind: "ended"; readonly report: PeopleReport };

/** Message from the demo to the people process. */
export type ToPeople =
  | { readonly kind: "stop" }
  /** Restarts the count of people served. */
  | { readonly kind: "mark" };

/** Environment variables of the people process. */
export interface PeopleEnvironment {
  readonly SUPABASE_URL: string;
  readonly SUPABASE_ANON_KEY: string;
  readonly PEOPLE_COUNT: string;
  readonly PEOPLE_SEED: string;
  /** What each of them wants to talk about, one after the other, with commas between; empty: nobody says. */
  readonly PEOPLE_TOPICS: string;
}
