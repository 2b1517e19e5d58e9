/** Logs the other words to the syslog socket that the first names, and to standard error; ends as the program does. */
import process from "node:process";
import { parseSyslogTarget } from "../../../../lib/core/log/syslog.ts";
import { systemClock } from "../../../../lib/shell/system/clock.ts";
import { openLog } from "../../../../lib/shell/log/openLog.ts";

const [socket = "", ...lines] = process.argv.slice(2);
const options = {
  logLevel: "debug",
  logFormat: "%(message)s",
  syslogSocket: parseSyslogTarget(socket)!,
} as const;
const { logger, close } = await openLog(options, systemClock);
for (const line of lines) logger.info(line);
await close();
process.exit(0);
