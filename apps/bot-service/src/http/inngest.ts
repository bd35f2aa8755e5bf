import { z } from "zod";
import { type Route, route } from "./route.ts";

/** The event of a job has a payload of at most 1 MB; Inngest sends its state along with it. */
export const INNGEST_BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** `/api/inngest`: the calls of Inngest, whose signature the handler checks. */
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
