/** Preloaded by programs that `spawnProgram` starts. Ends the program when the process of its test has ended in any way. */
const end = () => process.kill(process.pid, "SIGKILL");
process.on("disconnect", end);
if (!process.connected) end();
// The channel does not keep a program alive that has nothing else to do.
process.channel?.unref();
