import { dirname, join } from "node:path";

/** What every fleet file may import, wherever it lies: what `examples/` do. By name, and where this program has it. */
const OFFERED: Readonly<Record<string, () => string | undefined>> = {
  "@shoal/bot-service/config": () => join(import.meta.dirname, "../public.ts"),
  zod: () => resolved("zod", import.meta.dirname),
};

/**
 * Lets a fleet file outside of this repository import what those inside do. A package of that name that the file finds by itself
 * goes before. Idempotent.
 */
export function offerImports(fleetFile: string): void {
  for (const [name, find] of Object.entries(OFFERED)) {
    const path = resolved(name, dirname(fleetFile)) === undefined ? find() : undefined;
    if (path === undefined) continue;
    Bun.plugin({
      name: `fleet file: ${name}`,
      setup(build) {
        // By its path: under its name this would ask itself.
        build.module(name, async () => ({ exports: await import(path), loader: "object" }));
      },
    });
  }
}

function resolved(name: string, from: string): string | undefined {
  try {
    return Bun.resolveSync(name, from);
  } catch {
    return undefined;
  }
}
