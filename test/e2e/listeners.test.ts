import assert from "node:assert/strict";
import { listeningPorts } from "../../lib/shell/haproxy/ports.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { webApp } from "./support/webApp.ts";

async function sorted(pids: readonly number[]): Promise<number[]> {
  return [...await listeningPorts(pids)].sort((a, b) => a - b);
}

async function haproxyPids(bench: Bench): Promise<number[]> {
  return (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
}

endToEnd("listens where it was asked to, and nowhere else", async (bench) => {
  const marathon = await bench.startMarathon();
  const servicePort = await freePort();
  await marathon.createApp(await webApp("/web", { servicePort }));
  await marathon.settled();
  const lb = await bench.serve();
  const { http, https, admin, appid } = bench.ports;
  const expected = [http, https, admin, appid, servicePort].sort((a, b) => a - b);
  await eventually(async () => assert.deepEqual(await sorted(await haproxyPids(bench)), expected));
  assert.deepEqual(await sorted([lb.pid]), [], "marathon-lb itself");
  await bench.stop(lb);

  const callbacks = await freePort();
  const listening = ["--listening", `127.0.0.1:${callbacks}`, "--dont-bind-http-https"];
  const other = bench.start({ mode: "event", flags: listening });
  await other.until(/triggered by .*a new subscription to events/);
  const fewer = [admin, appid, servicePort].sort((a, b) => a - b);
  await eventually(async () => assert.deepEqual(await sorted(await haproxyPids(bench)), fewer));
  assert.deepEqual(await sorted([other.pid]), [callbacks], "marathon-lb itself");
});
