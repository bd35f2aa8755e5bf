import { z } from "zod";
import { type Route, route } from "./route.ts";

/** Room for the event of a job, whose payload is at most 1 MB, and for what Inngest sends along with it. */
export const INNGEST_BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** `/api/inngest`: the calls of Inngest, which the handler knows by their signature. Not served without one. */
export function inngestRoutes(handle: (request: Request) => Promise<Response>): Route[] {
  const summaries = { get: "Describe the functions", put: "Register the functions", post: "Run a function" } as const;
  return (["get", "put", "post"] as const).map((method) =>
    route({
      method,
      path: "/api/inngest",
      summary: `${summaries[method]}; for Inngest`,
      access: "signature",
      bodyLimitBytes: INNGEST_BODY_LIMIT_BYTES,
      isLong: true,
      answers: { 200: z.unknown() },
      answer: (context) => handle(context.req.raw),
    }),
  );
}
