import type { SupabaseClient } from "@supabase/supabase-js";
import { keepJoined } from "./channel.ts";
import { type Match, readMatch } from "./chat-state.ts";

export interface LobbyOptions {
  readonly supabase: SupabaseClient;
  readonly isPrivate: boolean;
  /** The person's id. */
  readonly me: string;
  readonly name: () => string;
  readonly onNotice: (match: Match) => void;
  /** Called with each join of the notices, the first and all that follow a loss: one may have been sent meanwhile. */
  readonly onListening: () => void;
  readonly onUp: () => void;
  readonly onDown: (error: Error) => void;
}

export interface Lobby {
  readonly me: string;
  /** Whether all is joined. */
  readonly isJoined: boolean;
  /** Resolves once notices are heard: one that is sent before is missed. */
  listening(): Promise<unknown>;
  leave(): void;
}

/** Listens for notices, and shows the person in the lobby. */
export function enterLobby({
  supabase,
  isPrivate,
  me,
  name,
  onNotice,
  onListening,
  onUp,
  onDown,
}: LobbyOptions): Lobby {
  const notices = keepJoined({
    ...{ supabase, onDown },
    topic: `user:${me}`,
    config: { private: isPrivate },
    bind: (channel) =>
      channel.on("broadcast", { event: "stranger_matched" }, ({ payload }) => {
        const match = readMatch(payload);
        if (match) onNotice(match);
      }),
    onJoined: () => {
      onUp();
      onListening();
    },
  });
  const lobby = keepJoined({
    ...{ supabase, onDown },
    topic: "global:lobby",
    config: { private: isPrivate, presence: { key: me } },
    onJoined: (channel) => {
      onUp();
      // Is counted: the number of bots follows that of people. The ticket is made by match_wait.
      void channel.track({ user_id: me, name: name(), status: "waiting", since: new Date().toISOString() });
    },
  });
  return {
    me,
    get isJoined() {
      return notices.isJoined && lobby.isJoined;
    },
    listening: () => notices.joined(),
    leave() {
      void notices.leave();
      void lobby.leave();
    },
  };
}
