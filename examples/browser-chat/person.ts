import type { Session, SupabaseClient } from "@supabase/supabase-js";
import { type Match, readMatch } from "./chat-state.ts";

/** A call is given so long. */
const CALL_LIMIT_MS = 10_000;
/** What the database says of a match that is over. */
const MATCH_IS_OVER = "22023";

/** The project's address and public key. */
export interface Project {
  readonly url: string;
  readonly key: string;
}

/** What rules of matching compare: `{ language: "de", skill: 12 }`. At most 1 kB. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Who is signed in, and what that person asks the database for. */
export interface Person {
  /** Whether the session is one that `signIn` may replace: nobody has given it. */
  readonly isAnonymous: boolean;
  /** Returns the person's id. Signs in anonymously if nobody is signed in. */
  signIn(): Promise<string>;
  signOut(): Promise<unknown>;
  /** Opens the person's ticket, or finds the one there is. Returns the match that it is in. */
  wait(name: string, attributes: Attributes): Promise<Match | null>;
  /** Confirms a match. Returns whether it goes on. */
  confirm(matchId: string): Promise<boolean>;
  /** Closes the ticket, and ends the match it is in: else the next wait would answer with this match. */
  cancel(): Promise<unknown>;
  /** The same, by a request that outlives the page: one of the client ends with it. */
  cancelAtOnce(): void;
  /** Never meets the partner of that match again, and ends it. */
  block(matchId: string): Promise<unknown>;
  /** Tells the operator about the partner of that match. */
  report(matchId: string, reason: string): Promise<unknown>;
  /** Listens no more to the sign-in. */
  end(): void;
}

export function createPerson(supabase: SupabaseClient, project: Project, onSignedOut: () => void): Person {
  const { auth } = supabase;
  let session: Session | null = null;
  const { data: listening } = auth.onAuthStateChange((event, latest) => {
    session = latest;
    if (event === "SIGNED_OUT") onSignedOut();
  });

  /** One call after the other: what opens a ticket must not overtake what closes the one before. */
  let calls: Promise<unknown> = Promise.resolve();
  const call = (name: string, parameters: object = {}): Promise<unknown> => {
    const answer = calls.then(async () => {
      const calling = supabase.rpc(name, parameters).abortSignal(AbortSignal.timeout(CALL_LIMIT_MS));
      const { data, error, status } = await calling;
      if (error) throw Object.assign(new Error(error.message), { code: error.code, status });
      return data;
    });
    calls = answer.catch(() => {});
    return answer;
  };

  return {
    get isAnonymous() {
      return session?.user.is_anonymous === true;
    },
    async signIn() {
      const { data } = await auth.getSession();
      if (data.session) return data.session.user.id;
      const made = await auth.signInAnonymously();
      if (!made.data.user) throw made.error;
      return made.data.user.id;
    },
    signOut: () => auth.signOut({ scope: "local" }),
    wait: async (name, attributes) => readMatch(await call("match_wait", { name, attributes })),
    async confirm(matchId) {
      try {
        await call("match_confirm", { match_id: matchId });
        return true;
      } catch (thrown) {
        if ((thrown as { readonly code?: unknown }).code === MATCH_IS_OVER) return false;
        throw thrown;
      }
    },
    block: (matchId) => call("match_block", { match_id: matchId }),
    report: (matchId, reason) => call("match_report", { match_id: matchId, reason }),
    cancel: () => call("match_cancel"),
    cancelAtOnce() {
      if (!session) return;
      const authorization = `Bearer ${session.access_token}`;
      const headers = { apikey: project.key, authorization, "content-type": "application/json" };
      const request = { method: "POST", keepalive: true, headers, body: "{}" };
      void fetch(`${project.url}/rest/v1/rpc/match_cancel`, request).catch(() => {});
    },
    end: () => listening.subscription.unsubscribe(),
  };
}
