import type { SupabaseClient } from "@supabase/supabase-js";
import { againAfterMs } from "./channel.ts";
import {
  type ChatMessage,
  type ChatState,
  type ChatStorage,
  type Ended,
  FIRST_STATE,
  type Match,
  NO_MATCH,
  type Problem,
} from "./chat-state.ts";
import { enterLobby, type Lobby } from "./lobby.ts";
import { type Attributes, createPerson, type Person, type Project } from "./person.ts";
import { openRoom, type Room } from "./room.ts";
import { readSaved, save } from "./saved.ts";
import { problemOf, safetyProblemOf } from "./words.ts";

export interface ChatOptions {
  /** Signed in, or not yet: then the person is signed in anonymously. */
  readonly supabase: SupabaseClient;
  readonly project: Project;
  /** Whether the project's channels are private (`CHANNEL_ACCESS`). Default: true */
  readonly isPrivate?: boolean | undefined;
  /** Says with each wait whom one fits, if the fleet has rules of matching. */
  readonly attributes?: Attributes | undefined;
  /** Keeps the conversation through a reload. The client's session must outlive it as well. */
  readonly storage?: ChatStorage | undefined;
}

export interface Chat {
  readonly state: ChatState;
  /** Calls back with each change; returns what ends that. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Waits for a partner, under that name. Leaves the conversation that is going on. */
  wait(name: string): Promise<void>;
  say(text: string): void;
  /** Sends a message again that failed. */
  sayAgain(messageId: string): void;
  /** To be called with each key that the person types. */
  type(): void;
  /** Leaves the conversation, or the line. */
  leave(): Promise<void>;
  /** Never meets the partner of this conversation again, which ends. */
  block(): Promise<void>;
  /** Reports the partner of this conversation, which goes on, to the operator. */
  report(reason: string): Promise<void>;
  /** Goes on where the page was before it was loaded again. Does nothing if nothing was going on. */
  resume(): Promise<void>;
  /** Leaves the line, by a request that outlives the page, which is being closed. `resume` waits anew. */
  stopWaitingAtOnce(): void;
  /** Leaves everything and listens no more. */
  end(): Promise<void>;
}

/** A notice may be lost: whoever waits asks again after so long. */
const ASK_AGAIN_MS = 15_000;
/** A match is confirmed within 8 s, or it expires. */
const NO_SHOW_MS = 10_000;
/** A goodbye is given so long to arrive. */
const GOODBYE_MS = 1000;
const MOST_MESSAGES = 500;

/** Makes a chat: sign-in, waiting, one conversation after the other. Starts nothing by itself. */
export function createChat(options: ChatOptions): Chat {
  return new OneChat(options);
}

class OneChat implements Chat {
  readonly #options: ChatOptions;
  readonly #person: Person;
  readonly #listeners = new Set<() => void>();
  #state = FIRST_STATE;
  /** A wait with the conversation that follows it. Ends with all that it waits for when another begins. */
  #round = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasSignedInAnew = false;
  #lobby: Lobby | undefined;
  #room: Room | undefined;
  /** Whether the partner of the match was ever here. */
  #hasMet = false;
  /** Matches that are over for the person; a notice of one of them may still come. */
  readonly #past = new Set<string>();

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#person = createPerson(options.supabase, options.project, () => {
      if (this.#state.me !== null) this.#forgetPerson();
    });
  }

  get state() {
    return this.#state;
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  async wait(name: string) {
    await this.#leaveMatch("you-left");
    await this.#inNewRound({ phase: "signing-in", name, ...NO_MATCH }, async (signal) => {
      await this.#enterLobby(signal);
      await this.#ask(signal);
    });
  }

  async resume() {
    const saved = readSaved(this.#options.storage);
    if (!saved) return;
    const { name, match, messages } = saved;
    if (!match) return this.wait(name);
    await this.#inNewRound({ phase: "signing-in", name, ...NO_MATCH, messages }, async (signal) => {
      const me = await this.#enterLobby(signal);
      if (me === saved.me) await this.#enter(match, signal, messages);
      else this.#set({ phase: "idle", ...NO_MATCH });
    });
  }

  say(text: string) {
    const sentAt = new Date().toISOString();
    void this.#deliver({ id: newId(), isMine: true, text, sentAt, delivery: "sending" });
  }

  sayAgain(messageId: string) {
    const message = this.#state.messages.find(({ id, delivery }) => id === messageId && delivery === "failed");
    if (message) void this.#deliver({ ...message, delivery: "sending" });
  }

  type() {
    this.#room?.type();
  }

  async leave() {
    const { match, phase } = this.#state;
    if (match) return this.#leaveMatch("you-left");
    this.#stopRound();
    this.#set({ phase: "idle", problem: null });
    if (phase !== "idle" && phase !== "over") await this.#cancel();
  }

  async block() {
    const { match } = this.#state;
    if (!match || !(await this.#protect(() => this.#person.block(match.matchId)))) return;
    await this.#leaveMatch("you-blocked");
    // The goodbye of the match may have been here before the answer.
    if (this.#state.match === match) this.#set({ ended: "you-blocked" });
  }

  async report(reason: string) {
    const { match } = this.#state;
    if (!match || !(await this.#protect(() => this.#person.report(match.matchId, reason)))) return;
    if (this.#state.match === match) this.#set({ isReported: true });
  }

  stopWaitingAtOnce() {
    const { phase } = this.#state;
    if (phase === "signing-in" || phase === "waiting") this.#person.cancelAtOnce();
  }

  async end() {
    await this.leave();
    this.#forgetPerson();
    this.#person.end();
    this.#listeners.clear();
  }

  /** Does what is asked once, and returns whether it is done; what fails is said, and may be pressed again. */
  async #protect(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#set({ problem: null });
      return true;
    } catch (thrown) {
      this.#set({ problem: safetyProblemOf(thrown) });
      return false;
    }
  }

  /** The one place where the state changes. */
  #set(change: Partial<ChatState>) {
    this.#state = { ...this.#state, ...change };
    save(this.#options.storage, this.#state);
    for (const listener of this.#listeners) listener();
  }

  async #inNewRound(change: Partial<ChatState>, work: (signal: AbortSignal) => Promise<void>) {
    this.#stopRound();
    this.#round = new AbortController();
    this.#set({ ...change, problem: null });
    await this.#attempt(work);
  }

  #stopRound() {
    this.#round.abort();
    clearTimeout(this.#timer);
    this.#closeRoom();
  }

  /** Does a piece of the present round. What cannot be mended by waiting ends the round, and is said. */
  async #attempt(work: (signal: AbortSignal) => Promise<unknown>) {
    const { signal } = this.#round;
    try {
      await work(signal);
    } catch (thrown) {
      if (!signal.aborted) await this.#fail(problemOf(thrown));
    }
  }

  async #fail(problem: Problem) {
    const { name } = this.#state;
    this.#stopRound();
    // Who was signed in anonymously while the project had other keys is somebody new now.
    const isAnew = problem.code === "CHAT_SIGNED_OUT" && this.#person.isAnonymous && !this.#hasSignedInAnew;
    if (!isAnew) return this.#set({ phase: "idle", ...NO_MATCH, problem });
    this.#hasSignedInAnew = true;
    await this.#person.signOut();
    await this.wait(name);
  }

  /** Repeats work until it succeeds, says meanwhile why it does not, and rejects where trying again would not help. */
  async #repeat<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        const value = await work();
        signal.throwIfAborted();
        if (failures > 0) this.#set({ problem: null });
        return value;
      } catch (thrown) {
        signal.throwIfAborted();
        const problem = problemOf(thrown);
        if (problem.isLasting) throw thrown;
        this.#set({ problem });
        await pause(againAfterMs(failures), signal);
      }
    }
  }

  /** Signs the person in and listens for notices. Returns the person's id. */
  async #enterLobby(signal: AbortSignal): Promise<string> {
    const { supabase, isPrivate = true } = this.#options;
    const me = await this.#repeat(signal, () => this.#person.signIn());
    if (this.#lobby?.me !== me) {
      this.#lobby?.leave();
      this.#set({ me });
      this.#lobby = enterLobby({
        ...{ supabase, isPrivate, me },
        name: () => this.#state.name,
        onNotice: (match) => this.#onNotice(match),
        onListening: () => {
          if (this.#state.phase === "waiting") void this.#attempt((latest) => this.#ask(latest));
        },
        onUp: () => this.#onUp(),
        onDown: (error) => this.#onDown(error),
      });
    }
    await this.#lobby.listening();
    signal.throwIfAborted();
    return me;
  }

  #onUp() {
    const isOnline = this.#lobby?.isJoined === true && this.#room?.isJoined !== false;
    if (isOnline && !this.#state.isOnline) this.#set({ isOnline, problem: null });
  }

  #onDown(error: Error) {
    const problem = problemOf(error);
    if (problem.isLasting && this.#state.phase === "signing-in") return void this.#fail(problem);
    this.#set({ isOnline: false, ...(!this.#state.match && { problem }) });
  }

  /** Opens the person's ticket, or finds the one there is, and looks whether its match is made. */
  async #ask(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer);
    const match = await this.#repeat(signal, async () => {
      const wait = () => this.#person.wait(this.#state.name, this.#options.attributes ?? {});
      const answered = await wait();
      if (!answered || !this.#past.has(answered.matchId)) return answered;
      // That the person has left this match did not arrive.
      await this.#person.cancel();
      return wait();
    });
    this.#hasSignedInAnew = false;
    if (match) return this.#enter(match, signal);
    if (this.#state.phase !== "waiting") this.#set({ phase: "waiting", ...NO_MATCH });
    this.#timer = setTimeout(() => this.#attempt(() => this.#ask(signal)), ASK_AGAIN_MS);
  }

  #onNotice(match: Match) {
    const { phase } = this.#state;
    const isWaited = phase === "waiting" || phase === "meeting" || phase === "talking";
    // During a match there comes another one when somebody did not confirm the first.
    if (isWaited && !this.#past.has(match.matchId)) void this.#attempt((signal) => this.#enter(match, signal));
  }

  /** Confirms the match and goes into its room. `messages`: what was said before a reload. */
  async #enter(match: Match, signal: AbortSignal, messages?: readonly ChatMessage[]) {
    if (this.#state.match?.matchId === match.matchId) return;
    clearTimeout(this.#timer);
    this.#closeRoom();
    this.#hasMet = messages !== undefined;
    this.#set({ ...NO_MATCH, phase: "meeting", match, messages: messages ?? [] });
    if (await this.#isOver(match, signal)) return;
    this.#room = this.#openRoom(match);
    this.#timer = setTimeout(() => this.#attempt(() => this.#onNoShow(match, signal)), NO_SHOW_MS);
  }

  #openRoom(match: Match): Room {
    const { supabase, isPrivate = true } = this.#options;
    return openRoom({
      ...{ supabase, isPrivate, match, me: this.#state.me ?? "" },
      onJoined: () => this.#onUp(),
      onDown: (error) => {
        this.#set({ isOnline: false });
        // The seat, and with it the right to be here, is gone with the match.
        if (problemOf(error).isLasting) void this.#attempt((signal) => this.#isOver(match, signal));
      },
      onPartner: (isPartnerHere) => {
        if (isPartnerHere) this.#onPartner();
        else this.#set({ isPartnerHere, isPartnerTyping: false });
      },
      onPartnerTyping: (isPartnerTyping) => {
        if (isPartnerTyping !== this.#state.isPartnerTyping) this.#set({ isPartnerTyping });
      },
      onMessage: (message) => {
        this.#onPartner();
        this.#put(message);
      },
      onOver: (ended) => void this.#leaveMatch(ended),
    });
  }

  #onPartner() {
    this.#hasMet = true;
    const { phase, isPartnerHere } = this.#state;
    if (phase !== "talking" || !isPartnerHere) this.#set({ phase: "talking", isPartnerHere: true });
  }

  /** Confirms the match, which also says whether it goes on: it may have ended while nobody could say so. */
  async #isOver(match: Match, signal: AbortSignal): Promise<boolean> {
    const isOpen = await this.#repeat(signal, () => this.#person.confirm(match.matchId));
    if (this.#state.match !== match) return true;
    if (isOpen) return false;
    if (this.#hasMet) await this.#leaveMatch("match-over");
    else {
      // Somebody did not confirm: the ticket is back at its old place in line.
      this.#past.add(match.matchId);
      this.#closeRoom();
      this.#set({ phase: "waiting", ...NO_MATCH });
      await this.#ask(signal);
    }
    return true;
  }

  async #onNoShow(match: Match, signal: AbortSignal) {
    if (this.#state.isPartnerHere || (await this.#isOver(match, signal))) return;
    if (this.#room?.isJoined && !this.#state.isPartnerHere) await this.#leaveMatch("partner-gone");
  }

  async #deliver(message: ChatMessage) {
    const { match } = this.#state;
    const room = this.#room;
    if (!room || !match) return;
    this.#put(message);
    const isSent = await room.say(message).catch(() => false);
    if (!this.#state.messages.some(({ id }) => id === message.id)) return;
    this.#put({ ...message, delivery: isSent ? "sent" : "failed" });
    if (!isSent && room === this.#room) await this.#attempt((signal) => this.#isOver(match, signal));
  }

  /** Adds a message, or replaces the one with its id: what is sent twice is said once. */
  #put(message: ChatMessage) {
    const { messages } = this.#state;
    const isKnown = messages.some(({ id }) => id === message.id);
    const changed = isKnown ? messages.map((one) => (one.id === message.id ? message : one)) : [...messages, message];
    this.#set({ messages: changed.slice(-MOST_MESSAGES) });
  }

  /** Ends the conversation, if there is one. */
  async #leaveMatch(ended: Ended) {
    const { phase, match } = this.#state;
    if (!match || phase === "over") return;
    this.#past.add(match.matchId);
    const room = this.#room;
    this.#room = undefined;
    this.#stopRound();
    this.#set({ phase: "over", ended, isPartnerTyping: false, isPartnerHere: false, problem: null });
    if ((ended === "you-left" || ended === "you-blocked") && room)
      await Promise.race([room.sayGoodbye(), pause(GOODBYE_MS)]);
    void room?.close();
    await this.#cancel();
  }

  #closeRoom() {
    void this.#room?.close();
    this.#room = undefined;
  }

  /** Whatever fails here is mended by the next wait. */
  async #cancel() {
    await this.#person.cancel().catch(() => {});
  }

  #forgetPerson() {
    this.#stopRound();
    this.#lobby?.leave();
    this.#lobby = undefined;
    this.#set({ ...FIRST_STATE, name: this.#state.name });
  }
}

function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, durationMs);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Not randomUUID, which browsers have only where the page came by HTTPS or from this machine. */
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
