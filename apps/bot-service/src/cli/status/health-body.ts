import { z } from "zod";

const figure = z.number();
const budget = z.object({ used: figure, allowed: figure, ratio: figure });
const duration = z.object({ count: figure, p50: figure, p95: figure });

/** Fields of `/api/health` that are shown. A daemon of another version may lack those added later. */
const healthSchema = z.object({
  status: z.string(),
  version: z.string(),
  role: z.string().optional(),
  phase: z.string().optional(),
  uptimeMs: figure.optional(),
  dependencies: z.array(z.object({ name: z.string(), state: z.string(), detail: z.string().optional() })),
  loops: z
    .array(z.object({ name: z.string(), state: z.string(), since: z.string(), detail: z.string().optional() }))
    .optional(),
  fleet: z.object({
    people: z.object({ present: figure, waiting: figure }),
    bots: z.record(z.string(), figure),
    matches: z.object({ personPerson: figure, personBot: figure, live: figure }),
    joins: z.object({ total: figure, refused: figure }),
    errorsByClass: z.record(z.string(), figure),
  }),
  pool: z
    .object({
      sockets: z.object({ open: figure, connecting: figure, probing: figure.optional(), max: figure }),
      channels: z.object({ waiting: figure, joining: figure, joined: figure, failed: figure }),
      joins: z.object({ pending: figure }),
      breaker: z.object({ state: z.string(), errorClass: z.string().nullable() }).optional(),
      budgets: z.object({ joins: budget, events: budget, presence: budget }).optional(),
    })
    .optional(),
  matchWaitMs: duration.optional(),
  hasDetails: z.boolean().optional(),
  work: z
    .object({
      jobs: z.object({ pending: figure, running: figure, dead: figure }),
      messages: z.object({ pending: figure, dead: figure }),
    })
    .nullish(),
  connections: z.object({
    reconnectAttempts: figure,
    rejoinAttempts: figure,
    responseMs: z.object({ join: duration, heartbeat: duration }),
    errors: z.object({
      recent: z.array(z.object({ at: z.string(), connection: z.string(), errorClass: z.string(), reason: z.string() })),
    }),
  }),
});

export type HealthBody = z.infer<typeof healthSchema>;

/** Returns the body, or undefined if it is not that of a daemon. */
export function readHealth(body: unknown): HealthBody | undefined {
  return healthSchema.safeParse(body).data;
}
