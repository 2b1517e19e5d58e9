import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyCluster } from "../../../lib/core/marathon/Cluster.ts";
import { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { createMarathonClient } from "../../../lib/shell/run/createMarathonClient.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../files/withDirectory.ts";
import { parseOptions } from "./support/parseOptions.ts";

const context = () => ({ clock: new FakeClock(), logger: new RecordingLogger() });
const header = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

/** The credentials that Marathon sees when the client has these flags and this environment. */
async function sentWith(flags: string[], environment: Record<string, string> = {}): Promise<unknown> {
  await using marathon = await SimulatedMarathon.start();
  const client = await createMarathonClient(
    parseOptions(["-m", marathon.url, ...flags], environment),
    context(),
  );
  try {
    assert.deepEqual(await client.apps(AbortSignal.timeout(20_000)), emptyCluster);
  } finally {
    client.close();
  }
  return marathon.requests.of("/v2/apps")[0]!.headers.authorization;
}

const forms: { name: string; text: string; sent: string | undefined }[] = [
  { name: "one line", text: "user:secret\n", sent: header("user", "secret") },
  { name: "no line break at its end", text: "user:secret", sent: header("user", "secret") },
  { name: "a line break of Windows", text: "user:secret\r\n", sent: header("user", "secret") },
  { name: "more lines", text: "user:secret\nother:line\n", sent: header("user", "secret") },
  { name: "colons in the password", text: "user:se:cr:et\n", sent: header("user", "se:cr:et") },
  { name: "no password", text: "user:\n", sent: header("user", "") },
  { name: "an empty first line", text: "\nuser:secret\n", sent: undefined },
  { name: "nothing", text: "", sent: undefined },
];
for (const { name, text, sent } of forms) {
  Deno.test(`createMarathonClient: a credential file with ${name}`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "credentials");
      await writeFile(file, text);
      assert.equal(await sentWith(["--marathon-auth-credential-file", file]), sent);
    }));
}

Deno.test("createMarathonClient: the credential file goes before flag and environment", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "credentials");
    await writeFile(file, "file:secret\n");
    const flags = ["--marathon-auth-credential-file", file, "--auth-credentials", "flag:secret"];
    assert.equal(await sentWith(flags), header("file", "secret"));
    assert.equal(await sentWith(flags.slice(2)), header("flag", "secret"));
    const environment = { MARATHON_USER: "variable", MARATHON_PASSWORD: "secret" };
    assert.equal(await sentWith([], environment), header("variable", "secret"));
  }));

for (const text of ["secret", ":secret"]) {
  Deno.test(`createMarathonClient: a credential file with ${text} alone is refused, and not quoted`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "credentials");
      await writeFile(file, `${text}\n`);
      await assert.rejects(
        createMarathonClient(parseOptions(["--marathon-auth-credential-file", file]), context()),
        {
          message:
            `--marathon-auth-credential-file: the first line of ${file} is not of the form user:password`,
        },
      );
    }));
}

for (const flag of ["--marathon-auth-credential-file", "--marathon-ca-cert"]) {
  Deno.test(`createMarathonClient: a missing file of ${flag} is one line`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "none");
      await assert.rejects(createMarathonClient(parseOptions([flag, file]), context()), {
        message: `${flag}: there is no file ${file}; check the path`,
      });
    }));
}

Deno.test("createMarathonClient: a file of certificates that holds none is refused", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "ca.pem");
    await writeFile(file, "no certificate");
    await assert.rejects(
      createMarathonClient(parseOptions(["--marathon-ca-cert", file]), context()),
      /^Error: --marathon-ca-cert holds no certificate; /,
    );
  }));

Deno.test("createMarathonClient: --insecure-marathon is warned of, and nothing else is", async () => {
  const { clock, logger } = context();
  (await createMarathonClient(parseOptions([]), { clock, logger })).close();
  assert.deepEqual(logger.lines, []);
  (await createMarathonClient(parseOptions(["--insecure-marathon"]), { clock, logger })).close();
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]!, /^warning marathon_lb: --insecure-marathon: /);
});
