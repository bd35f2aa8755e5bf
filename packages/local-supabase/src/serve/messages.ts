import { z } from "zod";
import type { FaultKind } from "../realtime/faults/types.ts";
import type { LimitsOption } from "../realtime/limits.ts";

/**
 * What a server in a child process and its parent say to each other: one JSON text per line.
 *
 *   parent                                    child
 *   (options as the one argument)      --->
 *                                      <---   ready, or failed before it exits
 *   command with an id, at any time    --->
 *                                      <---   answer with that id, in any order
 *   end of stdin, or SIGTERM           --->   (closes the server, exits with 0)
 *
 * JSON has no Infinity: as a limit it travels as null.
 */
export interface ServeOptions {
  /** 0 to 65535; 0, the default, takes a free one. */
  readonly port?: number;
  /** At least 32 characters. Default a new one. */
  readonly jwtSecret?: string;
  readonly limits?: LimitsOption;
}

/** One thing to do, by the id its answer will carry. */
export type Command = { readonly id: number } & (
  | { readonly fault: FaultKind; readonly args: readonly unknown[] }
  | { readonly lift: number }
  | { readonly limits: LimitsOption }
  | { readonly stats: true }
);

const PLANS = ["free", "pro", "team", "self-hosted", "unlimited"] as const;

/** A `LimitsOption` as it travels. Which numbers make sense is the server's to say. */
export const limitsOption = z.union(
  [
    z.enum(PLANS),
    z
      .looseObject({ plan: z.enum(PLANS).optional() })
      .transform((option) =>
        Object.fromEntries(Object.entries(option).map(([key, value]) => [key, value ?? Infinity])),
      ),
  ],
  { error: `limits are a plan (${PLANS.join(", ")}) or an object of single limits` },
) as z.ZodType<LimitsOption>;

export const serveOptions = z.strictObject({
  port: z.int().min(0).max(65_535).optional(),
  jwtSecret: z.string().min(32).optional(),
  limits: limitsOption.optional(),
});

const failure = z.object({ code: z.string(), message: z.string() });

/** Why something could not be done. */
export type Failure = z.infer<typeof failure>;

/** The first line of a child. */
export const greeting = z.union([
  z.object({ url: z.string(), anonKey: z.string(), serviceRoleKey: z.string(), pid: z.int() }),
  z.object({ error: failure }),
]);

/** Every later one. `id` is null when the command had none that could be read. A fault that lasts answers `{ lift }`. */
export const answer = z.discriminatedUnion("ok", [
  z.object({ id: z.int(), ok: z.literal(true), result: z.unknown().optional() }),
  z.object({ id: z.int().nullable(), ok: z.literal(false), error: failure }),
]);

export type Greeting = z.infer<typeof greeting>;
export type Answer = z.infer<typeof answer>;

/** One line; undefined when it is no JSON. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
