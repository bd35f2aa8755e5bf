import type { PersonState } from "./person.state.ts";
import type { PeopleReport } from "./protocol.ts";

/** Counts what happens to all people of this process. */
export class PeopleStats {
  readonly #everMatched = new Set<string>();
  readonly #personPersonMatches = new Set<string>();
  readonly #servedSinceMark = new Set<string>();
  readonly #topics = new Map<string, string>();
  readonly #acrossTopics = new Set<string>();
  readonly #timeToMatchMs: number[] = [];
  readonly #errorsByClass: Record<string, number> = {};
  #personBotMatches = 0;
  #messagesSent = 0;
  #messagesReceived = 0;
  #joins = 0;
  #joinsRefused = 0;
  #marks = 0;

  /** Restarts the count of people served. */
  mark(): void {
    this.#marks += 1;
    this.#servedSinceMark.clear();
  }

  joined(): void {
    this.#joins += 1;
  }

  failed(errorClass: string, isRefusal = false): void {
    this.#errorsByClass[errorClass] = (this.#errorsByClass[errorClass] ?? 0) + 1;
    if (isRefusal) this.#joinsRefused += 1;
  }

  noticed(waitedMs: number): void {
    this.#timeToMatchMs.push(waitedMs);
  }

  /** Counts a person who is in a room with the partner. Two people of this process report the same match, which counts once. */
  met(personId: string, matchId: string, partner: { readonly id: string; readonly isBot: boolean }): void {
    this.#everMatched.add(personId);
    this.#servedSinceMark.add(personId);
    if (partner.isBot) this.#personBotMatches += 1;
    else this.#personPersonMatches.add(matchId);
    const [topic, other] = [this.#topics.get(personId), this.#topics.get(partner.id)];
    if (topic !== undefined && other !== undefined && topic !== other) this.#acrossTopics.add(matchId);
  }

  /** Notes what a person waits to talk about. */
  wants(personId: string, topic: string): void {
    this.#topics.set(personId, topic);
  }

  sent(): void {
    this.#messagesSent += 1;
  }

  /** Counts a message of the partner: the person is served. */
  received(personId: string): void {
    this.#servedSinceMark.add(personId);
    this.#messagesReceived += 1;
  }

  report(states: readonly PersonState[]): Omit<PeopleReport, "conversation"> {
    const count = (...kinds: PersonState["kind"][]) => states.filter((state) => kinds.includes(state.kind)).length;
    return {
      people: states.length,
      offline: count("entering", "gone"),
      waiting: count("waiting"),
      talking: count("talking", "parting"),
      everMatched: this.#everMatched.size,
      servedSinceMark: this.#servedSinceMark.size,
      marks: this.#marks,
      matchesPersonPerson: this.#personPersonMatches.size,
      matchesPersonBot: this.#personBotMatches,
      matchesAcrossTopics: this.#acrossTopics.size,
      messagesSent: this.#messagesSent,
      messagesReceived: this.#messagesReceived,
      joins: this.#joins,
      joinsRefused: this.#joinsRefused,
      failures: Object.values(this.#errorsByClass).reduce((sum, count) => sum + count, 0),
      errorsByClass: { ...this.#errorsByClass },
      timeToMatchMs: [...this.#timeToMatchMs],
    };
  }
}
