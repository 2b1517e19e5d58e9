/**
 * How exactly shares split requests: `deno run -A bench/shares.ts [requests]` (100,000 without any), with the built executable and
 * a real HAProxy. Ends with 1 where a side is more than 1 % of all requests away from its share.
 */
import { once } from "node:events";
import { Agent, createServer, get as httpGet, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { freePort } from "../tools/harness/freePort.ts";
import { SimulatedMarathon } from "../tools/simulated-marathon/SimulatedMarathon.ts";
import { Subject } from "./support/Subject.ts";
import { ms, printTable } from "./support/table.ts";

const requests = Number(process.argv[2] ?? 100_000);
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

interface Side {
  readonly name: string;
  readonly server: Server;
  readonly servicePort: number;
  hits: number;
}

async function startSide(name: string): Promise<Side> {
  const server = createServer((_, response) => {
    side.hits++;
    response.end(name);
  });
  const side: Side = { name, server, servicePort: await freePort(), hits: 0 };
  await once(server.listen(0, "127.0.0.1"), "listening");
  return side;
}

const sides = await Promise.all(["a", "b", "c"].map(startSide));
const marathonPort = await freePort();
const marathon = await SimulatedMarathon.start({ port: marathonPort });

/** Has Marathon know of these shares, and tell of it. */
function setShares(shares: readonly number[]): void {
  marathon.setApps(sides.map(({ name, server, servicePort }, index) => ({
    id: `/${name}`,
    instances: 1,
    portDefinitions: [{ port: servicePort }],
    healthChecks: [],
    labels: {
      HAPROXY_GROUP: "external",
      HAPROXY_0_VHOST: "shop.test",
      HAPROXY_0_TRAFFIC_SHARE: `${shares[index]}`,
    },
    tasks: [{
      id: `${name}.1`,
      host: "127.0.0.1",
      state: "TASK_RUNNING",
      ports: [(server.address() as AddressInfo).port],
    }],
  })));
  for (const { name } of sides) {
    marathon.emit({
      eventType: "status_update_event",
      appId: `/${name}`,
      timestamp: new Date().toISOString(),
    });
  }
}

function ask(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = httpGet(
      { port, host: "127.0.0.1", agent, headers: { host: "shop.test" } },
      (response) => {
        response.resume();
        response.on("end", () => response.statusCode === 200 ? resolve() : reject(new Error("not 200")));
      },
    );
    outgoing.on("error", reject);
  });
}

const cases = [[90, 10, 0], [50, 50, 0], [1, 99, 0], [60, 30, 10]];
setShares(cases[0]!);
const subject = await Subject.start(`http://127.0.0.1:${marathonPort}`);
const updates = () => subject.metric('marathon_lb_runtime_updates_total{kind="servers",result="ok"}');
const reloads = () => subject.metric('marathon_lb_reloads_total{result="ok"}');
const reloadsAtFirst = await reloads();
const rows: string[][] = [];
for (const shares of cases) {
  if (shares !== cases[0]) {
    const before = await updates();
    setShares(shares);
    while (await updates() === before) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const side of sides) side.hits = 0;
  const begun = performance.now();
  let left = requests;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (left-- > 0) await ask(subject.ports.http);
  }));
  const took = performance.now() - begun;
  const total = sides.reduce((sum, { hits }) => sum + hits, 0);
  if (total !== requests) throw new Error(`${total} hits of ${requests} requests`);
  for (const [index, { name, hits }] of sides.entries()) {
    const share = shares[index]!;
    const percent = hits / requests * 100;
    if (Math.abs(percent - share) > 1) process.exitCode = 1;
    rows.push([name, `${share} %`, `${hits}`, `${percent.toFixed(2)} %`, ms(took)]);
  }
}
if (await reloads() !== reloadsAtFirst) throw new Error("A change of a share was a reload");
printTable(["side", "share", `hits of ${requests}`, "found", "time"], rows);
await subject.stop();
agent.destroy();
for (const { server } of sides) {
  server.closeAllConnections();
  server.close();
}
await marathon.stop();
