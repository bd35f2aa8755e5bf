/** `ends.ts close|destroy <url> <key>`: holds a channel, lets go in that way, and has nothing else to stay alive for. */
import { createRealtimePool } from "../../src/index.ts";

const [way, url = "", apiKey = ""] = process.argv.slice(2);
const pool = createRealtimePool({ url, apiKey, options: { start: { mode: "quota" }, canaryMs: 1000 } });
const room = await pool.acquire("room:1", { config: { presence: { key: "me", listen: true } } });
await room.track({ bot: true });
// One that waits for the server is let go as well.
pool.acquire("room:1").catch(() => {});
if (way === "close") await Promise.all([pool.close(), pool.close()]);
pool.destroy(new Error("it is over"));
pool.destroy(new Error("it is over"));
await pool.close();
process.stdout.write(`${way} done\n`);
