import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError, type Runtime } from "@shoal/kernel";
import { z } from "zod";
import { generateSigningJwk, importSigningKey, type SigningKey, signingJwk } from "./auth/signing-key.ts";
import { generateJwtSecret, makeKeys } from "./keys.ts";
import { parseJson } from "./realtime/frames.ts";

/** Makes the project of a first start. */
export async function newProject(runtime: Runtime): Promise<ProjectFile> {
  const jwtSecret = generateJwtSecret();
  const keys = await makeKeys({ jwtSecret, now: () => runtime.clock.now() });
  return {
    jwt_secret: jwtSecret,
    anon_key: keys.anon,
    service_role_key: keys.serviceRole,
  };
}

const projectFile = z.object({
  jwt_secret: z.string().min(32),
  anon_key: z.string().min(1),
  service_role_key: z.string().min(1),
  /** Not there in the file of an earlier version. */
  signing_key: signingJwk.optional(),
  realtime_port: z.int().min(1).max(65_535).optional(),
});

/** What an embedded project keeps between starts, so that clients find it again: keys and port. */
export type ProjectFile = z.infer<typeof projectFile>;

const nameOf = (directory: string) => join(directory, "keys.json");

/**
 * Reads the kept project; undefined at the first start.
 *
 * @throws LOCAL_KEYS_INVALID the file is damaged
 */
export function readProject(directory: string): ProjectFile | undefined {
  const name = nameOf(directory);
  if (!existsSync(name)) return undefined;
  const parsed = projectFile.safeParse(parseJson(readFileSync(name, "utf8")));
  if (parsed.success) return parsed.data;
  throw damaged(name);
}

/** Returns the key that signs the tokens of users, and the project with it. Makes the key where there is none. */
export async function withSigningKey(
  directory: string,
  project: ProjectFile,
): Promise<{ readonly project: ProjectFile; readonly signingKey: SigningKey }> {
  const jwk = project.signing_key ?? (await generateSigningJwk());
  const signingKey = await importSigningKey(jwk).catch(() => {
    throw damaged(nameOf(directory));
  });
  return { project: { ...project, signing_key: jwk }, signingKey };
}

function damaged(name: string): FleetError {
  return new FleetError(
    "LOCAL_KEYS_INVALID",
    `${name} does not hold the keys of an embedded project. Restore it, or delete it to have new keys made, which clients then need.`,
    { details: { file: name } },
  );
}

/** Keeps the project in a file that only the user of this process can read. A start that is cut short leaves the old file. */
export function writeProject(directory: string, project: ProjectFile): void {
  const name = nameOf(directory);
  const draft = `${name}.new`;
  writeFileSync(draft, `${JSON.stringify(project, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, name);
}
