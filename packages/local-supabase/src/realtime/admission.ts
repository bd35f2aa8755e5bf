import { SECOND_MS } from "@shoal/kernel";

/** The answer to one request to be let in. */
export type Admitted<Refusal> = { readonly kind: "admitted" } | ({ readonly kind: "refused" } & Refusal);

/** Why a socket may not open: answered as HTTP `status` with `{"error": reason}` after the connect penalty. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly reason: string;
}

/** Why a channel may not join: answered as `reason` after the join penalty. */
export interface JoinRefusal {
  readonly reason: string;
  /** Whether the whole socket is closed, with 1001, right after the reply. */
  readonly closesSocket: boolean;
}

/** Why a channel is shut: `message` goes out as a system error, then `phx_close`. */
export interface EventRefusal {
  readonly message: string;
}

/** What a channel is known by here: an identity that lives as long as the channel. */
export type AdmissionSubject = object;

/**
 * Every quota of the server, in one place: asked at each upgrade, each join and each event. An event is one message
 * from or to a client.
 */
export interface Admission {
  admitUpgrade(): Admitted<UpgradeRefusal>;
  admitJoin(socket: AdmissionSubject, channelsOnSocket: number): Admitted<JoinRefusal>;
  /** A broadcast or a database change on `channel`. */
  admitEvent(channel: AdmissionSubject): Admitted<EventRefusal>;
  /** A presence call (track, untrack or whatever else) of the client behind `channel`. */
  admitPresenceCall(channel: AdmissionSubject): Admitted<EventRefusal>;
}

/** Presence calls a client may make per channel in one window. @source REALTIME-FRAMES.md, presence-rate */
const PRESENCE_CALLS_PER_WINDOW = 5;
const PRESENCE_WINDOW_MS = 30 * SECOND_MS;
const ADMITTED = { kind: "admitted" } as const;

interface CallWindow {
  readonly calls: number;
  readonly endsAtMs: number;
}

/** Admits everything but a client's sixth presence call in a window of 30 s, which begins with its first call. */
export function createAdmission(monotonicMs: () => number): Admission {
  const windows = new WeakMap<AdmissionSubject, CallWindow>();
  return {
    admitUpgrade: () => ADMITTED,
    admitJoin: () => ADMITTED,
    admitEvent: () => ADMITTED,
    admitPresenceCall(channel) {
      const nowMs = monotonicMs();
      const open = windows.get(channel);
      const current = open && nowMs <= open.endsAtMs ? open : { calls: 0, endsAtMs: nowMs + PRESENCE_WINDOW_MS };
      if (current.calls >= PRESENCE_CALLS_PER_WINDOW) {
        return { kind: "refused", message: "Client presence rate limit exceeded" };
      }
      windows.set(channel, { ...current, calls: current.calls + 1 });
      return ADMITTED;
    },
  };
}
