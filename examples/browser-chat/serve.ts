/** Serves the chat with the project's address and public key: PORT=8080 bun examples/browser-chat/serve.ts, see README.md */
import page from "./index.html";
import reactPage from "./react.html";

const { SUPABASE_URL: url, SUPABASE_ANON_KEY: key, CHANNEL_ACCESS: access, PORT: port = "8080" } = process.env;
if (!url || !key) throw new Error("Set SUPABASE_URL and SUPABASE_ANON_KEY, as `bun run shoal env` prints them.");

const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  development: false,
  routes: {
    "/": page,
    "/react": reactPage,
    "/project.json": () => Response.json({ url, key, isPrivate: access !== "public" }),
  },
  fetch: () => new Response("not found", { status: 404 }),
});
console.log(
  `The page is at ${server.url}: open it twice to talk with yourself, once to talk with a bot. By React: ${server.url}react`,
);
