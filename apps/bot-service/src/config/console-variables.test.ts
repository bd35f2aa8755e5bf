import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../config.ts";

const project = {
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
  SHOAL_API_TOKEN: "0123456789abcdef",
  DATABASE_URL: "postgres://u:p@h/db",
};

/** Variables at fault. */
function refused(env: Record<string, string>): string[] {
  try {
    parseConfig({ ...project, ...env });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(({ variable }) => variable);
  }
}

describe("CONSOLE_BASE_PATH", () => {
  it.each(["/console", "/ops/console", "/a.b/c_d~e-f", "/apis", "off"])("takes %s", (given) => {
    expect(parseConfig({ CONSOLE_BASE_PATH: given }).config.consoleBasePath).toBe(given);
  });

  it.each([
    "console",
    "/",
    "/console/",
    "//console",
    "/con sole",
    "/con%73ole",
    "/ops/../console",
    "/./console",
    "/con<sole",
    '/con"sole',
    "/con?sole",
    "/api",
    "/API/console",
    "/ops/strategies",
    "/readyz",
    `/${"x".repeat(128)}`,
  ])("refuses %s", (given) => expect(refused({ CONSOLE_BASE_PATH: given })).toEqual(["CONSOLE_BASE_PATH"]));
});

it.each([
  ["console.example.com", 1],
  ["Console.Example.com, fleet", 2],
])("takes %s as CONSOLE_HOSTS", (given, count) => {
  expect(parseConfig({ CONSOLE_HOSTS: given }).config.consoleHosts).toHaveLength(count);
});

it.each(["https://console.example.com", "console.example.com:443", "*.example.com", "a,,b", "a,".repeat(16)])(
  "refuses %s as CONSOLE_HOSTS",
  (given) => expect(refused({ CONSOLE_HOSTS: given })).toEqual(["CONSOLE_HOSTS"]),
);

it.each([
  [{ SHOAL_READ_TOKEN: "fifteen-letters" }, ["SHOAL_READ_TOKEN"]],
  [{ SHOAL_READ_TOKEN: project.SHOAL_API_TOKEN }, ["SHOAL_READ_TOKEN"]],
  [{ SHOAL_READ_TOKEN: "a-secret-of-the-cron", JOBS_CRON_SECRET: "a-secret-of-the-cron" }, ["SHOAL_READ_TOKEN"]],
  [{ SHOAL_READ_TOKEN: "a-token-of-its-own" }, []],
])("a reader's token opens nothing else: %j", (env, variables) => expect(refused(env)).toEqual(variables));

describe("SUPABASE_ANON_KEY", () => {
  const jwt = (role: string) => `e30.${Buffer.from(JSON.stringify({ role })).toString("base64url")}.c2ln`;

  it.each([jwt("anon"), "sb_publishable_0123456789"])("takes %s", (given) => {
    const { config, warnings } = parseConfig({ ...project, SUPABASE_ANON_KEY: given });
    expect([config.anonKey, warnings]).toEqual([given, []]);
  });

  it.each([jwt("service_role"), jwt("authenticated"), "sb_secret_0123456789", "0123456789", "e30.e30.c2ln"])(
    "gives no browser the key %s, and says so without showing it",
    (given) => {
      const { config, warnings } = parseConfig({ ...project, SUPABASE_ANON_KEY: given });
      expect(config.anonKey).toBeNull();
      expect(warnings).toEqual([expect.stringMatching(/^SUPABASE_ANON_KEY is not the project's public key/)]);
      expect(warnings.join()).not.toContain(given);
    },
  );
});
