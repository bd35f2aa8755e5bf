/** Sockets that are in the lobby and read nothing, as many as the daemon has there: what receiving alone costs this runtime. */
import { Client } from "./client.ts";

const [url = "", anonKey = "", count = "0"] = process.argv.slice(2);
for (let opened = 0; opened < Number(count); opened += 1) {
  const client = await Client.open({ url, anonKey });
  await client.join("global:lobby");
}
process.send?.("joined");
