import { endOutput } from "./cli/output-end.ts";
import { runCli } from "./cli/run.ts";

process.exit(await endOutput(await runCli(process.argv.slice(2))));
