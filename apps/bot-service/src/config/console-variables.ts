import { optionalText, text, textList } from "./variable.ts";

/** What the HTTP API has at its top, which no path of the console may hide. */
const API_SEGMENTS = new Set([
  "api",
  "strategies",
  "health",
  "healthz",
  "readyz",
  "metrics",
  "openapi.json",
  ".",
  "..",
]);

/** A path as browsers send it: none of its segments is encoded, is empty or leads out of it. */
const isBasePath = (given: string) =>
  given.length <= 128 &&
  /^(\/[\w.~-]+)+$/.test(given) &&
  given.split("/").every((segment) => !API_SEGMENTS.has(segment.toLowerCase()));

export const consoleVariables = {
  anonKey: optionalText("SUPABASE_ANON_KEY", {
    description:
      "Public key of the project (anon or publishable), for the console's chat page and `shoal env`; the daemon itself needs none.",
    defaultText: "none; made by the embedded backend",
    expected: "8 characters or more without white space",
    accepts: (given) => /^\S{8,}$/.test(given),
  }),
  consoleBasePath: text("CONSOLE_BASE_PATH", {
    description:
      "Path under which browsers see the console ([console](console.md)), behind a proxy the proxy's; `off` serves none.",
    default: "/console",
    expected:
      "off, or a path such as /console or /ops/console, without a segment that the HTTP API has (api, strategies, health, …)",
    accepts: (given) => given === "off" || isBasePath(given),
  }),
  consoleHosts: textList("CONSOLE_HOSTS", {
    description:
      "Host names under which the console may be opened, besides localhost and addresses; several separated by commas.",
    defaultText: "none",
    expected: "up to 16 host names without port",
    most: 16,
    accepts: (given) => /^[a-z\d.-]{1,253}$/i.test(given),
  }),
  readToken: optionalText("SHOAL_READ_TOKEN", {
    description:
      "Bearer token, and login of the console, of those who may look and change nothing. Another one than `SHOAL_API_TOKEN`.",
    defaultText: "none",
    expected: "16 to 512 characters without white space",
    isSecret: true,
    accepts: (given) => /^\S{16,512}$/.test(given),
  }),
} as const;
