import "./lib/run/holdSignalsFirst.ts";
import process from "node:process";
import { hideArguments } from "./lib/shell/system/runtime.ts";
import { run } from "./lib/run/run.ts";

const argv = process.argv.slice(2);
hideArguments(argv);
// Connections that are kept open for the next request would keep the process alive as well.
// Without top-level await, which a CommonJS main program cannot have: inside the executable it is one.
run(argv, process.env).then((code) => process.exit(code));
