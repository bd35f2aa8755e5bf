/** `ends-away.ts close|destroy <url>`: the same while nobody answers at that address. */
import { createRealtimePool } from "../../src/index.ts";

const [way, url = ""] = process.argv.slice(2);
const pool = createRealtimePool({ url, apiKey: "key", accessToken: async () => "token" });
const refused = pool.acquire("room:1").catch(() => {});
await pool.events.next("socket:closed");
if (way === "close") await pool.close();
else pool.destroy(new Error("it is over"));
await refused;
process.stdout.write(`${way} done\n`);
