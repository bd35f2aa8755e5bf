import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { type Clock, SECOND_MS } from "@shoal/kernel";
import { type BuiltFile, DOCUMENTS, type DocumentName } from "./adapters/bundle.ts";

/** A file as it is sent. */
export interface Asset {
  readonly mediaType: string;
  /** Changes with the content; the same for all encodings. */
  readonly etag: string;
  /** Returns the content in the smallest encoding that is taken and there. */
  body(taken: ReadonlySet<string>): Promise<Encoded>;
}

export interface Encoded {
  readonly encoding: "identity" | "gzip" | "br";
  readonly bytes: Uint8Array;
}

export interface Assets {
  /** @throws CONSOLE_BUILD_FAILED */
  document(name: DocumentName): Promise<Asset>;
  /** A file of any document. Its name carries the hash of its content, so that it may be kept for ever. @throws CONSOLE_BUILD_FAILED */
  file(name: string): Promise<Asset | undefined>;
}

/** Stands in the documents for the path under which the console is served. */
const BASE_MARK = "/console/";
/** The script sets the theme that was chosen: before it has run, the page would flash in the colours of the system. */
const SCRIPT_MARK = '<script type="module"';

/** How long those who ask share a build that failed. */
const FAILURE_MS = 10 * SECOND_MS;

export interface AssetsOptions {
  readonly bundle: (name: DocumentName) => Promise<readonly BuiltFile[]>;
  readonly basePath: string;
  readonly clock: Clock;
  /** Hears of each build that failed. */
  readonly onFailed: (thrown: unknown) => void;
}

interface Build {
  readonly files: Promise<ReadonlyMap<string, Asset>>;
  failedAtMs?: number;
}

/**
 * Builds a document when it is first asked for, once however many ask. A build that failed is tried again by who asks ten seconds later.
 */
export function createAssets({ bundle, basePath, clock, onFailed }: AssetsOptions): Assets {
  const builds = new Map<DocumentName, Build>();
  const build = async (name: DocumentName) => {
    const files = await bundle(name);
    return new Map(files.map((file) => [file.name, assetOf(file, file.name === name ? basePath : undefined)]));
  };
  const filesOf = (name: DocumentName): Build["files"] => {
    const known = builds.get(name);
    const isFresh = known?.failedAtMs === undefined || clock.monotonicMs() - known.failedAtMs < FAILURE_MS;
    if (known && isFresh) return known.files;
    const made: Build = { files: build(name) };
    builds.set(name, made);
    made.files.catch((thrown) => {
      made.failedAtMs = clock.monotonicMs();
      onFailed(thrown);
    });
    return made.files;
  };
  return {
    async document(name) {
      const found = (await filesOf(name)).get(name);
      if (!found) throw new Error(`the bundle of ${name} has no document`);
      return found;
    },
    async file(name) {
      if (DOCUMENTS.some((document) => document === name)) return undefined;
      // Another replica may have sent the page that asks for it, so it is looked for in what has not been built yet as well.
      for (const document of DOCUMENTS) {
        const found = (await filesOf(document)).get(name);
        if (found) return found;
      }
      return undefined;
    },
  };
}

const [toGzip, toBrotli] = [promisify(gzip), promisify(brotliCompress)];

function assetOf({ mediaType, body: built }: BuiltFile, basePath: string | undefined): Asset {
  const content = basePath === undefined ? built : Buffer.from(documentText(built, basePath));
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  return { mediaType, etag: `W/"${hash}"`, body: encoder(content) };
}

function documentText(built: Uint8Array, basePath: string): string {
  const text = Buffer.from(built).toString().replace(BASE_MARK, `${basePath}/`);
  return text.replace(SCRIPT_MARK, `${SCRIPT_MARK} blocking="render"`);
}

/**
 * Encodes the content when it is first asked for so, in other threads. Brotli takes 0.1 to 1 s, so who takes gzip as well has that until it is there.
 */
function encoder(content: Uint8Array): Asset["body"] {
  let zipped: Promise<Uint8Array> | undefined;
  let brotli: Promise<Uint8Array> | undefined;
  let isBrotliThere = false;
  const toBr = async () => {
    const bytes = await toBrotli(content);
    isBrotliThere = true;
    return bytes;
  };
  return async (taken) => {
    if (taken.has("br")) {
      brotli ??= toBr();
      // Who waits for it hears of a failure.
      brotli.catch(() => {});
      if (isBrotliThere || !taken.has("gzip")) return { encoding: "br", bytes: await brotli };
    }
    if (!taken.has("gzip")) return { encoding: "identity", bytes: content };
    zipped ??= toGzip(content, { level: 9 });
    return { encoding: "gzip", bytes: await zipped };
  };
}

/** Returns the names of the encodings that a browser takes. */
export function encodingsOf(acceptEncoding = ""): ReadonlySet<string> {
  const taken = acceptEncoding.split(",").flatMap((entry) => {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : [name];
  });
  return new Set(taken);
}
