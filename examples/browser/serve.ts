/** Serves the page with the project's address and public key: PORT=8080 bun examples/browser/serve.ts, see ../README.md */
import { join } from "node:path";

const { SUPABASE_URL: url, SUPABASE_ANON_KEY: key, PORT: port = "8080" } = process.env;
if (!url || !key) throw new Error("Set SUPABASE_URL and SUPABASE_ANON_KEY, as `bun run shoal env` prints them.");

const entry = Bun.resolveSync("@supabase/supabase-js", import.meta.dir);
const built = await Bun.build({ entrypoints: [entry], target: "browser", format: "esm", minify: true });

const project = `export const url = ${JSON.stringify(url)}, key = ${JSON.stringify(key)};`;
const script = (text: string) => new Response(text, { headers: { "content-type": "text/javascript; charset=utf-8" } });
const page = await Bun.file(join(import.meta.dir, "index.html")).bytes();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  routes: {
    "/": new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } }),
    "/project.js": script(project),
    "/supabase.js": script((await built.outputs[0]?.text()) ?? ""),
  },
  fetch: () => new Response("not found", { status: 404 }),
});
console.log(`The page is at ${server.url}: open it twice to talk with yourself, once to talk with a bot.`);
