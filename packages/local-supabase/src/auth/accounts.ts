import { type Database, statement } from "@shoal/store";

/** A row of `auth.users`. */
export interface UserRow {
  readonly id: string;
  readonly aud: string;
  readonly role: string;
  readonly email: string | null;
  readonly is_anonymous: boolean;
  readonly raw_app_meta_data: object;
  readonly raw_user_meta_data: object;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_sign_in_at: Date | null;
}

/** A user, signed in: the session and how many of its refresh tokens were used up. */
export interface SignedIn {
  readonly user: UserRow;
  readonly sessionId: string;
  readonly sessionSince: Date;
  readonly refreshCount: number;
}

/** What became of a refresh token. */
export type Refreshed =
  | ({ readonly kind: "refreshed" } & SignedIn)
  | { readonly kind: "not found" }
  /** It was used up long ago, so somebody else may have it: the session is ended. */
  | { readonly kind: "used before" };

/** Which sessions a sign-out ends. */
export type SignOutScope = "global" | "local" | "others";

/** Users and their sessions in the database. */
export class Accounts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async signUpAnonymously(userMetadata: object): Promise<SignedIn> {
    const [row] = await this.#database.query<SessionRow>(
      statement(
        "local_auth_sign_in",
        `with u as (
         insert into auth.users (is_anonymous, raw_user_meta_data, last_sign_in_at) values (true, ($1::text)::jsonb, now())
         returning *
       ), s as (insert into auth.sessions (user_id) select u.id from u returning *)
       select u.*, s.id as session_id, s.created_at as session_since, s.refresh_token_counter as refresh_count from u, s`,
      ),
      [JSON.stringify(userMetadata)],
    );
    if (!row) throw new Error("a user was inserted without a row in return");
    return toSignedIn(row);
  }

  /**
   * Uses up the refresh token number `count` of a session. The one before it is answered with the present one, because its
   * client may not have got the answer; an older one ends the session.
   *
   * @source supabase/auth, internal/tokens/service.go; https://supabase.com/docs/guides/auth/sessions
   */
  async refresh(sessionId: string, count: number): Promise<Refreshed> {
    const [used] = await this.#database.query<SessionRow>(
      statement(
        "local_auth_refresh",
        `update auth.sessions s set refresh_token_counter = s.refresh_token_counter + 1, refreshed_at = now()
       from auth.users u
       where s.id = ($1::text)::uuid and s.refresh_token_counter = $2::integer and u.id = s.user_id
       returning u.*, s.id as session_id, s.created_at as session_since, s.refresh_token_counter as refresh_count`,
      ),
      [sessionId, count],
    );
    if (used) return { kind: "refreshed", ...toSignedIn(used) };
    const current = await this.#find(sessionId);
    if (!current) return { kind: "not found" };
    if (current.refreshCount === count + 1) return { kind: "refreshed", ...current };
    await this.#database.query(
      statement("local_auth_drop_session", "delete from auth.sessions where id = ($1::text)::uuid"),
      [sessionId],
    );
    return { kind: "used before" };
  }

  /** Resolves with undefined when there is no such user. */
  async findUser(userId: string): Promise<UserRow | undefined> {
    const [row] = await this.#database.query<UserRow>(
      statement("local_auth_user", "select * from auth.users where id = ($1::text)::uuid"),
      [userId],
    );
    return row;
  }

  async hasSession(sessionId: string): Promise<boolean> {
    return (await this.#find(sessionId)) !== undefined;
  }

  async signOut(userId: string, sessionId: string | undefined, scope: SignOutScope): Promise<void> {
    await this.#database.query(
      statement(
        "local_auth_sign_out",
        `delete from auth.sessions
       where user_id = ($1::text)::uuid
         and case $3::text when 'local' then id = ($2::text)::uuid when 'others' then id <> ($2::text)::uuid else true end`,
      ),
      [userId, sessionId ?? null, scope],
    );
  }

  async #find(sessionId: string): Promise<SignedIn | undefined> {
    const [row] = await this.#database.query<SessionRow>(
      statement(
        "local_auth_session",
        `select u.*, s.id as session_id, s.created_at as session_since, s.refresh_token_counter as refresh_count
       from auth.sessions s join auth.users u on u.id = s.user_id where s.id = ($1::text)::uuid`,
      ),
      [sessionId],
    );
    return row && toSignedIn(row);
  }
}

interface SessionRow extends UserRow {
  readonly session_id: string;
  readonly session_since: Date;
  readonly refresh_count: number;
}

function toSignedIn({ session_id, session_since, refresh_count, ...user }: SessionRow): SignedIn {
  return { user, sessionId: session_id, sessionSince: session_since, refreshCount: refresh_count };
}
