import { Buffer } from "node:buffer";
import { commit, version } from "../core/version.ts";
import { findHaproxy } from "../shell/haproxy/binary.ts";
import { hasCode } from "../shell/system/files.ts";
import { describeRuntime } from "../shell/system/runtime.ts";
import { haproxyEnvironment } from "./machine.ts";

/** Milliseconds: one that is busy with a large synchronisation is still given time to say so. */
const patience = 5_000;

/**
 * `marathon-lb health`: asks the marathon-lb whose control socket is in `runDir` whether it is healthy. It does not use
 * the admin port: the caller would have to know it, and an override of `HAPROXY_HEAD` need not have it. Resolves to the
 * line to print.
 *
 * @throws {Error} with the reasons when it is not healthy, and with what to do when it does not answer
 */
export async function runHealth(runDir: string, milliseconds = patience): Promise<string> {
  // At first use: `--version` has no need of HTTP, which takes long to load.
  const { controlSocketPath } = await import("../shell/operator/control.ts");
  const socketPath = controlSocketPath(runDir);
  const { status, body } = await ask(socketPath, milliseconds);
  if (status === 200) return body;
  throw new Error(`unhealthy: ${body.trim().replaceAll("\n", "; ")}`);
}

async function ask(socketPath: string, milliseconds: number): Promise<{ status?: number; body: string }> {
  const { request } = await import("node:http");
  const signal = AbortSignal.timeout(milliseconds);
  try {
    return await new Promise((resolve, reject) => {
      const asked = request({ socketPath, path: "/health", signal }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on(
          "end",
          () => resolve({ status: response.statusCode, body: Buffer.concat(pieces).toString() }),
        );
        response.on("error", reject);
      });
      asked.on("error", reject);
      asked.end();
    });
  } catch (error) {
    throw new Error(`unhealthy: ${whyNoAnswer(error, socketPath, milliseconds, signal.aborted)}`, {
      cause: error,
    });
  }
}

function whyNoAnswer(error: unknown, path: string, milliseconds: number, tooLate: boolean): string {
  if (tooLate) return `the marathon-lb of ${path} has not answered within ${milliseconds / 1000} s`;
  const advice = "start it, or set --run-dir (MARATHON_LB_RUN_DIR) to its directory";
  if (hasCode(error, "ENOENT") || hasCode(error, "ECONNREFUSED")) {
    return `no marathon-lb listens on ${path}: ${advice}`;
  }
  return `${path} cannot be queried: ${(error as Error).message}`;
}

/** Milliseconds for `haproxy -v`: something else under that name may never end. */
const limit = 5_000;

/**
 * What `--version` prints: version and runtime, the commit, and the HAProxy that a run would use; a line each. Without a
 * HAProxy that could be used it says why.
 *
 * @param binary `--haproxy-binary`
 */
export async function describeVersion(
  binary: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const options = { env: haproxyEnvironment(environment), signal: AbortSignal.timeout(limit) };
  const haproxy = await findHaproxy(binary, options).then(
    ({ path, version }) => `HAProxy ${version.text} at ${path}`,
    (error: Error) => `no HAProxy found (${error.message})`,
  );
  return `marathon-lb ${version} (${describeRuntime()})\ncommit ${commit}\n${haproxy}\n`;
}
