import { isNestedDeeper, MAX_JSON_LEVELS } from "@shoal/kernel";
import { z } from "zod";
import { problem, TOO_DEEP } from "./problem.ts";
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
      async answer(context) {
        // Before the signature, which is one of the JSON written anew, by recursion: anybody may send it.
        const text = await context.req.raw.clone().text();
        return isNestedDeeper(text, MAX_JSON_LEVELS) ? problem(context, TOO_DEEP) : handle(context.req.raw);
      },
    }),
  );
}
