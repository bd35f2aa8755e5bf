/**
 * A process that starts what tests start, for a test that kills it. Argument: a log file. Prints one line of JSON with the
 * pid of its Realtime server, when all of it runs.
 *
 * - a server that loses the first SIGINT, as one does that has not installed its handler yet; it writes its pid to the log
 * - a Realtime server in a process of its own
 * - a sibling that outlives this process: what it inherited must not keep the servers alive. It ends with our input
 */
import { spawn } from "node:child_process";
import { spawnServer } from "../src/postgres/adapters/server-process.ts";
import { spawnRealtimeServer } from "../src/serve/adapters/spawn-realtime-server.ts";

const DEAF_SERVER = `
  let signalCount = 0;
  process.on("SIGINT", () => { if (++signalCount === 2) process.exit(0); });
  setInterval(() => {}, 60_000);
  console.log("server " + process.pid);
`;

spawnServer({ kind: "self" }, [process.execPath, "-e", DEAF_SERVER], process.argv[2] ?? "");
const realtime = await spawnRealtimeServer();
const sibling = spawn("cat", [], { stdio: ["inherit", "ignore", "ignore"], detached: true });
process.stdout.write(`${JSON.stringify({ realtimePid: realtime.pid, siblingPid: sibling.pid })}\n`);
