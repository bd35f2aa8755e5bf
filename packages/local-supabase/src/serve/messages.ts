import { z } from "zod";
import { type LimitsOption, PLANS } from "../realtime/limits.ts";
import type { FaultKind } from "../realtime/types.ts";

/**
 * The protocol between a server in a child process and its parent, and its first message. One JSON text per line:
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
  /** 0 to 65535. The default, 0, takes a free port. */
  readonly port?: number;
  /** At least 32 characters. Default: a new one. */
  readonly jwtSecret?: string;
  readonly limits?: LimitsOption;
}

/** One thing to do. Its answer carries the same id. */
export type Command = { readonly id: number } & (
  | { readonly fault: FaultKind; readonly args: readonly unknown[] }
  | { readonly lift: number }
  | { readonly limits: LimitsOption }
  | { readonly stats: true }
);

const PLAN_NAMES = Object.keys(PLANS) as [keyof typeof PLANS];

/** Reads a `LimitsOption`. The server checks the numbers. */
export const limitsOption = z.union(
  [
    z.enum(PLAN_NAMES),
    z
      .looseObject({ plan: z.enum(PLAN_NAMES).optional() })
      .transform((option) =>
        Object.fromEntries(Object.entries(option).map(([key, value]) => [key, value ?? Infinity])),
      ),
  ],
  { error: `limits are a plan (${PLAN_NAMES.join(", ")}) or an object of single limits` },
) as z.ZodType<LimitsOption>;

export const serveOptions = z.strictObject({
  port: z.int().min(0).max(65_535).optional(),
  jwtSecret: z.string().min(32).optional(),
  limits: limitsOption.optional(),
});

const failure = z.object({ code: z.string(), message: z.string() });

/** Why a command failed. */
export type Failure = z.infer<typeof failure>;

/** The first line of the child. */
export const greeting = z.union([
  z.object({ url: z.string(), anonKey: z.string(), serviceRoleKey: z.string(), pid: z.int() }),
  z.object({ error: failure }),
]);

/** Every later line of the child. `id` is null when that of the command could not be read. A lasting fault answers `{ lift }`. */
export const answer = z.discriminatedUnion("ok", [
  z.object({ id: z.int(), ok: z.literal(true), result: z.unknown().optional() }),
  z.object({ id: z.int().nullable(), ok: z.literal(false), error: failure }),
]);

export type Greeting = z.infer<typeof greeting>;
export type Answer = z.infer<typeof answer>;
