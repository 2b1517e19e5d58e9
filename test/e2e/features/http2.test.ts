import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import type { TLSSocket } from "node:tls";
import { deadline } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

for (const [form, flags] of [["rules", []], ["maps", ["--haproxy-map"]]] as const) {
  feature(`HTTP/2 (${form}): one connection carries requests for several vhosts`, async (bench) => {
    await serveApps(bench, [
      await webApp("/one", { labels: { HAPROXY_0_VHOST: "one.test" } }),
      await webApp("/two", { labels: { HAPROXY_0_VHOST: "two.test" } }),
      await webApp("/path", { labels: { HAPROXY_0_VHOST: "one.test", HAPROXY_0_PATH: "/in" } }),
      await webApp("/wild", { labels: { HAPROXY_0_VHOST: "*.wild.test" } }),
    ], { flags });
    const session = connect(bench.https, { servername: "one.test", rejectUnauthorized: false });
    try {
      await once(session, "connect", { signal: AbortSignal.timeout(deadline) });
      assert.equal((session.socket as TLSSocket).alpnProtocol, "h2");
      const table = [
        ["one.test", "/", "/one"],
        ["two.test", "/", "/two"],
        ["TWO.test:443", "/in", "/two"],
        ["one.test", "/in", "/path"],
        ["x.wild.test", "/", "/wild"],
        ["other.test", "/", 503],
        ["one.test", "/", "/one"],
      ] as const;
      for (const [authority, path, app] of table) {
        const headers = await get(session, authority, path);
        assert.equal(headers["x-app-id"] ?? headers[":status"], app, `${path} of ${authority}`);
      }
    } finally {
      session.destroy();
    }
  });
}

/** The headers of the answer. */
async function get(session: ClientHttp2Session, authority: string, path: string) {
  const stream = session.request({ ":authority": authority, ":path": path });
  const [headers] = await once(stream, "response", { signal: AbortSignal.timeout(deadline) });
  await once(stream.resume(), "end");
  return headers;
}
