import type { Engine, Handle, RunPoint, RunStart } from "../engine/engine.types.ts";

/** What is held of all modules, and of one at most. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_BYTES_OF_ONE = 512 * 1024;

interface Source {
  readonly javascript: string;
  readonly fileName: string;
}

interface Known {
  readonly fileName: string;
  /** The run of this source just after its module was loaded; "none" where that is not the same in each run. */
  readonly point: RunPoint | "none" | undefined;
}

/**
 * Modules that ran lately. To load one means to compile it, which costs more than most runs: where what comes of it depends on the source alone, later runs of the
 * same source begin at a point just after it. Nothing of a run is in there: a point is kept before the run is told anything.
 */
export class LoadedModules {
  readonly #engine: Engine;
  /** By source, the one that ran last at the end. */
  readonly #known = new Map<string, Known>();
  #byteCount = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Begins a run where its module is loaded, and returns that. Undefined, and nothing done, where it must be loaded. */
  resume({ javascript, fileName }: Source, start: RunStart): Handle | undefined {
    const known = this.#known.get(javascript);
    if (known === undefined || known.fileName !== fileName) return undefined;
    const { point } = known;
    if (typeof point !== "object" || point.fuel > start.fuel) return undefined;
    this.#forget(javascript);
    this.#keep(javascript, known);
    return this.#engine.resetTo(point, start);
  }

  /** Takes note of a module that a run has loaded, and has done nothing else. */
  add({ javascript, fileName }: Source, namespace: Handle): void {
    const known = this.#known.get(javascript);
    // Kept at the second time: many sources run once and not again for long.
    const isAgain = known?.fileName === fileName && known.point === undefined;
    if (!isAgain && known?.fileName === fileName) return;
    this.#forget(javascript);
    const point = isAgain ? (this.#engine.keepPoint(namespace, MOST_BYTES_OF_ONE) ?? "none") : undefined;
    this.#keep(javascript, { fileName, point });
    for (const oldest of this.#known.keys()) {
      if (this.#byteCount <= MOST_BYTES) return;
      this.#forget(oldest);
    }
  }

  #keep(javascript: string, known: Known): void {
    this.#known.set(javascript, known);
    this.#byteCount += bytesOf(javascript, known);
  }

  #forget(javascript: string): void {
    const known = this.#known.get(javascript);
    if (known === undefined) return;
    this.#known.delete(javascript);
    this.#byteCount -= bytesOf(javascript, known);
  }
}

/** A text has up to two bytes a character. */
function bytesOf(javascript: string, { point }: Known): number {
  return 2 * javascript.length + (typeof point === "object" ? point.byteCount : 0);
}
