import { join } from "node:path";
import type { Options } from "../core/flags/options.ts";
import { parseShowProc } from "../core/haproxy/answers.ts";
import { socketCommand } from "../core/haproxy/socketCommand.ts";
import { askWorker, MasterSocket } from "../shell/haproxy/socket.ts";
import { Api, type ApiOptions } from "../shell/operator/api.ts";
import { Statistics } from "../shell/operator/statistics.ts";
import type { RunContext } from "./context.ts";
import { healthLimits } from "./parts.ts";

/** Milliseconds that HAProxy may take for statistics: who waits for them looks at a page. */
const patience = 3_000;

/** What answers the page and programs: `/_mlb/api/…`. */
export function createApi(
  options: Options,
  { clock, stopping: signal }: Pick<RunContext, "clock" | "stopping">,
  parts: Pick<ApiOptions, "state" | "world" | "overviews" | "certificates">,
): Api {
  const path = join(options.runDir, "master.sock");
  const socket = new MasterSocket(path, { clock });
  return new Api({
    ...parts,
    limits: healthLimits(options),
    groups: options.groups,
    statistics: new Statistics({
      ask: (commands) => askWorker(commands, { path, clock, timeout: patience, signal }),
      clock,
      isBusy: () => parts.state().stage !== undefined,
    }),
    processes: async () => parseShowProc(await socket.command(socketCommand`show proc`, signal, patience)),
    clock,
  });
}
