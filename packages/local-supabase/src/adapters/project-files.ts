import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "@shoal/kernel";
import { z } from "zod";

const projectFile = z.object({
  jwt_secret: z.string().min(32),
  anon_key: z.string().min(1),
  service_role_key: z.string().min(1),
  realtime_port: z.int().min(1).max(65_535).optional(),
});

/** What an embedded project keeps between starts, so that its clients find it again: keys and port. */
export type ProjectFile = z.infer<typeof projectFile>;

const nameOf = (directory: string) => join(directory, "keys.json");

/**
 * The kept project; undefined at the first start.
 *
 * @throws LOCAL_KEYS_INVALID the file is there and is not what we wrote
 */
export function readProject(directory: string): ProjectFile | undefined {
  const name = nameOf(directory);
  if (!existsSync(name)) return undefined;
  const parsed = projectFile.safeParse(parseJson(readFileSync(name, "utf8")));
  if (parsed.success) return parsed.data;
  throw new FleetError(
    "LOCAL_KEYS_INVALID",
    `${name} does not hold the keys of an embedded project. Restore it, or delete it to have new keys made (clients then need them).`,
    { details: { file: name } },
  );
}

/** Keeps the project, readable by us alone. Whole or not at all: a start cut short leaves the old file. */
export function writeProject(directory: string, project: ProjectFile): void {
  const name = nameOf(directory);
  const draft = `${name}.new`;
  writeFileSync(draft, `${JSON.stringify(project, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, name);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
