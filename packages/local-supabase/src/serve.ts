/**
 * `bun packages/local-supabase/src/serve.ts '{"port":0}'`: a Realtime server in a process of its own, for benchmarks and
 * for tests that run on Node. Its protocol is in `serve/messages.ts`.
 */
import { createInterface } from "node:readline";
import { createSystemRuntime } from "@shoal/kernel";
import { generateJwtSecret, makeKeys } from "./keys.ts";
import { parseJson } from "./realtime/frames.ts";
import { startRealtimeServer } from "./realtime/server.ts";
import { type Answer, type Greeting, serveOptions } from "./serve/messages.ts";
import { createCommandRunner, toFailure } from "./serve/run-command.ts";

const say = (line: Greeting | Answer) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function serve(): Promise<void> {
  const { jwtSecret = generateJwtSecret(), port, limits } = serveOptions.parse(parseJson(process.argv[2] ?? "{}"));
  const runtime = createSystemRuntime();
  const server = await startRealtimeServer({ runtime, jwtSecret, port, limits });
  const { anon, serviceRole } = await makeKeys({ jwtSecret, now: () => runtime.clock.now() });
  const run = createCommandRunner(server);
  const lines = createInterface({ input: process.stdin });
  const end = async () => {
    lines.close();
    await server.close();
    process.exit(0);
  };
  lines.on("line", async (line) => say(await run(line)));
  lines.on("close", end);
  process.on("SIGTERM", end);
  say({ url: server.url, anonKey: anon, serviceRoleKey: serviceRole, pid: process.pid });
}

try {
  await serve();
} catch (thrown) {
  say({ error: toFailure(thrown) });
  process.exitCode = 1;
}
