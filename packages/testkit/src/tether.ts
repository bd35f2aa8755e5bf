/** Loaded before a program that `spawnProgram` starts: ends it when the process of its test is gone, however that ended. */
const end = () => process.kill(process.pid, "SIGKILL");
process.on("disconnect", end);
if (!process.connected) end();
// A program that has nothing else to wait for may end.
process.channel?.unref();
