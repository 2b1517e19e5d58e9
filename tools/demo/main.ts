import process from "node:process";
import { type CommandLine, commandLine } from "./commandLine.ts";
import { runDemo } from "./runDemo.ts";
import { Screen } from "./Screen.ts";
import { stopRequests } from "./stopRequests.ts";
import { stopWithNpx } from "./stopWithNpx.ts";

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
