import { FleetError } from "@shoal/kernel";
import { redactText } from "@shoal/monitor";
import { isPublicKey } from "./config/project-key.ts";
import { modelProblems, modelWarnings } from "./config/reply-variables.ts";
import type { Read, Variable } from "./config/variable.ts";
import { variables } from "./config/variables.ts";
import { parseKeyring } from "./strategies/secrets/keyring.ts";

type Variables = typeof variables;
type Values = { readonly [Key in keyof Variables]: Variables[Key] extends Variable<infer T> ? T : never };

/** Name of the variable by which `shoal env` marks an embedded backend: `<process id> <SUPABASE_URL>`. */
export const EMBEDDED_MARK = "SHOAL_EMBEDDED_BACKEND";

/** The Supabase that the daemon serves. */
export type BackendChoice =
  | { readonly kind: "embedded" }
  | { readonly kind: "project"; readonly url: string; readonly serviceRoleKey: string };

/** Everything the environment decides. Frozen. */
export type Config = Values & {
  readonly backend: BackendChoice;
  /** Every variable as people may see it. */
  readonly shown: readonly ShownVariable[];
};

/** A variable, its effective value and where that came from. Never a secret. */
export interface ShownVariable {
  readonly variable: string;
  /** `[secret]` for one that is set; null: not set, and there is no default. */
  readonly value: string | null;
  readonly default: string;
  /** `daemon`: it takes another value than the one that was given, because of another variable. */
  readonly source: "environment" | "default" | "daemon";
  readonly isSecret: boolean;
  /** Set to other than the default. */
  readonly isChanged: boolean;
  readonly expected: string;
  readonly description: string;
}

/** Whether policies say who may use the fleet's topics, or everybody with the public key may. */
export type ChannelAccess = Config["channelAccess"];

export interface ConfigProblem {
  readonly variable: string;
  /** The value received, masked if it is a secret; `(not set)` if there was none. */
  readonly received: string;
  readonly expected: string;
}

/** @internal All problems at once. Code `CONFIG_INVALID`; not retryable. */
export class ConfigError extends FleetError {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[], hints: readonly string[]) {
    const lines = problems.map((p) => `${p.variable}: received ${p.received}, expected ${p.expected}`);
    const text = [...lines, ...hints].map((line) => `\n  ${line}`).join("");
    super("CONFIG_INVALID", `the configuration is not usable:${text}`, { details: { problems } });
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the process's environment, which is read here and nowhere else. */
export function processEnvironment(): Environment {
  return process.env;
}

/** A usable configuration, and what to log of it. */
export interface ParsedConfig {
  readonly config: Config;
  /** Misspelt variables, and settings that leave something without effect. */
  readonly warnings: readonly string[];
  /** What the daemon makes of values that may surprise. */
  readonly notes: readonly string[];
}

/**
 * Reads the environment into a `Config`.
 * @throws CONFIG_INVALID with every problem found
 */
export function parseConfig(env: Environment): ParsedConfig {
  const problems: ConfigProblem[] = [];
  const notes: string[] = [];
  const entries = Object.entries(variables).map(([key, variable]) => {
    const read: Read<unknown> = variable.read(env[variable.name]);
    if (!read.ok) problems.push(problemOf(variable, env[variable.name], read.expected));
    else if (read.note) notes.push(read.note);
    return [key, read.ok ? read.value : undefined];
  });
  const values: Values = Object.fromEntries(entries);
  problems.push(...combinationProblems(values));
  if (problems.length > 0) throw new ConfigError(problems, misspellings(env));
  const backend: BackendChoice =
    values.supabaseUrl === null
      ? { kind: "embedded" }
      : { kind: "project", url: values.supabaseUrl, serviceRoleKey: values.serviceRoleKey ?? "" };
  const warnings = [
    ...misspellings(env),
    ...withoutEffect(values),
    ...leftToWorkers(env, values),
    ...secretKey(values),
    ...modelWarnings(env, values),
  ];
  const anonKey = secretKey(values).length > 0 ? null : values.anonKey;
  const decided = { ...ofRole(values), anonKey };
  const shown = shownVariables(env, values, decided);
  return { config: Object.freeze({ ...values, ...decided, backend, shown }), warnings, notes };
}

/** Warns of a key that would be given to browsers and is not meant for them. */
function secretKey({ anonKey, supabaseUrl }: Values): string[] {
  if (anonKey === null || supabaseUrl === null || isPublicKey(anonKey)) return [];
  return [
    "SUPABASE_ANON_KEY is not the project's public key (role anon, or sb_publishable_…), and is not used: the console has no chat page. Copy the public key from the project's API settings",
  ];
}

/** What `SHOAL_ROLE=fleet` leaves to workers, by the variables that say so one by one. */
const LEFT_TO_WORKERS = { processJobs: false, processPgmq: false, strategyExecutor: "off" } as const;

const ofRole = ({ role }: Values) => (role === "fleet" ? LEFT_TO_WORKERS : {});

/** Shows each variable with what the daemon makes of it. Credentials that stand within other values are taken out of them. */
function shownVariables(env: Environment, values: Values, decided: Readonly<Record<string, unknown>>): ShownVariable[] {
  return Object.entries<Variable<unknown>>(variables).map(([key, variable]) => {
    const { name, description, defaultText, expected, isSecret } = variable;
    const given = env[name]?.trim() ?? "";
    const isDecided = Object.hasOwn(decided, key) && decided[key] !== values[key as keyof Values];
    const usual = hasDefault(variable) ? defaultText : null;
    const ofEnvironment = given === "" ? usual : isSecret ? "[secret]" : redactText(given);
    const value = isDecided ? (decided[key] === null ? null : String(decided[key])) : ofEnvironment;
    return {
      ...{ variable: name, value, default: defaultText, isSecret, expected, description },
      source: isDecided ? "daemon" : given === "" ? "default" : "environment",
      isChanged: value !== usual,
    };
  });
}

/** Whether the text of its default is a value: "none" and "embedded backend" are none. */
function hasDefault(variable: Variable<unknown>): boolean {
  const read = variable.read(undefined);
  return read.ok && read.value !== null && !(Array.isArray(read.value) && read.value.length === 0);
}

/** Warns of variables that ask for work which is not of the role. */
function leftToWorkers(env: Environment, values: Values): string[] {
  if (values.role !== "fleet") return [];
  const keys = Object.keys(LEFT_TO_WORKERS) as (keyof typeof LEFT_TO_WORKERS)[];
  const asked = keys.filter((key) => env[variables[key].name]?.trim() && values[key] !== LEFT_TO_WORKERS[key]);
  if (asked.length === 0) return [];
  const names = asked.map((key) => variables[key].name).join(", ");
  return [
    `${names}: no effect, because SHOAL_ROLE=fleet leaves jobs, queues and strategies to daemons of the role worker or all`,
  ];
}

/** Warns of what a project does not get from the daemon. */
function withoutEffect({ supabaseUrl, databaseUrl, directory }: Values): string[] {
  if (supabaseUrl === null || databaseUrl !== null) return [];
  return [
    `DATABASE_URL is not set: tickets, matches, commands and jobs are kept in an embedded Postgres in ${directory}, not in the project. The project's apps do not reach them: rows of its bot_control, its RPC calls and its jobs have no effect here. Set DATABASE_URL to the connection string of the project`,
  ];
}

function problemOf(
  variable: Variable<unknown>,
  given: string | undefined,
  expected = variable.expected,
): ConfigProblem {
  return { variable: variable.name, received: shown(variable, given), expected };
}

/** Returns the value for an error message, without what others hold of secrets. Shows a secret by its length alone, enough to see an empty or truncated paste. */
function shown(variable: Variable<unknown>, given: string | undefined): string {
  if (given === undefined || given === "") return "(not set)";
  if (variable.isSecret) return `(secret, ${given.length} characters)`;
  // Before it is cut, which could leave half a key that nothing recognises any more.
  const text = redactText(given);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function combinationProblems(values: Values): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const needs = (variable: Variable<unknown>, received: string, expected: string) =>
    problems.push({ variable: variable.name, received, expected });
  const { supabaseUrl, serviceRoleKey, apiToken } = values;
  if (supabaseUrl && !serviceRoleKey) {
    needs(
      variables.serviceRoleKey,
      "(not set)",
      "the project's service-role or secret key, because SUPABASE_URL is set",
    );
  }
  if (serviceRoleKey && supabaseUrl === null) {
    needs(variables.supabaseUrl, "(not set)", "the project's URL, because SUPABASE_SERVICE_ROLE_KEY is set");
  }
  if (supabaseUrl && !apiToken) {
    needs(variables.apiToken, "(not set)", `${variables.apiToken.expected}, because SUPABASE_URL is set`);
  }
  if (values.botMinCount > values.botMaxCount) {
    needs(variables.botMaxCount, `${values.botMaxCount}`, `at least BOT_MIN_COUNT (${values.botMinCount})`);
  }
  if (values.staggerMinMs > values.staggerMaxMs) {
    needs(variables.staggerMaxMs, `${values.staggerMaxMs}`, `at least STAGGER_MIN_MS (${values.staggerMinMs})`);
  }
  const { readToken, jobsCronSecrets = [] } = values;
  // A reader is refused before a route asks for what else the token opens, and must not be the operator.
  if (readToken && [apiToken, ...jobsCronSecrets].includes(readToken)) {
    needs(variables.readToken, "a token that is in use", "another one than SHOAL_API_TOKEN and JOBS_CRON_SECRET");
  }
  return [
    ...problems,
    ...executorProblems(values),
    ...queueProblems(values),
    ...keyProblems(values),
    ...modelProblems(values),
  ];
}

/** Refuses keys that are well each by itself and no ring together: two with one id. */
function keyProblems({ encryptionKeys }: Values): ConfigProblem[] {
  // Undefined where the text was refused.
  if (!encryptionKeys?.length) return [];
  const parsed = parseKeyring(encryptionKeys.join(","));
  if (parsed.ok) return [];
  return [
    { variable: variables.encryptionKeys.name, received: parsed.problem, expected: "an id of its own for each key" },
  ];
}

/** Refuses one name for two queues: each has one handler, so which of the two ran would depend on chance. */
function queueProblems(values: Values): ConfigProblem[] {
  const queues = [
    [variables.executionQueue, values.executionQueue],
    [variables.alertQueue, values.alertQueue],
    [variables.metricsQueue, values.metricsQueue],
    [variables.orderCloseQueue, values.orderCloseQueue],
  ] as const;
  return queues.flatMap(([variable, name], index) => {
    const earlier = queues.slice(0, index).find(([, other]) => other === name && name !== undefined);
    if (!earlier) return [];
    return [{ variable: variable.name, received: name, expected: `another name than ${earlier[0].name} has` }];
  });
}

function executorProblems(values: Values): ConfigProblem[] {
  const { primaryExecutor, inngestFallback, dualRunMode } = values;
  const problems: ConfigProblem[] = [];
  const needs = (variable: Variable<unknown>, received: string, expected: string) =>
    problems.push({ variable: variable.name, received, expected });
  if (inngestFallback && primaryExecutor === "inngest") {
    needs(
      variables.inngestFallback,
      "true",
      "false: there is nothing to fall back from where PRIMARY_EXECUTOR is inngest",
    );
  }
  if (dualRunMode && (inngestFallback || primaryExecutor === "inngest")) {
    needs(variables.dualRunMode, "true", "false, or PRIMARY_EXECUTOR supabase without INNGEST_FALLBACK");
  }
  if (primaryExecutor !== "inngest" && !inngestFallback && !dualRunMode) return problems;
  for (const variable of [variables.inngestEventKey, variables.inngestSigningKey]) {
    const value = variable === variables.inngestEventKey ? values.inngestEventKey : values.inngestSigningKey;
    if (value === null) needs(variable, "(not set)", `${variable.expected}, because Inngest is used`);
  }
  return problems;
}

/**
 * Refuses the environment of an embedded backend whose daemon has ended, which `eval "$(shoal env)"` leaves in a shell: a daemon would take it
 * for a project, and try to reach it for ever.
 * @throws CONFIG_INVALID
 */
export function refuseEndedBackend(env: Environment, isAlive: (pid: number) => boolean): void {
  const [pid, url] = (env[EMBEDDED_MARK] ?? "").split(" ");
  if (!url || env[variables.supabaseUrl.name] !== url || isAlive(Number(pid))) return;
  const expected = `no address of an embedded backend that has ended with its daemon (process ${pid}): \`shoal env\` left it in this shell. Open another one, or run: unset SUPABASE_URL SUPABASE_ANON_KEY SUPABASE_SERVICE_ROLE_KEY DATABASE_URL SHOAL_URL SHOAL_API_TOKEN ${EMBEDDED_MARK}`;
  throw new ConfigError([{ variable: variables.supabaseUrl.name, received: JSON.stringify(url), expected }], []);
}

const OUR_PREFIXES =
  /^(BOT|CHANNEL|MATCH|POOL|CONVERSATION|STAGGER|SHOAL|FLEET|SUPABASE|MAINTENANCE|DRAIN|LOBBY|HTTP|LOG|START|CONTROL|PROCESS|JOBS|INNGEST|PRIMARY|DUAL|EXECUTION|ALERT|METRICS|ORDER|CALENDAR|RISK|SCHEDULE|BATCH|CONSOLE|STRATEGY|STRATEGIES|ENCRYPTION|MAX|REDIS|LLM|SAFETY)_/;

/** Warns of unknown variables whose names are close to a known one, so probably misspelt. */
function misspellings(env: Environment): string[] {
  const known = Object.values(variables).map((variable) => variable.name);
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (known.includes(name) || !(OUR_PREFIXES.test(name) || name.startsWith("DATABASE"))) continue;
    const nearest = known.find((candidate) => editDistance(name, candidate) <= 2);
    if (nearest) warnings.push(`${name} is not a variable of shoal; did you mean ${nearest}?`);
  }
  return warnings;
}

/** Returns the Levenshtein distance, computed by rows. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[right.length] ?? 0;
}

/** Returns the configuration table of docs/configuration.md, in Markdown. */
export function configurationTable(): string {
  const rows = Object.values(variables).map(
    (v) => `| \`${v.name}\` | ${v.defaultText} | ${v.expected} | ${v.description} |`,
  );
  return ["| variable | default | expected | what it does |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
