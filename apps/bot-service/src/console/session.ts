import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { type Clock, type EpochMs, HOUR_MS, SECOND_MS } from "@shoal/kernel";

/** `operator`: may do everything. `reader`: may look, and change nothing. */
export type SessionRole = "operator" | "reader";

/** Who is logged in. */
export interface Session {
  readonly role: SessionRole;
  /** By the clock of the day, in ms. */
  readonly endsAtMs: EpochMs;
}

/** How long a login lasts. */
export const SESSION_MS = 12 * HOUR_MS;

export interface Sessions {
  /** Different for each API token: two daemons on one host do not overwrite each other's. */
  readonly cookieName: string;
  /** Returns the value of the cookie for who just logged in. */
  issue(role: SessionRole): string;
  /**
   * Returns who sends these cookies; undefined where none of them is ours, or it is over, or its token is another by now. Of several of our
   * name the first that is good counts, so that another page of the host can log out nobody by a cookie of its own.
   */
  read(cookies: string | undefined): Session | undefined;
}

/**
 * Makes and checks the cookies of the console. Each is signed with a key derived from the token of its role: so it is valid on every
 * replica, and void once that token changes. Nothing is kept.
 */
export function createSessions(
  { apiToken, readToken }: { readonly apiToken: string; readonly readToken: string | null },
  clock: Clock,
): Sessions {
  const keys = {
    operator: keyOf(apiToken, "operator"),
    ...(readToken !== null && { reader: keyOf(readToken, "reader") }),
  } as Readonly<Partial<Record<SessionRole, Buffer>>>;
  const sign = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const cookieName = `shoal_${keyOf(apiToken, "cookie name").toString("hex").slice(0, 8)}`;
  const sessionOf = (value: string): Session | undefined => {
    const [, signed = "", given = "", expires = "", mac = ""] = VALUE.exec(value) ?? [];
    const role = given as SessionRole;
    const key = keys[role];
    if (!key || !timingSafeEqual(Buffer.from(mac, "base64url"), sign(key, signed))) return undefined;
    const endsAtMs = Number(expires) * SECOND_MS;
    return endsAtMs > clock.now() ? { role, endsAtMs } : undefined;
  };
  return {
    cookieName,
    issue(role) {
      const key = keys[role];
      if (!key) throw new Error(`there is no token of the role ${role}`);
      const signed = `1.${role}.${Math.floor((clock.now() + SESSION_MS) / SECOND_MS)}`;
      return `${signed}.${sign(key, signed).toString("base64url")}`;
    },
    read(cookies = "") {
      for (const cookie of cookies.split(";")) {
        const [name, value = ""] = cookie.trim().split("=", 2);
        const session = name === cookieName ? sessionOf(value) : undefined;
        if (session) return session;
      }
      return undefined;
    },
  };
}

/** 43 characters are the 32 bytes of the signature. */
const VALUE = /^(1\.(operator|reader)\.(\d{1,12}))\.([\w-]{43})$/;

const keyOf = (token: string, purpose: string) =>
  Buffer.from(hkdfSync("sha256", token, "", `shoal console ${purpose}`, 32));
