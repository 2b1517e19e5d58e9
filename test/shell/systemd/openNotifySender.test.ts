import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { openNotifySender } from "../../../lib/shell/systemd/openNotifySender.ts";
import { NotifySocket } from "../../support/NotifySocket.ts";
import { withDirectory } from "../files/withDirectory.ts";
import { eventually } from "../marathon/eventually.ts";

const never = new AbortController().signal;
const installed = existsSync("/usr/bin/systemd-notify");
const reason = installed ? "" : " (there is no /usr/bin/systemd-notify here)";

for (const kind of ["path", "abstract name"]) {
  Deno.test({
    name: `openNotifySender: systemd-notify sends to a ${kind}${reason}`,
    ignore: !installed,
    fn: () =>
      withDirectory(async (directory) => {
        const address = kind === "path" ? join(directory, "notify") : `@${randomUUID()}`;
        await using socket = await NotifySocket.open(address);
        const sender = await openNotifySender(
          address.replace("@", "\0"),
          "/nowhere:/usr/bin",
          () => undefined,
        );
        assert.equal(sender.how, "/usr/bin/systemd-notify, which needs NotifyAccess=all in the unit");
        await sender.send(["READY=1", "STATUS=a = b; c\\d"], never);
        await eventually(() => socket.notifications.length > 0);
        assert.deepEqual(socket.notifications, [["READY=1", "STATUS=a = b; c\\d"]]);
        sender.close();
      }),
  });
}

Deno.test({
  name: `openNotifySender: what systemd-notify says is told${reason}`,
  ignore: !installed,
  fn: () =>
    withDirectory(async (directory) => {
      const sender = await openNotifySender(join(directory, "nobody"), "/usr/bin", () => undefined);
      await assert.rejects(
        sender.send(["READY=1"], never),
        /systemd-notify failed: .*(Connection refused|No such file)/,
      );
      const given = AbortSignal.abort(new Error("given up"));
      await assert.rejects(sender.send(["READY=1"], given), /given up/);
    }),
});

Deno.test("openNotifySender: a runtime with datagram sockets sends by itself", async () => {
  const sent: [text: string, path: string][] = [];
  let closed = false;
  const sender = await openNotifySender("/run/notify", "/usr/bin", () => ({
    send: (message, path) => Promise.resolve(void sent.push([new TextDecoder().decode(message), path])),
    close: () => void (closed = true),
  }));
  assert.equal(sender.how, "a socket of its own");
  await sender.send(["READY=1", "STATUS=Serving"], never);
  assert.deepEqual(sent, [["READY=1\nSTATUS=Serving", "/run/notify"]]);
  sender.close();
  assert.ok(closed);
});

Deno.test("openNotifySender: a socket that takes nothing is given up", async () => {
  const sender = await openNotifySender("/run/notify", "", () => ({
    send: () => new Promise(() => {}),
    close: () => {},
  }));
  const giveUp = new AbortController();
  const sending = sender.send(["READY=1"], giveUp.signal);
  giveUp.abort(new Error("given up"));
  await assert.rejects(sending, /given up/);
});

Deno.test("openNotifySender: without either it says what to do", async () => {
  await assert.rejects(openNotifySender("/run/notify", "/nowhere", () => undefined), (error: Error) => {
    assert.match(
      error.message,
      /^Deno \S+ cannot send to a datagram socket, and there is no systemd-notify on PATH \(\/nowhere\): install it/,
    );
    return true;
  });
});

Deno.test("openNotifySender: by default it takes what the runtime has", async () => {
  // The tests run without --unstable-net.
  assert.equal("listenDatagram" in Deno && typeof Deno.listenDatagram === "function", false);
  await assert.rejects(openNotifySender("/run/notify", ""), /there is no systemd-notify/);
  assert.ok(process.versions.deno);
});
