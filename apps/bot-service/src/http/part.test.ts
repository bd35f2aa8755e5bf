import { createMetrics } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { z } from "zod";
import { parseConfig } from "../config.ts";
import { createHttpPart } from "./part.ts";
import { route } from "./route.ts";

it("answers HEAD with the head of what GET is answered with, also while it drains", async () => {
  const sample = route({
    ...{ method: "get", path: "/sample", summary: "A sample", access: "token" },
    answers: { 200: z.object({ name: z.string() }) },
    answer: (context) => context.json({ name: "sample" }, 200, { etag: '"1"' }),
  });
  const { config } = parseConfig({ HTTP_PORT: "0", HTTP_HOST: "127.0.0.1" });
  const part = createHttpPart({
    ...{ config, runtime: testRuntime(), metrics: createMetrics(), version: "0.0.0", phase: () => "draining" },
    backend: { apiToken: "a-token-of-the-test", supabaseUrl: "http://127.0.0.1:1", jwtSecret: null },
    routes: () => [sample],
  });
  part.start();
  try {
    const ask = async (method: string, token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${part.url}/sample`, { method, headers });
      const sent = ["content-length", "content-type", "etag"].map((name) => response.headers.get(name));
      return { status: response.status, sent, bytes: (await response.arrayBuffer()).byteLength };
    };
    const got = await ask("GET", "a-token-of-the-test");
    expect(got).toMatchObject({ status: 200, sent: ["17", "application/json", '"1"'], bytes: 17 });
    expect(await ask("HEAD", "a-token-of-the-test")).toEqual({ ...got, bytes: 0 });
    const refused = await ask("GET", "another");
    expect(refused.status).toBe(401);
    expect(await ask("HEAD", "another")).toEqual({ ...refused, bytes: 0 });
  } finally {
    await part.close();
  }
});
