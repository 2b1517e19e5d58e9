import { commit } from "../../core/commit.ts";
import { version } from "../../core/version.ts";
import { findHaproxy } from "../haproxy/findHaproxy.ts";
import { describeRuntime } from "./describeRuntime.ts";
import { haproxyEnvironment } from "./haproxyEnvironment.ts";

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
