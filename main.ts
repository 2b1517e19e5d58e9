import process from "node:process";
import { hideArguments } from "./lib/shell/run/hideArguments.ts";
import { keepHeapSmall } from "./lib/shell/run/keepHeapSmall.ts";
import { run } from "./lib/shell/run/run.ts";

const argv = process.argv.slice(2);
hideArguments(argv);
keepHeapSmall();
// Connections that are kept open for the next request would keep the process alive as well.
process.exit(await run(argv, process.env));
