import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { freePorts } from "../../../../tools/harness/freePort.ts";
import type { Target } from "../../../support/hostile/attackers.ts";
import type { Bench } from "../Bench.ts";
import { crypted, login } from "../passwords.ts";
import { request, type RequestOptions } from "../request.ts";

/** How often each way to the victim is asked: half of the answers of a port that is shared would be another's. */
const asked = 3;
const attackers = 64;

/**
 * An app with services of all kinds, whose tasks answer with its name, and a task for all who attack it, which answers
 * with another.
 */
export class Victim implements AsyncDisposable {
  readonly target: Target;
  /** How many requests were asked of it and answered right. */
  answered = 0;

  private constructor(
    private readonly bench: Bench,
    private readonly ports: readonly number[],
    private readonly servers: Readonly<Record<"one" | "two" | "evil", Server>>,
    attackersPorts: readonly number[],
  ) {
    const { admin, http, https, appid } = bench.ports;
    this.target = {
      id: "/victims/shop",
      port: ports[0]!,
      backend: `victims_shop_${ports[0]}`,
      host: "shop.test",
      pathHost: "path.test",
      path: "/cart",
      authHost: "auth.test",
      ownPorts: [admin, http, https, appid],
      haproxyDir: bench.path("work"),
      task: { host: "127.0.0.1", port: portOf(servers.evil) },
      portOf: (rank) => attackersPorts[rank]!,
    };
  }

  static async start(bench: Bench): Promise<Victim> {
    const servers = { one: answering("victim"), two: answering("victim"), evil: answering("attacker") };
    for (const server of Object.values(servers)) await once(server.listen(0, "127.0.0.1"), "listening");
    const ports = (await freePorts(4)).sort((a, b) => a - b);
    return new Victim(bench, ports, servers, await freePorts(attackers));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      Object.values(this.servers).map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  /** As Marathon sends it, with tasks on these servers. */
  app(...tasks: readonly ("one" | "two")[]): Record<string, unknown> {
    const { id, host, pathHost, path, authHost } = this.target;
    return {
      id,
      instances: tasks.length,
      portDefinitions: this.ports.map((port) => ({ port })),
      healthChecks: [],
      versionInfo: { lastConfigChangeAt: "2026-01-01T00:00:00.000Z" },
      labels: {
        HAPROXY_GROUP: "external",
        HAPROXY_0_VHOST: host,
        HAPROXY_1_VHOST: pathHost,
        HAPROXY_1_PATH: path,
        HAPROXY_2_VHOST: authHost,
        HAPROXY_2_AUTH: `Shop:alice:${crypted.sha512}`,
        HAPROXY_3_MODE: "tcp",
      },
      tasks: tasks.map((name) => ({
        id: `shop.${name}`,
        host: "127.0.0.1",
        state: "TASK_RUNNING",
        ports: this.ports.map(() => portOf(this.servers[name])),
      })),
    };
  }

  /** What is wrong with the answers of the victim: a sentence for each. */
  async faults(): Promise<string[]> {
    const { http, https, appid } = this.bench;
    const { id, host, pathHost, path, authHost } = this.target;
    const right = { authorization: login("alice", "correct").authorization };
    const ways: [what: string, url: string, headers: RequestOptions["headers"], expected: string][] = [
      ...[http, https].flatMap((base): typeof ways => [
        ["its vhost", `${base}/`, { host }, "200 victim"],
        ["its vhost in capitals", `${base}/`, { host: host.toUpperCase() }, "200 victim"],
        ["its vhost with a port", `${base}/any/path`, { host: `${host}:80` }, "200 victim"],
        ["its vhost with a path", `${base}${path}`, { host: pathHost }, "200 victim"],
        ["its vhost with a login", `${base}/`, { host: authHost, ...right }, "200 victim"],
        ["its vhost with a wrong login", `${base}/`, { host: authHost, ...login("alice", "wrong") }, "401"],
        ["its vhost without a login", `${base}/`, { host: authHost }, "401"],
      ]),
      ...this.ports.map((port): typeof ways[number] => [
        `its port ${port}`,
        `http://127.0.0.1:${port}/`,
        {},
        "200 victim",
      ]),
      ["its id", `${appid}/`, { "x-marathon-app-id": id }, "200 victim"],
    ];
    const faults = new Set<string>();
    for (const [what, url, headers, expected] of ways) {
      const times = what.includes("port") || what === "its id" ? asked : 1;
      for (let time = 0; time < times; time++) {
        const found = await request(url, { headers }).then(
          ({ status, body }) => status === 200 ? `200 ${body}` : String(status),
          (error: Error) => error.message,
        );
        if (found === expected) this.answered++;
        else faults.add(`${what} (${new URL(url).protocol}) answers ${found}, expected ${expected}`);
      }
    }
    return [...faults];
  }

  /** Asks for what attackers of these ranks may have, with a password; what they answer is their own affair. */
  async poke(ranks: readonly number[], hosts: readonly string[]): Promise<void> {
    const credentials = login("u", "any");
    const urls = ranks.map((rank) => `http://127.0.0.1:${this.target.portOf(rank)}/`);
    await Promise.all([
      ...urls.map((url) => request(url).catch(() => {})),
      ...hosts.flatMap((host) =>
        [this.bench.http, this.bench.https].map((base) =>
          request(`${base}/`, { headers: { host, ...credentials } }).catch(() => {/* or not at all */})
        )
      ),
    ]);
  }
}

function answering(name: string): Server {
  return createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end(name));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
