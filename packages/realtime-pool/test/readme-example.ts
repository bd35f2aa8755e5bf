import { createRealtimePool } from "@shoal/realtime-pool";

const { SUPABASE_URL: url = "", SUPABASE_KEY: apiKey = "" } = process.env;
const pool = createRealtimePool({ url, apiKey });
pool.events.on("channel:lost", ({ topic, errorClass, reason }) => console.warn(topic, errorClass, reason));
const room = await pool.acquire("room:1", { config: { self: true, presence: { key: "bot-1", listen: false } } });
room.events.on("recovered", ({ gapMs }) => console.log(`away for ${gapMs} ms: read what was missed`));
const message = new Promise((resolve) => room.onBroadcast("message", resolve));
await room.track({ bot: true });
await room.send("message", { text: "hello" });
console.log(await message);
await pool.close();
