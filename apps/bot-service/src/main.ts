import { endOutput } from "@shoal/command-line";
import { runCli } from "./cli/run.ts";

process.exit(await endOutput("shoal", await runCli(process.argv.slice(2))));
