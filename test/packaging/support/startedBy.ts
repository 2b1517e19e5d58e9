import assert from "node:assert/strict";
import type { Options } from "../../../lib/core/flags/options.ts";
import { parseCommandLine } from "../../../lib/core/flags/commandLine.ts";
import { isObject, type JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";

/** A DC/OS service account as Mesos puts it into a variable that names a secret. */
export const serviceAccount = JSON.stringify({
  scheme: "RS256",
  uid: "marathon-lb",
  private_key: "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
  login_endpoint: "https://leader.mesos/acs/api/v1/auth/login",
});

/** What a task of the app finds on its command line and in its environment. */
export function wordsOf(app: JsonObject): { args: string[]; env: Record<string, string> } {
  const { args, env = {}, secrets = {} } = app as {
    args: string[];
    env?: Record<string, unknown>;
    secrets?: Record<string, unknown>;
  };
  assert.ok(Array.isArray(args) && args.every((word) => typeof word === "string"), "args is a list of texts");
  const values = Object.entries(env).map(([name, value]) => {
    if (!isObject(value)) return [name, value as string];
    assert.ok(
      isObject(secrets[value.secret as string]),
      `the secret of ${name} is declared`,
    );
    return [name, serviceAccount];
  });
  for (const [name, value] of values) {
    assert.equal(typeof value, "string", name);
  }
  return { args, env: Object.fromEntries(values) };
}

/** How a task of the app runs, as the program itself understands its words. */
export function startedBy(app: JsonObject): Options {
  const { args, env } = wordsOf(app);
  const invocation = parseCommandLine(args, env);
  if (invocation.kind !== "run") {
    assert.fail(`a run was expected, not ${invocation.kind}`);
  }
  return invocation.options;
}
