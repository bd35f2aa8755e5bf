import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseConnectionUrl, readConnectionUrl } from "./connection-url.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-url-"));
afterAll(() => rmSync(directory, { recursive: true }));
const CA = join(directory, "ca.crt");
writeFileSync(CA, "-----BEGIN CERTIFICATE-----\n");
const DIRECT = "postgresql://postgres:secret@db.abcdefgh.supabase.co:5432/postgres";
const SESSION = "postgresql://postgres.abcdefgh:secret@aws-0-eu-west-1.pooler.supabase.com:5432/postgres";
const TRANSACTION = "postgres://postgres.abcdefgh:secret@aws-0-eu-west-1.pooler.supabase.com:6543/postgres";
const at = (query: string) => `postgres://u:p@h:5432/d${query}`;

/** The string as the driver gets it, short where only the parameters matter. */
function taken(text: string) {
  const read = readConnectionUrl(text);
  return read.ok ? read.value.driverUrl.replace("postgres://u:p@h:5432/d", "") : `refused: ${read.problem}`;
}

describe("a connection string", () => {
  it.each([
    ["Supabase, direct", DIRECT, "direct"],
    ["Supabase, session pooler", SESSION, "session"],
    ["Supabase, transaction pooler", TRANSACTION, "transaction"],
    ["Supabase, dedicated pooler", "postgres://postgres:secret@db.abcdefgh.supabase.co:6543/postgres", "transaction"],
    ["Prisma on Supabase", `${TRANSACTION}?pgbouncer=true&connection_limit=1`, "transaction"],
    ["Prisma on another PgBouncer", at("?pgbouncer=true"), "transaction"],
    ["Prisma, another value", at("?pgbouncer=false"), "direct"],
    ["Vercel", `${TRANSACTION}?sslmode=require&supa=base-pooler.x&workaround=supabase-pooler.vercel`, "transaction"],
    ["Heroku", "postgres://user:secret@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d8abc", "direct"],
  ])("of %s leads there", (_, text, mode) => {
    const read = parseConnectionUrl(text);
    expect(read.poolerMode).toBe(mode);
    expect(parseConnectionUrl(read.url)).toEqual({ ...read, leftOut: [] });
    expect(read.driverUrl).not.toMatch(/pgbouncer|connection_limit|supa=|workaround/);
  });

  it.each([
    ["p@ss", "p@ss"],
    ["p:a:ss", "p:a:ss"],
    ["p ass", "p ass"],
    ["p&a=s+s;!*'()", "p&a=s+s;!*'()"],
    ["p[a]s{s}|^`", "p[a]s{s}|^`"],
    ["pässwörd", "pässwörd"],
    ["100%25", "100%"],
    ["a%2Fb%23c%3Fd%40e%3Af%20g", "a/b#c?d@e:f g"],
    ["%5BYOUR%5D", "[YOUR]"],
  ])("with the password %s is used with it", (written, password) => {
    const read = parseConnectionUrl(`postgres://u:${written}@h:5432/d`);
    expect(read.password).toBe(password);
    expect(new Bun.SQL(read.driverUrl).options).toMatchObject({ hostname: "h", username: "u", database: "d" });
    expect(decodeURIComponent(new URL(read.driverUrl).password)).toBe(password);
  });

  it.each([
    "hunter2%",
    "hunter2%zz",
    "hunter2%ff",
    "hunter2#x",
    "hunter2/x",
    "hunter2?x",
    "x@hunter2/y",
    "x@hunter2?y",
    "x@hunter2?y=z",
    "#hunter2",
    "12/hunter2",
  ])("with the raw password %s is refused, with what to write and without the password", (password) => {
    const read = readConnectionUrl(`postgres://u:${password}@h:5432/d?sslmode=require`);
    expect(read).toEqual({ ok: false, problem: expect.stringMatching(/%25 for %, %23 for #, %2F for \//) });
  });

  it.each([
    ["postgres://u:p@[2001:db8::1]:5433/d", "[2001:db8::1]", "5433"],
    ["postgres://u:p@[::1]/d", "[::1]", "5432"],
    ["postgres://u:p@127.0.0.1/d", "127.0.0.1", "5432"],
    ["postgres://u:p@db_1.internal:6000/d", "db_1.internal", "6000"],
    ["postgres:///d?host=h2&port=7000&user=u&password=p", "h2", "7000"],
    ["postgres://u:p@ignored/d?host=::1&port=7000", "[::1]", "7000"],
    ["postgres://u:p@/d?host=/var/run/postgresql", "/var/run/postgresql", "5432"],
    ["postgres:///d?host=/var/run/postgresql&user=u&password=p", "/var/run/postgresql", "5432"],
    ["postgres://u:p@%2Fvar%2Frun%2Fpostgresql:5555/d", "/var/run/postgresql", "5555"],
    ["postgres://u:p@localhost/d?host=/cloudsql/project:region:instance", "/cloudsql/project:region:instance", "5432"],
  ])("%s leads to %s, port %s", (text, host, port) => {
    const read = parseConnectionUrl(text);
    expect(read.host).toBe(host);
    const { options } = new Bun.SQL(read.driverUrl);
    expect(options).toMatchObject({ username: "u", database: "d", port: Number(port) });
    if (host.startsWith("/")) expect(options).toMatchObject({ path: `${host}/.s.PGSQL.${port}` });
    else expect(options).toMatchObject({ hostname: host });
    expect(parseConnectionUrl(read.url)).toEqual(read);
  });

  it.each([
    ["?sslmode=disable", "?sslmode=disable"],
    ["?sslmode=allow", "?sslmode=allow"],
    ["?sslmode=prefer", "?sslmode=prefer"],
    ["?sslmode=require", "?sslmode=require"],
    ["?sslmode=verify-ca", "?sslmode=verify-ca"],
    ["?sslmode=verify-full", "?sslmode=verify-full"],
    ["?sslmode=no-verify", "?sslmode=require"],
    ["?ssl=true", "?sslmode=require"],
    ["?ssl=0", "?sslmode=disable"],
    ["?ssl=no-verify", "?sslmode=require"],
    ["?sslmode=", ""],
    [`?sslmode=verify-full&sslrootcert=${CA}`, `?sslmode=verify-full&sslrootcert=${encodeURIComponent(CA)}`],
    [`?sslmode=require&sslrootcert=${CA}`, `?sslmode=verify-ca&sslrootcert=${encodeURIComponent(CA)}`],
    [`?sslmode=no-verify&sslrootcert=${CA}`, "?sslmode=require"],
    ["?sslmode=require&sslrootcert=system", "?sslmode=verify-full"],
    ["?sslmode=require&sslaccept=accept_invalid_certs", "?sslmode=require"],
    ["?sslmode=require&sslaccept=strict", "?sslmode=verify-full"],
    [`?sslcert=${CA}&sslkey=${CA}`, `?sslcert=${encodeURIComponent(CA)}&sslkey=${encodeURIComponent(CA)}`],
    ["?channel_binding=require&sslmode=require", "?sslmode=require&channel_binding=require"],
    ["?application_name=my%20app", "?application_name=my%20app"],
    ["?options=-c%20statement_timeout%3D5s", "?options=-c%20statement_timeout%3D5s"],
    ["?options=reference%3Dabcdefgh", "?options=reference%3Dabcdefgh"],
    ["?options=project=abcdefgh", "?options=project%3Dabcdefgh"],
    ["?statement_timeout=5000", "?statement_timeout=5000"],
    ["?pgbouncer=true&connection_limit=1&pool_timeout=10&schema=public", ""],
    ["?supa=base-pooler.x&workaround=supabase-pooler.vercel", ""],
    ["?connect_timeout=30&statement_cache_size=0&prepared_statements=false", ""],
    ["?target_session_attrs=read-write&sslnegotiation=direct&gssencmode=disable", ""],
    ["?uselibpqcompat=true&sslmode=require", "?sslmode=require"],
    ["?", ""],
    ["?sslmode=on", "refused: sslmode to be one of"],
    [
      "?sslmode=require&sslrootcert=/nowhere/ca.crt",
      'refused: sslrootcert to name a PEM file that can be read; "/nowhere/ca.crt" is none',
    ],
    [`?sslrootcert=${import.meta.filename}.none`, "refused: sslrootcert to name a PEM file"],
    ["?sslcert=/nowhere/c.pem&sslkey=/nowhere/k.pem", "refused: sslcert to name a PEM file"],
    [`?sslcert=${CA}`, "refused: sslcert and sslkey together"],
    ["?sslidentity=/a.p12&sslpassword=x", "refused: sslcert and sslkey, two PEM files"],
    ["?sslaccept=sometimes", "refused: sslaccept to be strict"],
    ["?channel_binding=on", "refused: channel_binding to be"],
    ["?target_session_attrs=standby", "refused: target_session_attrs to be read-write"],
    ["?statement_timeout=soon", "refused: statement_timeout to be a whole number"],
    ["?conection_limit=1", "refused: no parameter conection_limit"],
    ["?work_mem=64MB", "refused: no parameter work_mem"],
    ["?__proto__=1", "refused: no parameter __proto__"],
    ["?a.b-c=1", "refused: parameters of the form"],
  ])("with %s: %s", (query, expected) => {
    const result = taken(at(query));
    if (expected.startsWith("refused")) expect(result).toContain(expected);
    else expect(result).toBe(expected);
    if (!result.startsWith("refused")) new Bun.SQL(parseConnectionUrl(at(query)).driverUrl);
  });

  it.each([
    ["", "of the form postgres://"],
    ["nonsense", "of the form postgres://"],
    ["host=h port=5432 dbname=d password=hunter2", "of the form postgres://"],
    ['"postgres://u:hunter2@h/d"', "without quotes"],
    ["mysql://u:hunter2@h/d", "in place of mysql://"],
    ["jdbc:postgresql://h/d?user=u&password=hunter2", "in place of jdbc:postgresql://"],
    ["postgresql+asyncpg://u:hunter2@h/d", "in place of postgresql+asyncpg://"],
    ["prisma+postgres://accelerate.prisma-data.net/?api_key=hunter2", "not that of Prisma's proxy"],
    ["postgres://u:hunter2@h1:5432,h2:5432/d", "one host"],
    ["postgres://u:hunter2@/d?host=h1,h2", "one host"],
    ["postgres://u:hunter2@2001:db8::1:5432/d", "an IPv6 address in brackets"],
    ["postgres://u:hunter2@h:0/d", "a port from 1 to 65535"],
    ["postgres://u:hunter2@h:70000/d", "a port from 1 to 65535"],
    ["postgres://u:hunter2@h:port/d", "of the form postgres://"],
    ["postgres://u:hunter2@h o/d", "of the form postgres://"],
    ["postgres://u:hunter2@/d", "of the form postgres://"],
    ["postgres://", "of the form postgres://"],
    ["postgres://u:hunter2@h/d/e", "one database name"],
    ["postgresql://postgres:[YOUR-PASSWORD]@db.abcdefgh.supabase.co:5432/postgres", "the placeholder"],
  ])("%s is refused: %s", (text, problem) => {
    const refused = (() => {
      try {
        return parseConnectionUrl(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(refused).toMatchObject({ code: "STORE_URL_INVALID", message: expect.stringContaining(problem) });
    expect(JSON.stringify(refused) + String(refused)).not.toContain("hunter2");
  });

  it("names what it leaves out", () => {
    expect(parseConnectionUrl(at("?schema=public&connection_limit=1&schema=x")).leftOut).toEqual([
      "schema",
      "connection_limit",
    ]);
  });
});
