import { errorFields, type Runtime } from "@shoal/kernel";
import type { Config } from "../config.ts";
import type { Part } from "../part.ts";
import { isAlive } from "./adapters/is-alive.ts";
import { type Backend, environmentOf } from "./backend.ts";
import { type EnvironmentFile, writeEnvironmentFile } from "./environment-file.ts";

export interface EnvironmentPartOptions {
  readonly backend: Backend;
  readonly config: Pick<Config, "directory">;
  readonly pid: number;
  readonly runtime: Pick<Runtime, "log">;
  readonly http: { readonly url: string };
}

/** Keeps the environment file for `shoal env` while the daemon runs. */
export function createEnvironmentPart({ backend, config, pid, runtime, http }: EnvironmentPartOptions) {
  const { directory } = config;
  let file: EnvironmentFile | undefined;
  return {
    read: () => environmentOf(backend, http.url, pid),
    name: "environment file",
    async start() {
      try {
        file = await writeEnvironmentFile(directory, pid, environmentOf(backend, http.url, pid), isAlive);
      } catch (thrown) {
        runtime.log.warn(
          errorFields(thrown),
          "the environment file could not be written: `shoal env` and other programs do not find this daemon; check the rights of SHOAL_DIRECTORY",
        );
      }
    },
    async close() {
      await file?.remove();
    },
  } satisfies Part & Record<string, unknown>;
}
