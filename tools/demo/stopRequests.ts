import process from "node:process";

/** Aborted, with what happened as the reason, when the demo is asked to stop or nobody sees it any more. */
export function stopRequests(): AbortController {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort(name));
  for (const output of [process.stdout, process.stderr]) {
    output.on("error", () => stop.abort("the end of its output"));
  }
  return stop;
}
