import process from "node:process";
import { styleFor } from "../../lib/core/style.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { hasColours, isLive, Screen } from "../../lib/shell/system/terminal.ts";
import { type CommandLine, commandLine, runDemo } from "./demo.ts";
import { stopRequests, stopWithNpx } from "./stop.ts";

const { seconds } = commandLine().parse().opts<CommandLine>();
const stop = stopRequests();
void stopWithNpx(stop);
const screen = new Screen(process.stdout, isLive(process.env, process.stdout), systemClock);
const use = styleFor(hasColours(process.env));
try {
  process.exitCode = await runDemo({ seconds, screen, use, stop });
} catch (error) {
  screen.end();
  if (error instanceof Error) {
    console.error(`demo: ${error.message}`);
    process.exitCode = 1;
  } else {
    screen.log(`Stopped by ${error} before anything was served`);
  }
}
// Connections that are kept open for the next request would keep the process alive as well.
process.exit();
