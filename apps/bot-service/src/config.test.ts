import { describe, expect, it } from "vitest";
import { variables } from "./config/variables.ts";
import {
  ConfigError,
  configurationTable,
  EMBEDDED_MARK,
  type Environment,
  parseConfig,
  refuseEndedBackend,
} from "./config.ts";

function problemsOf(env: Environment) {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const project = {
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
  SHOAL_API_TOKEN: "0123456789abcdef",
};

describe("parseConfig", () => {
  it("takes the embedded backend and the defaults of the specification from an empty environment", () => {
    const { config, warnings } = parseConfig({});
    expect(config.backend).toEqual({ kind: "embedded" });
    expect(config).toMatchObject({
      botMinCount: 3,
      botMaxCount: 15,
      botTargetPercentage: 30,
      maintenanceIntervalMs: 60_000,
      matchBotAfterMs: 4000,
      drainTimeoutMs: 20_000,
      drainMode: "goodbye",
      staggerMinMs: 5000,
      staggerMaxMs: 8000,
      botDisclosure: true,
    });
    expect(warnings).toEqual([]);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("takes a project when its URL and key are given", () => {
    expect(parseConfig(project).config.backend).toEqual({
      kind: "project",
      url: project.SUPABASE_URL,
      serviceRoleKey: project.SUPABASE_SERVICE_ROLE_KEY,
    });
  });

  it("leaves jobs, queues and strategies to workers where the role is fleet, and warns of who asks for them", () => {
    const off = { processJobs: false, processPgmq: false, strategyExecutor: "off" };
    expect(parseConfig({ SHOAL_ROLE: "fleet" })).toMatchObject({ config: { role: "fleet", ...off }, warnings: [] });
    const asked = { SHOAL_ROLE: "fleet", PROCESS_JOBS: "true", PROCESS_PGMQ: "false", STRATEGY_EXECUTOR: "cycle" };
    const { config, warnings } = parseConfig(asked);
    expect(config).toMatchObject(off);
    expect(warnings).toEqual([expect.stringMatching(/^PROCESS_JOBS, STRATEGY_EXECUTOR: no effect/)]);
    for (const role of ["all", "worker"]) {
      const on = { processJobs: true, processPgmq: true, strategyExecutor: "continuous" };
      expect(parseConfig({ SHOAL_ROLE: role }).config).toMatchObject({ role, ...on });
    }
  });

  it("treats an empty variable as not set", () => {
    expect(parseConfig({ BOT_MIN_COUNT: "", SUPABASE_URL: " " }).config.botMinCount).toBe(3);
  });

  it.each([
    ["BOT_MIN_COUNT", "three"],
    ["BOT_MIN_COUNT", "-1"],
    ["BOT_MAX_COUNT", "10001"],
    ["BOT_TARGET_PERCENTAGE", "1e2"],
    ["MAINTENANCE_INTERVAL_MS", "0"],
    ["HTTP_PORT", "65536"],
    ["BOT_DISCLOSURE", "maybe"],
    ["START_MODE", "fast"],
    ["LOG_LEVEL", "loud"],
    ["HTTP_HOST", "a b"],
    ["SCHEDULE_TIME_ZONE", "Mars/Olympus"],
    ["ALERT_QUEUE", "Alerts!"],
    ["STRATEGY_EXECUTOR", "sometimes"],
    ["STRATEGY_MARKET", "Binance!"],
    ["MAX_CONCURRENT_STRATEGIES", "0"],
    ["STRATEGY_CYCLE_MS", "30s"],
  ])("refuses %s=%s, naming variable, value and range", (variable, received) => {
    const problems = problemsOf({ [variable]: received });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ variable, received: JSON.stringify(received) });
    expect(problems[0]?.expected).not.toBe("");
  });

  it("reports all problems at once", () => {
    const variablesAtFault = problemsOf({
      SUPABASE_URL: "ftp://x",
      BOT_MIN_COUNT: "many",
      LOG_LEVEL: "loud",
      STAGGER_MIN_MS: "9000",
    }).map((problem) => problem.variable);
    expect(variablesAtFault).toEqual(["SUPABASE_URL", "BOT_MIN_COUNT", "LOG_LEVEL", "STAGGER_MAX_MS"]);
  });

  it("names what a project lacks", () => {
    const missing = problemsOf({ SUPABASE_URL: project.SUPABASE_URL }).map((problem) => problem.variable);
    expect(missing).toEqual(["SUPABASE_SERVICE_ROLE_KEY", "SHOAL_API_TOKEN"]);
    const { SUPABASE_URL: _, ...withoutUrl } = project;
    expect(problemsOf(withoutUrl).map((problem) => problem.variable)).toEqual(["SUPABASE_URL"]);
  });

  it("takes keys to seal secrets with, each with an id of its own, and shows none", () => {
    const key = (id: string) => `${id}:${Buffer.alloc(32, id).toString("base64url")}`;
    const { config } = parseConfig({ ENCRYPTION_KEY: `${key("new")}, ${key("old")}` });
    expect(config.encryptionKeys).toEqual([key("new"), key("old")]);
    expect(parseConfig({}).config.encryptionKeys).toEqual([]);
    const wrong = [key("a").slice(0, -4), key("").slice(1), `a b${key("")}`, `${key("a")},${key("b")},${key("a")}`];
    for (const given of wrong) {
      const problems = problemsOf({ ENCRYPTION_KEY: given });
      expect(problems).toMatchObject([{ variable: "ENCRYPTION_KEY" }]);
      expect(JSON.stringify(problems)).not.toContain(given.slice(6, 30));
    }
  });

  it("refuses a maximum below the minimum", () => {
    expect(problemsOf({ BOT_MIN_COUNT: "9", BOT_MAX_COUNT: "5" })).toEqual([
      { variable: "BOT_MAX_COUNT", received: "5", expected: "at least BOT_MIN_COUNT (9)" },
    ]);
  });

  it.each([
    [{ INNGEST_FALLBACK: "true", PRIMARY_EXECUTOR: "inngest" }, "INNGEST_FALLBACK"],
    [{ INNGEST_FALLBACK: "true", DUAL_RUN_MODE: "true" }, "DUAL_RUN_MODE"],
    [{ PRIMARY_EXECUTOR: "inngest", DUAL_RUN_MODE: "true" }, "DUAL_RUN_MODE"],
    [{ ALERT_QUEUE: "metrics_jobs" }, "METRICS_QUEUE"],
  ])("refuses %j, which contradicts itself", (env, variable) => {
    const keys = { INNGEST_EVENT_KEY: "event-key-1", INNGEST_SIGNING_KEY: "signkey-test-1" };
    expect(problemsOf({ ...keys, ...env }).map((problem) => problem.variable)).toEqual([variable]);
  });

  it.each(["PRIMARY_EXECUTOR", "INNGEST_FALLBACK", "DUAL_RUN_MODE"])(
    "asks for Inngest's keys where %s needs them",
    (name) => {
      const missing = problemsOf({ [name]: name === "PRIMARY_EXECUTOR" ? "inngest" : "true" });
      expect(missing.map((problem) => problem.variable)).toEqual(["INNGEST_EVENT_KEY", "INNGEST_SIGNING_KEY"]);
    },
  );

  it("takes two cron secrets while one takes the place of the other, and not three", () => {
    const [one, two] = ["0123456789abcdef", "fedcba9876543210"];
    expect(parseConfig({ JOBS_CRON_SECRET: `${one}, ${two}` }).config.jobsCronSecrets).toEqual([one, two]);
    expect(problemsOf({ JOBS_CRON_SECRET: `${one},${two},${one}` })).toHaveLength(1);
  });

  it.each([
    ["postgres://u:100%@h/db", /%25 for %/],
    ["postgres://u:hunter2#x@h/db", /%23 for #/],
    ["postgres://u:p@h/db?sslmode=on", /sslmode to be one of/],
    ["postgres://u:p@h/db?sslmode=verify-full&sslrootcert=/nowhere.crt", /sslrootcert to name a PEM file/],
    ["postgres://u:p@h/db?conection_limit=1", /no parameter conection_limit/],
    ["mysql://u:p@h/db", /in place of mysql/],
  ])("refuses DATABASE_URL=%s, and says what to write instead", (given, expected) => {
    expect(problemsOf({ DATABASE_URL: given })).toEqual([
      {
        variable: "DATABASE_URL",
        received: `(secret, ${given.length} characters)`,
        expected: expect.stringMatching(expected),
      },
    ]);
  });

  it("leaves out of DATABASE_URL what is for other clients, and says so", () => {
    const { config, notes } = parseConfig({
      DATABASE_URL: "postgresql://u:p@h/db?pgbouncer=true&connection_limit=1&schema=public",
    });
    expect(config.databaseUrl).toBe("postgres://u:p@h:5432/db?pgbouncer=true");
    expect(notes).toEqual(["DATABASE_URL: parameters for other clients are left out: connection_limit, schema"]);
  });

  it("warns that a project without DATABASE_URL has its state elsewhere", () => {
    expect(parseConfig(project).warnings).toEqual([
      expect.stringMatching(/^DATABASE_URL is not set: .*bot_control.*Set DATABASE_URL/),
    ]);
    expect(parseConfig({ ...project, DATABASE_URL: "postgres://u:p@h/db" }).warnings).toEqual([]);
  });

  it("never shows a secret", () => {
    const secret = "hunter2 with spaces";
    try {
      parseConfig({ ...project, SUPABASE_SERVICE_ROLE_KEY: secret, DATABASE_URL: secret, SHOAL_API_TOKEN: secret });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain("hunter2");
      expect(String(error)).not.toContain("hunter2");
      expect(String(error)).toContain("(secret, 19 characters)");
    }
  });

  it.each([
    ["BOT_MIN_COUTN", "BOT_MIN_COUNT"],
    ["SUPABASE_URI", "SUPABASE_URL"],
    ["MATCH_BOT_AFTER", undefined],
    ["PATH", undefined],
  ])("warns of the misspelling %s", (given, meant) => {
    const { warnings } = parseConfig({ [given]: "1" });
    expect(warnings).toEqual(meant ? [`${given} is not a variable of shoal; did you mean ${meant}?`] : []);
  });
});

describe("what is shown of the variables", () => {
  const shown = (env: Environment) => new Map(parseConfig(env).config.shown.map((each) => [each.variable, each]));

  it("says of each its value, its default and where it came from", () => {
    const variables = shown({ BOT_MIN_COUNT: " 5 ", LOG_LEVEL: "info", SHOAL_ROLE: "fleet", PROCESS_JOBS: "true" });
    expect(variables.size).toBe(configurationTable().split("\n").length - 2);
    expect(variables.get("BOT_MIN_COUNT")).toMatchObject({
      value: "5",
      default: "3",
      source: "environment",
      isChanged: true,
    });
    expect(variables.get("BOT_MAX_COUNT")).toMatchObject({ source: "default", isChanged: false });
    expect(variables.get("BOT_MAX_COUNT")?.value).toBe(variables.get("BOT_MAX_COUNT")?.default);
    expect(variables.get("LOG_LEVEL")).toMatchObject({ value: "info", source: "environment", isChanged: false });
    expect(variables.get("PROCESS_JOBS")).toMatchObject({ value: "false", source: "daemon", isChanged: true });
    expect(variables.get("SUPABASE_URL")).toMatchObject({ value: null, source: "default", isChanged: false });
  });

  it("shows no secret, nor one that stands in another value", () => {
    const secret = "s3cret-0123456789abcdef";
    const env = {
      SUPABASE_URL: `https://user:${secret}@project.supabase.co`,
      SUPABASE_SERVICE_ROLE_KEY: secret,
      DATABASE_URL: `postgres://u:${secret}@db/x`,
      SHOAL_API_TOKEN: secret,
      SUPABASE_ANON_KEY: `sb_secret_${secret}`,
    };
    const variables = shown(env);
    expect(JSON.stringify([...variables])).not.toContain(secret);
    expect(variables.get("SHOAL_API_TOKEN")).toMatchObject({ value: "[secret]", isSecret: true, isChanged: true });
    expect(variables.get("SUPABASE_JWT_SECRET")).toMatchObject({ value: null, isSecret: true, isChanged: false });
  });
});

describe("refuseEndedBackend", () => {
  const left = { SUPABASE_URL: "http://127.0.0.1:1", [EMBEDDED_MARK]: "42 http://127.0.0.1:1" };
  const refuse = (env: Environment) => refuseEndedBackend(env, (pid) => pid === 41);

  it("refuses what `shoal env` left of an embedded backend that has ended, and says how to mend the shell", () => {
    expect(() => refuse(left)).toThrow(/SUPABASE_URL: .*ended.*process 42.*unset SUPABASE_URL/);
  });

  it.each<[name: string, env: Environment]>([
    ["its daemon runs", { ...left, [EMBEDDED_MARK]: "41 http://127.0.0.1:1" }],
    ["another project is named", { ...left, SUPABASE_URL: "https://abc.supabase.co" }],
    ["there is no mark", { SUPABASE_URL: left.SUPABASE_URL }],
    ["nothing else is left of it", { [EMBEDDED_MARK]: left[EMBEDDED_MARK] }],
  ])("does not where %s", (_, env) => refuse(env));
});

describe("ConfigError", () => {
  it("also names what was probably misspelt, because that may be all that is wrong", () => {
    const { SUPABASE_URL, ...rest } = project;
    expect(() => parseConfig({ ...rest, SUPABASE_URI: SUPABASE_URL })).toThrow(/did you mean SUPABASE_URL\?/);
  });
});

describe("configurationTable", () => {
  it("has a row for every variable", () => {
    for (const variable of Object.values(variables)) expect(configurationTable()).toContain(`\`${variable.name}\``);
  });
});
