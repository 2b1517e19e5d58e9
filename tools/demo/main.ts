import process from "node:process";
import { type CommandLine, commandLine, runDemo } from "./demo.ts";
import { Screen } from "./display.ts";
import { stopRequests, stopWithNpx } from "./stop.ts";

const { seconds } = commandLine().parse().opts<CommandLine>();
const stop = stopRequests();
void stopWithNpx(stop);
const screen = new Screen(process.stdout);
try {
  process.exitCode = await runDemo({ seconds, screen, stop });
} catch (error) {
  if (error instanceof Error) {
    console.error(`demo: ${error.message}`);
    process.exitCode = 1;
  } else {
    screen.log(`Stopped by ${error} before anything was served`);
  }
}
// Connections that are kept open for the next request would keep the process alive as well.
process.exit();
