import type { Common, Variable } from "./variable.ts";

/** Where a Redis is, and as whom to sign in there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Number of the database. */
  readonly database: number;
  readonly isEncrypted: boolean;
}

const SCHEMES = ["redis:", "rediss:"];
const DEFAULT_PORT = 6379;
/** Far above the databases of any Redis. */
const MAX_DATABASE = 65_535;
const EXPECTED = "redis://user:password@host:port/database, or rediss:// for TLS";

/** Reads the address of a Redis, or says what is wrong with it. Parameters are refused: some clients take their options from there. */
export function parseRedisUrl(text: string): { readonly address: RedisAddress } | { readonly problem: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !SCHEMES.includes(url.protocol) || url.hostname === "") return { problem: EXPECTED };
  if (url.search !== "" || url.hash !== "") return { problem: `${EXPECTED}, without parameters` };
  const [, path = ""] = /^\/?(.*)$/.exec(url.pathname) ?? [];
  if (!/^\d{0,5}$/.test(path) || Number(path) > MAX_DATABASE) {
    return { problem: `${EXPECTED}; the database is a number from 0 to ${MAX_DATABASE}` };
  }
  if (url.port === "0") return { problem: `${EXPECTED}; the port is a number from 1 to 65535` };
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) {
    return { problem: `${EXPECTED}; write a % in the user or the password as %25` };
  }
  if (username !== "" && password === "") return { problem: `${EXPECTED}; a user has a password` };
  return {
    address: {
      // Without the brackets of an IPv6 address.
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? DEFAULT_PORT : Number(url.port),
      ...{ username, password, database: Number(path), isEncrypted: url.protocol === "rediss:" },
    },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The address of a Redis; `null` when unset. */
export function redisUrl(name: string, options: Common & { defaultText: string }): Variable<RedisAddress | null> {
  const { defaultText, description } = options;
  return {
    ...{ name, description, defaultText, expected: EXPECTED, isSecret: true },
    read(text) {
      if (text === undefined || text.trim() === "") return { ok: true, value: null };
      const parsed = parseRedisUrl(text.trim());
      return "problem" in parsed ? { ok: false, expected: parsed.problem } : { ok: true, value: parsed.address };
    },
  };
}
