import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Persona } from "@shoal/conversation";
import { toError } from "@shoal/kernel";
import { parseDocument } from "yaml";
import { ConversationError } from "../errors.ts";
import { personaIssues } from "../persona-check.ts";

const MAX_FILES = 100;
const MAX_FILE_BYTES = 64 * 1024;
/** A persona needs none; each multiplies what is read. */
const MAX_ALIASES = 20;

/** What a file holds, or what is wrong with it. */
type Loaded = { readonly persona: Persona } | { readonly problems: readonly string[] };

/**
 * Reads every persona of a directory: `*.yaml` and `*.yml`, and `*.ts` with the persona as default export; others are left alone.
 *
 * @throws CONVERSATION_PERSONA_INVALID a file is no persona, two of them clash, or there is none; it names all problems; not retryable
 */
export async function loadPersonas(directory: string): Promise<readonly Persona[]> {
  const names = await readdir(directory).catch((thrown) => {
    throw invalid(directory, [`the directory cannot be read: ${toError(thrown).message}`]);
  });
  const files = names.filter((name) => /\.(?:ya?ml|ts)$/.test(name) && !/\.(?:test|d)\.ts$/.test(name)).sort();
  if (files.length === 0) throw invalid(directory, ["there is no .yaml, .yml or .ts file in it"]);
  if (files.length > MAX_FILES) throw invalid(directory, [`there are more than ${MAX_FILES} files in it`]);
  const loaded: Loaded[] = [];
  for (const file of files) loaded.push(await load(directory, file));
  const personas = loaded.flatMap((each) => ("persona" in each ? [each.persona] : []));
  const problems = [...loaded.flatMap((each) => ("problems" in each ? each.problems : [])), ...clashes(personas)];
  if (problems.length > 0) throw invalid(directory, problems);
  return personas;
}

async function load(directory: string, file: string): Promise<Loaded> {
  try {
    const path = join(directory, file);
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) return { problems: [`${file}: must have at most ${MAX_FILE_BYTES} bytes`] };
    const value: unknown = file.endsWith(".ts") ? await exported(path) : parsed(await readFile(path, "utf8"));
    const issues = personaIssues(value);
    if (issues.length === 0) return { persona: value as Persona };
    return { problems: issues.map(({ key, expected }) => `${file}: ${key} ${expected}`) };
  } catch (thrown) {
    return { problems: [`${file}: cannot be read: ${toError(thrown).message.split("\n")[0]}`] };
  }
}

async function exported(path: string): Promise<unknown> {
  const loaded: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
  return loaded.default;
}

function parsed(text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw error;
  return document.toJS({ maxAliasCount: MAX_ALIASES });
}

/** The id is the key of what a persona remembers, and the name tells which persona a bot is. */
function clashes(personas: readonly Persona[]): string[] {
  const twice = (all: readonly string[]) => [...new Set(all.filter((each, at) => all.indexOf(each) !== at))];
  return [
    ...twice(personas.map(({ id }) => id)).map((id) => `id ${id}: two files have it`),
    ...twice(personas.flatMap(({ names }) => names)).map(
      (name) => `name ${name}: belongs to two personas or stands twice`,
    ),
  ];
}

function invalid(directory: string, problems: readonly string[]): ConversationError {
  const message = `personas of ${directory}: ${problems.join("; ")}`;
  return new ConversationError("CONVERSATION_PERSONA_INVALID", message, { details: { problems } });
}
