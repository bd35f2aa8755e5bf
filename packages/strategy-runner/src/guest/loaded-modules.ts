import { type BoundedMemory, createBoundedMemory } from "@shoal/kernel";
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
  /** By source. */
  readonly #known: BoundedMemory<Known> = createBoundedMemory(MOST_BYTES);

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Begins a run where its module is loaded, and returns that. Undefined, and nothing done, where it must be loaded. */
  resume({ javascript, fileName }: Source, start: RunStart): Handle | undefined {
    const known = this.#known.get(javascript);
    if (known?.fileName !== fileName) return undefined;
    const { point } = known;
    if (typeof point !== "object" || point.fuel > start.fuel) return undefined;
    return this.#engine.resetTo(point, start);
  }

  /** Takes note of a module that a run has loaded, and has done nothing else. */
  add({ javascript, fileName }: Source, namespace: Handle): void {
    const known = this.#known.get(javascript);
    const isKnown = known?.fileName === fileName;
    if (isKnown && known.point !== undefined) return;
    // Kept at the second time: many sources run once and not again for long.
    const point = isKnown ? (this.#engine.keepPoint(namespace, MOST_BYTES_OF_ONE) ?? "none") : undefined;
    // A text has up to two bytes a character.
    const bytes = 2 * javascript.length + (typeof point === "object" ? point.byteCount : 0);
    this.#known.set(javascript, { fileName, point }, bytes);
  }
}
