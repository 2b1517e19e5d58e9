import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { assertAnswers } from "../support/assertAnswers.ts";
import { feature } from "../support/feature.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

const label = "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL";

feature(
  "network ACL in mode http: addresses and networks that are named pass, others get 403",
  async (bench) => {
    const port = await freePort();
    await serveApps(bench, [
      await webApp("/one", {
        servicePort: port,
        labels: { HAPROXY_0_VHOST: "one.test", [label]: "10.0.0.0/8 127.0.0.1" },
      }),
      await webApp("/net", { labels: { HAPROXY_0_VHOST: "net.test", [label]: "127.0.0.2/31" } }),
      await webApp("/none", { labels: { HAPROXY_0_VHOST: "none.test", [label]: "10.0.0.0/8" } }),
      await webApp("/open", { labels: { HAPROXY_0_VHOST: "open.test" } }),
    ]);
    const from = (last: number) => ({ localAddress: `127.0.0.${last}` });
    const atPort = `http://127.0.0.1:${port}`;
    for (const url of [bench.http, bench.https]) {
      await assertAnswers([
        [url, "one.test", "/one", from(1)],
        [url, "one.test", 403, from(2)],
        [url, "net.test", 403, from(1)],
        [url, "net.test", "/net", from(2)],
        [url, "net.test", "/net", from(3)],
        [url, "net.test", 403, from(4)],
        [url, "none.test", 403, from(1)],
        [url, "open.test", "/open", from(2)],
      ]);
    }
    await assertAnswers([[atPort, "any.test", "/one", from(1)], [atPort, "any.test", 403, from(2)]]);
  },
);

feature(
  "network ACL in mode tcp: addresses that are named reach the app, others are cut off",
  async (bench) => {
    const server = createServer((socket) => socket.end("hello"));
    await whileListening([server], async () => {
      const app = await ownApp("/raw", [server], { labels: { [label]: "10.0.0.0/8 127.0.0.1" } });
      await serveApps(bench, [app]);
      const port = app.portDefinitions[0]!.port;
      const heardFrom = async (localAddress: string) => {
        const socket = connect({ host: "127.0.0.1", port, localAddress });
        await once(socket, "connect");
        return await text(socket).catch(({ code }) => code);
      };
      assert.equal(await heardFrom("127.0.0.1"), "hello");
      assert.match(await heardFrom("127.0.0.2"), /^$|^ECONNRESET$/);
    });
  },
);
