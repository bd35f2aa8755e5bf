import { type Rng, sleep } from "@shoal/kernel";
import { Person } from "./person.ts";
import { API_TOKEN } from "./replica.ts";
import type { Scenario } from "./scenario.ts";
import { runtime, type World } from "./world.ts";

/** Time in which somebody who comes alone meets a bot. */
const MEET_LIMIT_MS = 60_000;
const LOOK_MS = 20;
const ASK_LIMIT_MS = 2000;
/** People who come in at the same time would be matched with each other. */
const RESTING_AT_ONCE = 20;
const { clock } = runtime;

/** All people of a scenario. */
export class People {
  readonly talking: Person[] = [];
  readonly #resting: Person[] = [];
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #rng: Rng;
  /** Those who met nobody in time. */
  readonly unmet: string[] = [];
  /** The longest that somebody who came waited to be met, in ms. */
  slowestMeetingMs = 0;

  constructor(world: World, scenario: Scenario, rng: Rng) {
    this.#world = world;
    this.#scenario = scenario;
    this.#rng = rng;
  }

  async enterResting(count: number): Promise<void> {
    const people = Array.from({ length: count }, (_, n) => this.#person(`resting-${n}`, "lobby"));
    this.#resting.push(...people);
    for (let from = 0; from < count; from += RESTING_AT_ONCE) {
      await Promise.all(people.slice(from, from + RESTING_AT_ONCE).map((person) => person.enter()));
    }
  }

  /** Brings people in one after the other, so that each meets a bot. */
  async enterTalking(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const person = this.#person(`talking-${this.talking.length}`, this.#scenario.comeBy ?? "lobby");
      this.talking.push(person);
      await person.enter();
      await person.wait();
      const cameAtMs = clock.monotonicMs();
      while (!person.meeting && clock.monotonicMs() < cameAtMs + MEET_LIMIT_MS) await sleep(clock, LOOK_MS);
      this.slowestMeetingMs = Math.max(this.slowestMeetingMs, Math.round(clock.monotonicMs() - cameAtMs));
      if (!person.meeting) this.unmet.push(person.id);
    }
  }

  #person(id: string, comesBy: "lobby" | "http"): Person {
    const { url, anonKey } = this.#world.realtime;
    return new Person({
      ...{ id, at: { url, anonKey }, clock, rng: this.#rng, comesBy, isTyping: this.#scenario.isTyping === true },
      openTicket: (user) => this.#openTicket(user),
    });
  }

  /** Asks the daemons that serve, each once, as a load balancer does. */
  async #openTicket(userId: string): Promise<boolean> {
    for (const { url, isServing } of this.#world.replicas.values()) {
      if (!isServing) continue;
      const asked = fetch(`${url}/api/match/tickets`, {
        method: "POST",
        headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ user_id: userId, name: userId }),
        signal: AbortSignal.timeout(ASK_LIMIT_MS),
      });
      if ((await asked.catch(() => undefined))?.ok) return true;
    }
    return false;
  }

  async leave(): Promise<void> {
    await Promise.all([...this.talking, ...this.#resting].map((person) => person.leave()));
  }
}
