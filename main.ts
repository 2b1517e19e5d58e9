import process from "node:process";
import { run } from "./lib/shell/run/run.ts";

// Connections that are kept open for the next request would keep the process alive as well.
process.exit(await run(process.argv.slice(2), process.env));
