import { readFileSync } from "node:fs";
import { StoreError } from "../../errors.ts";
import { judgeParameter } from "./url-parameters.ts";

/** What a connection leads to: the server itself, or a pooler that lends a server session per client or per transaction. */
export type PoolerMode = "direct" | "session" | "transaction";

/** A checked connection string. */
export interface ConnectionUrl {
  /** The same in one spelling, without what only other clients understand. Checking it again gives the same. */
  readonly url: string;
  /** `url` as the driver takes it: without the mark of a transaction pooler. */
  readonly driverUrl: string;
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string;
  readonly password: string;
  readonly poolerMode: PoolerMode;
  /** Names of the parameters for other clients, which were left out. */
  readonly leftOut: readonly string[];
}

/** `problem` says what the string would have to be: it ends the sentence "expected …" and never repeats the string. */
export type ReadConnectionUrl = { readonly ok: true; readonly value: ConnectionUrl } | Refused;
type Refused = { readonly ok: false; readonly problem: string };

/** Supabase's poolers serve transaction mode here. @source https://supabase.com/docs/guides/database/connecting-to-postgres */
const TRANSACTION_POOLER_PORT = "6543";
const SESSION_POOLER = /\.pooler\.supabase\.com$/i;

const FORM = "a URL of the form postgres://user:password@host:port/database";
const ENCODED =
  "user and password with percent-encoding: write %25 for %, %23 for #, %2F for /, %3F for ?, %40 for @, %20 for a space";

const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i;

interface Address {
  readonly host: string;
  readonly port: string;
}

const refused = (problem: string): Refused => ({ ok: false, problem });

interface Pieces {
  readonly userInfo: string;
  readonly hosts: string;
  readonly database: string;
  readonly query: string;
}

/**
 * Reads a connection string as Supabase, its poolers, Prisma, Vercel and Heroku hand it out. Certificates that it names are looked
 * for. Raw `@`, `:` and spaces in the password are taken as they are; where others make the string ambiguous, it is refused.
 */
export function readConnectionUrl(text: string): ReadConnectionUrl {
  const pieces = split(text.trim());
  if (typeof pieces === "string") return refused(pieces);
  const parameters = new URLSearchParams(pieces.query);
  const take = (name: string) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  const credentials = readUserInfo(pieces.userInfo);
  if (!credentials) return refused(ENCODED);
  const user = take("user") ?? credentials.user;
  const password = take("password") ?? credentials.password;
  if (/^\[.*PASSWORD\]$/i.test(password)) return refused("your password where the placeholder of the dashboard stands");
  const address = readAddress(pieces.hosts, take("host"), take("port"));
  if (typeof address === "string") return refused(address);
  const database = take("dbname") ?? decode(pieces.database) ?? "";
  const isMarked = take("pgbouncer") === "true";
  const rest = readParameters(parameters, pieces.query);
  if (typeof rest === "string") return refused(rest);

  const { host, port } = address;
  const isSocket = host.startsWith("/");
  const poolerMode =
    isMarked || port === TRANSACTION_POOLER_PORT ? "transaction" : SESSION_POOLER.test(host) ? "session" : "direct";
  const login =
    user === "" && password === "" ? "" : `${encode(user)}${password === "" ? "" : `:${encode(password)}`}@`;
  const base = `postgres://${login}${isSocket ? "localhost" : host}:${port}/${encode(database)}`;
  const kept = [...(isSocket ? [["host", host] as const] : []), ...rest.kept];
  const driverUrl = withParameters(base, kept);
  const url = isMarked ? withParameters(base, [...kept, ["pgbouncer", "true"]]) : driverUrl;
  if (!URL.canParse(url)) return refused(FORM);
  return { ok: true, value: { url, driverUrl, host, password, poolerMode, leftOut: rest.leftOut } };
}

function withParameters(base: string, parameters: readonly (readonly [name: string, value: string])[]): string {
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return query === "" ? base : `${base}?${query}`;
}

/**
 * `readConnectionUrl` for a string that must be right.
 * @throws STORE_URL_INVALID it is not; the message never repeats the string, which holds a password
 */
export function parseConnectionUrl(text: string): ConnectionUrl {
  const read = readConnectionUrl(text);
  if (read.ok) return read.value;
  throw new StoreError(
    "STORE_URL_INVALID",
    `The connection string of the database must be changed: expected ${read.problem}.`,
  );
}

/** Cuts the string at its delimiters; a text says what is wrong. */
function split(text: string): Pieces | string {
  if (/^["']|["']$/.test(text)) return "the URL without quotes around it";
  const scheme = /^([a-z][a-z0-9+.-]*:)+\/\//i.exec(text)?.[0].toLowerCase();
  if (scheme !== "postgres://" && scheme !== "postgresql://") {
    if (scheme?.startsWith("prisma")) return `the address of Postgres itself, ${FORM}, not that of Prisma's proxy`;
    return scheme ? `${FORM}, with postgres:// in place of ${scheme}` : FORM;
  }
  const rest = text.slice(scheme.length);
  const authorityEnd = rest.search(/[/?#]|$/);
  const authority = rest.slice(0, authorityEnd);
  const [path = "", ...queries] = rest.slice(authorityEnd).split("?");
  const query = queries.join("?");
  const at = authority.lastIndexOf("@");
  const database = path.slice(1);
  // An "@" behind the address: what looks like the address is part of the password, which has a raw / ? or #.
  if (rest.includes("#") || database.includes("@") || (at < 0 && rest.includes("@"))) return ENCODED;
  if (database.includes("/")) return "one database name after the host";
  return { userInfo: at < 0 ? "" : authority.slice(0, at), hosts: authority.slice(at + 1), database, query };
}

function readUserInfo(userInfo: string): { user: string; password: string } | undefined {
  const colon = userInfo.search(/:|$/);
  const user = decode(userInfo.slice(0, colon));
  const password = decode(userInfo.slice(colon + 1));
  return user === undefined || password === undefined ? undefined : { user, password };
}

/** Returns undefined for a raw `%`. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

// As URLs print it, so that a string in that spelling already stays as it is.
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

/** Reads the address of the authority, `host:port`, or that of the parameters `host` and `port`, which go before; a text says what is wrong. */
function readAddress(authority: string, named: string | null, namedPort: string | null): Address | string {
  if ((named ?? authority).includes(",")) return "one host: the primary, or a pooler before the servers";
  const [, text = "", portText] = /^(.*?)(?::([^:\]]*))?$/s.exec(authority) ?? [];
  const port = namedPort || portText || "5432";
  const host = named === null ? decode(text) : IPV6.test(named) ? `[${named}]` : named;
  if (/^\d+$/.test(port) && (Number(port) < 1 || Number(port) > 65_535)) return "a port from 1 to 65535";
  if (named === null && text.includes(":") && !text.startsWith("[")) {
    return "an IPv6 address in brackets: [2001:db8::1]:5432";
  }
  const isHost = host !== undefined && (host.startsWith("/") || /^(\[[0-9a-f:.]+\]|[\p{L}\p{N}_.-]+)$/iu.test(host));
  return isHost && /^\d+$/.test(port) ? { host, port } : FORM;
}

interface Parameters {
  readonly kept: readonly (readonly [name: string, value: string])[];
  readonly leftOut: readonly string[];
}

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/** Other clients' spellings of `sslmode`. node-postgres: `no-verify`, `ssl`; in Postgres' own words `require` verifies nothing. */
const SSL_ALIASES: Readonly<Record<string, string>> = {
  "no-verify": "require",
  true: "require",
  "1": "require",
  false: "disable",
  "0": "disable",
};

/** Sorts the parameters into kept and left out; a text says what is wrong. */
function readParameters(parameters: URLSearchParams, query: string): Parameters | string {
  const tls = readTls(parameters);
  if (typeof tls === "string") return tls;
  const kept = [...tls];
  const leftOut: string[] = [];
  for (const [name, value] of parameters) {
    const verdict = judgeParameter(name, value);
    if (verdict === "kept") kept.push([name, value]);
    else if (verdict === "left out") leftOut.push(name);
    else if (verdict.problem !== null) return verdict.problem;
    // An unknown name and an "@": a password with a raw "?", whose text must not be shown.
    else if (query.includes("@")) return ENCODED;
    else if (!/^\w{1,40}$/.test(name)) return "parameters of the form ?name=value&name=value";
    else return `no parameter ${name}: leave it out; a setting of the session is written options=-c%20name%3Dvalue`;
  }
  return { kept, leftOut: [...new Set(leftOut)] };
}

/** Reads and removes the parameters of encryption; a text says what is wrong. */
function readTls(parameters: URLSearchParams): [name: string, value: string][] | string {
  const take = (name: string) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value || undefined;
  };
  const [ssl, asked, accept] = [take("ssl"), take("sslmode"), take("sslaccept")];
  const given = asked ?? ssl;
  const mode = given === undefined ? undefined : (SSL_ALIASES[given] ?? given);
  if (mode !== undefined && !SSL_MODES.includes(mode)) return `sslmode to be one of ${SSL_MODES.join(", ")}, no-verify`;
  if (accept !== undefined && accept !== "strict" && accept !== "accept_invalid_certs") {
    return "sslaccept to be strict or accept_invalid_certs";
  }
  const named = { sslrootcert: take("sslrootcert"), sslcert: take("sslcert"), sslkey: take("sslkey") };
  const root = named.sslrootcert === "system" ? undefined : named.sslrootcert;
  for (const [name, path] of Object.entries({ ...named, sslrootcert: root })) {
    if (path !== undefined && !isPem(path))
      return `${name} to name a PEM file that can be read; ${JSON.stringify(path)} is none`;
  }
  if ((named.sslcert === undefined) !== (named.sslkey === undefined)) {
    return "sslcert and sslkey together, the client's certificate and its key; the server's root certificate is sslrootcert";
  }
  const isStrict = (accept === "strict" && mode !== "disable") || named.sslrootcert === "system";
  // In Postgres' own words a root certificate makes `require` verify, though not the name of the host.
  const effective = isStrict ? "verify-full" : mode === "require" && given !== "no-verify" && root ? "verify-ca" : mode;
  const verifies = effective?.startsWith("verify") === true;
  return [
    ...(effective ? [["sslmode", effective] as [string, string]] : []),
    ...(root && verifies ? [["sslrootcert", root] as [string, string]] : []),
    ...(named.sslcert ? [["sslcert", named.sslcert] as [string, string]] : []),
    ...(named.sslkey ? [["sslkey", named.sslkey] as [string, string]] : []),
  ];
}

function isPem(path: string): boolean {
  try {
    return readFileSync(path, "latin1").includes("-----BEGIN ");
  } catch {
    return false;
  }
}
