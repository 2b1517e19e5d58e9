import { Buffer } from "node:buffer";
import { request } from "node:http";
import { hasCode } from "../files/hasCode.ts";
import { controlSocketPath } from "../haproxy/controlSocketPath.ts";

/** Milliseconds: one that is busy with a large synchronisation is still given time to say so. */
const patience = 5_000;

/**
 * `marathon-lb health`: asks the marathon-lb whose control socket is in `runDir` whether it is healthy. By its socket and
 * not by the admin port, which the asker would have to know, and which an override of `HAPROXY_HEAD` need not have.
 * Resolves to the line to print.
 *
 * @throws {Error} with the reasons when it is not healthy, and with what to do when it does not answer
 */
export async function runHealth(runDir: string, milliseconds = patience): Promise<string> {
  const socketPath = controlSocketPath(runDir);
  const { status, body } = await ask(socketPath, milliseconds);
  if (status === 200) return body;
  throw new Error(`unhealthy: ${body.trim().replaceAll("\n", "; ")}`);
}

async function ask(socketPath: string, milliseconds: number): Promise<{ status?: number; body: string }> {
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
  const advice = "is it started, and is --run-dir (MARATHON_LB_RUN_DIR) the one it has?";
  if (hasCode(error, "ENOENT") || hasCode(error, "ECONNREFUSED")) {
    return `no marathon-lb listens on ${path}: ${advice}`;
  }
  return `${path} cannot be asked: ${(error as Error).message}`;
}
