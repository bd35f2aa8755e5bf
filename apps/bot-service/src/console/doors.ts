import { isIP } from "node:net";
import { printable } from "@shoal/kernel";
import type { Context } from "hono";
import { type HttpEnv, isLook } from "../http/auth.ts";
import type { Problem } from "../http/problem.ts";

/** The header without which nothing is changed: a page of another site cannot send it without being asked by the browser. */
export const CONSOLE_HEADER = "x-shoal-console";

/** Whether a browser opens an address, rather than a page asking for something. */
export const isNavigation = ({ req }: Context) =>
  req.method === "GET" && req.header("sec-fetch-mode") === "navigate" && req.header("sec-fetch-dest") === "document";

/**
 * Makes the check of what does not come from a page of the console itself: a name that somebody pointed at this address (DNS rebinding, which
 * reaches loopback as well), and requests that another site's page has made. Returns undefined for what may pass.
 */
export function createDoors(hosts: readonly string[]): (context: Context<HttpEnv>) => Problem | undefined {
  const known = new Set(["localhost", ...hosts.map((host) => host.toLowerCase())]);
  return (context) => {
    const names = namesOf(context);
    const unknown = names.find((name) => !isKnown(name, known));
    if (unknown !== undefined) return unknownHost(unknown);
    const origin = context.req.header("origin");
    if (origin !== undefined && !isOwnOrigin(origin, names)) return CROSS_SITE;
    if (isLook(context)) return mayLook(context) ? undefined : CROSS_SITE;
    const isOfConsole = origin !== undefined && context.req.header(CONSOLE_HEADER) !== undefined;
    return isOfConsole && isSameSite(context) ? undefined : CROSS_SITE;
  };
}

/** The names under which the daemon is asked: by whom it hears from, and by the browser where a proxy says so. */
function namesOf({ req }: Context): string[] {
  const forwarded = req.header("x-forwarded-host")?.split(",") ?? [];
  return [req.header("host") ?? "", ...forwarded].map((name) => name.trim().toLowerCase());
}

/** A name, or an address, and a port. */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/;

/** An address cannot be pointed elsewhere by a name server, so only names must be known. */
function isKnown(host: string, known: ReadonlySet<string>): boolean {
  const [, address, name = ""] = HOST.exec(host) ?? [];
  return address === undefined ? isIP(name) === 4 || known.has(name) : isIP(address) === 6;
}

/** `null` is the origin of sandboxed frames and files. */
function isOwnOrigin(origin: string, names: readonly string[]): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return false;
  // Read as an address of the same scheme, so that :443 of one is none of the other.
  return names.some((name) => URL.parse(`${url.protocol}//${name}`)?.host === url.host);
}

/** Browsers say where a request comes from only to addresses that they trust: over TLS, and on loopback. */
const isSameSite = ({ req }: Context) => ["same-origin", "none", undefined].includes(req.header("sec-fetch-site"));

/** A link on another site may open a page, and ask for nothing else. */
const mayLook = (context: Context) =>
  isSameSite(context) || (isNavigation(context) && !/^\/(api|assets|session)(\/|$)/.test(context.req.path));

const CROSS_SITE: Problem = {
  status: 403,
  code: "CONSOLE_CROSS_SITE",
  title: "Forbidden",
  detail:
    "This request does not come from a page of the console. Behind a proxy: it must pass on the Host of the browser, or send it as X-Forwarded-Host.",
};

function unknownHost(name: string): Problem {
  const shown = printable(name.replace(/:\d+$/, "")).slice(0, 253);
  const detail = `The console is not served under the name "${shown}". Add it to CONSOLE_HOSTS, or open the console by address or as localhost.`;
  return { status: 403, code: "CONSOLE_HOST_UNKNOWN", title: "Forbidden", detail, field: "host" };
}
