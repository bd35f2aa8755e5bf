import { basename } from "node:path";
import { FleetError, toError } from "@shoal/kernel";
import type { BunPlugin } from "bun";

/** One file of the built console. */
export interface BuiltFile {
  /** Name with the hash of its content, as a page asks for it; that of the document for itself. */
  readonly name: string;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

/** The documents: the console, and the chat. */
export const DOCUMENTS = ["index.html", "chat.html"] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

/** Leaves out the storage of files, which no page uses: the client of Supabase brings 30 kB of it along. */
const withoutFileStorage: BunPlugin = {
  name: "without file storage",
  setup(build) {
    const contents = "export class StorageClient {} export class StorageApiError extends Error {}";
    build.onLoad({ filter: /[/\\]@supabase[/\\]storage-js[/\\]/ }, () => ({ contents, loader: "js" }));
  },
};

/**
 * Bundles one document in memory: it, one script for each part that is loaded by itself, and its stylesheet. Writes no file, so that it works
 * where the program is read-only. Takes 0.1 s of other threads. Each is bundled by itself: of what two documents share, a common file would
 * have parts that only one of them needs.
 * @throws CONSOLE_BUILD_FAILED
 */
export async function bundleDocument(name: DocumentName): Promise<readonly BuiltFile[]> {
  const built = await buildOf(name).catch((cause) => {
    throw new FleetError("CONSOLE_BUILD_FAILED", `the console cannot be built: ${toError(cause).message}`, { cause });
  });
  if (!built.success) {
    throw new FleetError("CONSOLE_BUILD_FAILED", `the console cannot be built: ${built.logs.map(String).join("; ")}`);
  }
  return Promise.all(
    built.outputs.map(async (output) => ({
      name: basename(output.path),
      mediaType: output.type,
      body: new Uint8Array(await output.arrayBuffer()),
    })),
  );
}

/** Rejects where the package of the pages is not there. */
const buildOf = async (name: DocumentName) =>
  Bun.build({
    entrypoints: [Bun.resolveSync(`@shoal/console/${name}`, import.meta.dirname)],
    target: "browser",
    minify: true,
    splitting: true,
    plugins: [withoutFileStorage],
    throw: false,
    naming: { entry: "[name].[ext]", chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
  });
