import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { createGate, type KeptChannel, keepJoined } from "./channel.ts";
import { type ChatMessage, type Match, readMessage } from "./chat-state.ts";

/** A partner may be out of the room for so long (a reload, a lost socket) before it counts as gone. */
const GONE_AFTER_MS = 3000;
/** Typing is told at most so often, and is over when it was not told for so long. */
const TYPING_AGAIN_MS = 3000;
const TYPING_OVER_MS = 8000;
/** Typing is taken back when nothing was typed for so long. */
const TYPING_PAUSE_MS = 4000;

export interface RoomOptions {
  readonly supabase: SupabaseClient;
  readonly isPrivate: boolean;
  /** The person's id. */
  readonly me: string;
  readonly match: Match;
  readonly onJoined: () => void;
  /** The room was lost or refused. It is joined again by itself. */
  readonly onDown: (error: Error) => void;
  readonly onPartner: (isHere: boolean) => void;
  readonly onPartnerTyping: (isTyping: boolean) => void;
  readonly onMessage: (message: ChatMessage) => void;
  /** The partner has left, or was out of the room for 3 s. */
  readonly onOver: (ended: "partner-left" | "partner-gone") => void;
}

export interface Room {
  readonly isJoined: boolean;
  /** Sends when the partner is there to hear it: nobody keeps it meanwhile. Returns whether the server has it. */
  say(message: ChatMessage): Promise<boolean>;
  /** Tells the partner that the person types; to be called with each key. */
  type(): void;
  /** Says goodbye, at once or not at all. */
  sayGoodbye(): Promise<unknown>;
  close(): Promise<void>;
}

/** Joins the room of a match and keeps it joined until it is closed. */
export function openRoom(options: RoomOptions): Room {
  const { supabase, isPrivate, me, match, onJoined, onDown } = options;
  const listening = listen(options);
  const kept: KeptChannel = keepJoined({
    supabase,
    topic: `room:${match.roomId}`,
    // Acknowledged: so one knows which of the own messages the server has.
    config: { private: isPrivate, broadcast: { ack: true }, presence: { key: me } },
    bind: listening.bind,
    onJoined: (channel) => {
      void channel.track({ user_id: me }); // shows the partner that we listen
      onJoined();
    },
    onDown: (error) => {
      listening.forget();
      onDown(error);
    },
  });
  const send = async (event: string, payload: object) => {
    const channel = await kept.joined();
    return (await channel?.send({ type: "broadcast", event, payload })) === "ok";
  };
  const typing = tellTyping((isTyping) => {
    if (kept.isJoined) void send("typing", { from: me, typing: isTyping });
  });
  return {
    get isJoined() {
      return kept.isJoined;
    },
    async say({ id, text, sentAt }) {
      typing.forget();
      await listening.partner();
      return send("message", { id, from: me, text, sent_at: sentAt });
    },
    type: typing.onKey,
    sayGoodbye: async () => kept.isJoined && send("leave", { from: me, reason: "done" }),
    close() {
      typing.forget();
      listening.forget();
      const left = kept.leave();
      listening.end();
      return left;
    },
  };
}

/** Listens to the partner. Presence decides who is here: while a bot moves to another daemon its key has two entries for a moment. */
function listen({ match, onPartner, onPartnerTyping, onMessage, onOver }: RoomOptions) {
  const { id } = match.partner;
  let hasMet = false;
  const here = createGate();
  let absence: ReturnType<typeof setTimeout> | undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;

  const onPresence = (isHere: boolean) => {
    if (isHere) {
      clearTimeout(absence);
      absence = undefined;
      hasMet = true;
      here.open();
    } else {
      here.close();
      if (hasMet) absence ??= setTimeout(() => onOver("partner-gone"), GONE_AFTER_MS);
    }
    onPartner(isHere);
  };
  const onTyping = (isTyping: boolean) => {
    clearTimeout(typing);
    if (isTyping) typing = setTimeout(() => onPartnerTyping(false), TYPING_OVER_MS);
    onPartnerTyping(isTyping);
  };
  const bind = (channel: RealtimeChannel) => {
    const on = (event: string, react: (payload: Record<string, unknown>) => void) =>
      channel.on("broadcast", { event }, ({ payload }) => payload?.from === id && react(payload));
    on("message", (payload) => {
      const message = readMessage(payload);
      if (!message) return;
      here.open();
      onTyping(false);
      onMessage(message);
    });
    on("typing", (payload) => onTyping(payload["typing"] === true));
    on("leave", () => onOver("partner-left"));
    channel.on("presence", { event: "sync" }, () => onPresence(Object.hasOwn(channel.presenceState(), id)));
  };
  return {
    bind,
    /** Resolves when the partner is here. */
    partner: here.passed,
    /** Nobody waits for the partner any more. */
    end: here.open,
    /** Forgets who is here, an absence, and typing: while the room is lost, the partner cannot be seen. */
    forget() {
      here.close();
      clearTimeout(absence);
      absence = undefined;
      clearTimeout(typing);
    },
  };
}

/** Turns keys into few events: typing, still typing, and no longer. */
function tellTyping(tell: (isTyping: boolean) => void) {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let pause: ReturnType<typeof setTimeout> | undefined;
  const forget = () => {
    clearTimeout(pause);
    toldAtMs = Number.NEGATIVE_INFINITY;
  };
  return {
    /** A message ends typing by itself. */
    forget,
    onKey() {
      clearTimeout(pause);
      pause = setTimeout(() => {
        forget();
        tell(false);
      }, TYPING_PAUSE_MS);
      if (Date.now() - toldAtMs < TYPING_AGAIN_MS) return;
      toldAtMs = Date.now();
      tell(true);
    },
  };
}
