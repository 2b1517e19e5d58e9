import assert from "node:assert/strict";
import type { CertificateUpdate } from "../../../lib/core/certificates/update.ts";
import { socketCommand, withPayload } from "../../../lib/core/haproxy/socketCommand.ts";
import { OtherWorker, RuntimeCertificates } from "../../../lib/shell/certificates/runtime.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/socket.ts";
import { FakeMaster } from "../haproxy/support/FakeMaster.ts";
import { limit } from "../haproxy/support/TestBench.ts";

const processes = `#<PID>  <type>  <reloads>  <uptime>  <version>
10  master  1 [failed: 1]  0d00h00m01s  3.2.0
# workers
# old workers
11  worker  1  0d00h00m01s  3.2.0
`;
const update: CertificateUpdate = {
  kind: "replace",
  path: "/a.pem",
  commands: [
    {
      text: withPayload(socketCommand`set ssl cert /a.pem`, "SECRET\n"),
      expect: /^Transaction created/m,
      failure: "HAProxy refused /a.pem",
    },
    {
      text: socketCommand`commit ssl cert /a.pem`,
      expect: /^Success!$/m,
      failure: "HAProxy did not commit /a.pem",
    },
  ],
  undo: [socketCommand`abort ssl cert /a.pem`],
};
const set = "@!11 set ssl cert /a.pem <<";
const created = "Transaction created for certificate /a.pem!\n";

/** Answers as the one worker, which a failed reload of HAProxy 3.1 and later left among the old ones. */
function listen(answers: Record<string, string>): Promise<FakeMaster> {
  return FakeMaster.listen((command) => command === "show proc" ? processes : answers[command] ?? "");
}

const cases: [name: string, answers: Record<string, string>, message: string, asked: string[]][] = [
  [
    "a certificate that is refused",
    {
      [set]: "unable to load certificate from file '/a.pem'.\nCan't load the payload\nCan't update /a.pem!\n",
    },
    "HAProxy refused /a.pem: unable to load certificate from file '/a.pem'. Can't load the payload " +
    "Can't update /a.pem!",
    [set, "@!11 abort ssl cert /a.pem"],
  ],
  [
    "a payload that is dropped",
    {},
    "HAProxy refused /a.pem: no answer",
    [set, "@!11 abort ssl cert /a.pem"],
  ],
  [
    "a commit that fails",
    { [set]: created, "@!11 commit ssl cert /a.pem": "Committing /a.pem.\nCan't commit /a.pem!\n" },
    "HAProxy did not commit /a.pem: Committing /a.pem. Can't commit /a.pem!",
    [set, "@!11 commit ssl cert /a.pem", "@!11 abort ssl cert /a.pem"],
  ],
];
for (const [name, answers, message, asked] of cases) {
  Deno.test(`${name} is reported, and its transaction aborted`, async () => {
    await using master = await listen(answers);
    const runtime = new RuntimeCertificates(new MasterSocket(master.path, { clock: systemClock }));
    await assert.rejects(runtime.apply(update, limit()), { message });
    assert.deepEqual(master.commands, ["show proc", ...asked]);
  });
}

Deno.test("a certificate is set and committed at the same worker", async () => {
  await using master = await listen({
    [set]: created,
    "@!11 commit ssl cert /a.pem": "Committing /a.pem..\nSuccess!\n",
  });
  const runtime = new RuntimeCertificates(new MasterSocket(master.path, { clock: systemClock }));
  await runtime.apply(update, limit());
  assert.deepEqual(master.commands, ["show proc", set, "@!11 commit ssl cert /a.pem"]);
});

Deno.test("what is no list of certificates is an error", async () => {
  await using master = await listen({ "@!11 show ssl cert": "Unknown command.\n" });
  const runtime = new RuntimeCertificates(new MasterSocket(master.path, { clock: systemClock }));
  await assert.rejects(runtime.list(limit()), {
    message: `HAProxy listed no certificates but answered "Unknown command."`,
  });
});

Deno.test("an update for a worker that a reload has replaced is not begun", async () => {
  await using master = await listen({});
  const runtime = new RuntimeCertificates(new MasterSocket(master.path, { clock: systemClock }));
  await assert.rejects(runtime.apply(update, limit(), 10), (error) => {
    assert.ok(error instanceof OtherWorker);
    assert.equal(error.message, "HAProxy's worker 10 does not serve any more, 11 does");
    return true;
  });
  assert.deepEqual(master.commands, ["show proc"]);
});

Deno.test("the files of given directories are listed, as HAProxy has loaded them", async () => {
  await using master = await listen({
    "@!11 show ssl cert": "# filename\n/certs/a.pem\n",
    "@!11 show ssl crt-list": "/certs\n/other\n",
    "@!11 show ssl crt-list /certs": "# /certs\n/certs/a.pem\n",
  });
  const runtime = new RuntimeCertificates(new MasterSocket(master.path, { clock: systemClock }));
  assert.deepEqual(await runtime.list(limit(), ["/certs/", "/web.pem", "/a directory"]), {
    files: ["/certs/a.pem"],
    directories: new Map([["/certs", ["/certs/a.pem"]]]),
    worker: 11,
  });
});
