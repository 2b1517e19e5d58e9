import * as grpc from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { deadline, eventually } from "../../../tools/harness/eventually.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { ask } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { withoutReload } from "../support/changes.ts";
import { feature } from "../support/feature.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";

/** A server that speaks TLS, counts what it is asked and remembers the last name that TLS asked for. */
function tlsServer(pem: string) {
  const seen: { hits: number; name: string | false | undefined } = { hits: 0, name: undefined };
  const server = createServer({ key: pem, cert: pem }, (request, response) => {
    seen.hits++;
    seen.name = (request.socket as unknown as { servername?: string | false }).servername;
    response.end("hello");
  });
  return Object.assign(server, { seen });
}

/** Writes a file that the label BACKEND_CA_FILE may name. */
async function placeCaFile(bench: Bench, name: string, pem: string): Promise<void> {
  await mkdir(bench.path("cas"), { recursive: true });
  await writeFile(bench.path(`cas/${name}`), pem);
}

const caDir = (bench: Bench) => ["--backend-ca-dir", bench.path("cas")];

feature("TLS to tasks: by BACKEND_TLS, verified by BACKEND_CA_FILE and BACKEND_SNI", async (bench) => {
  const pem = await selfSignedCertificate("task.test", systemClock);
  await placeCaFile(bench, "own.pem", pem);
  await placeCaFile(bench, "other.pem", await selfSignedCertificate("task.test", systemClock));
  const server = tlsServer(pem);
  await whileListening([server], async () => {
    const app = (id: string, labels: Readonly<Record<string, string>>) => {
      const prefixed = Object.entries(labels).map(([name, value]) => [`HAPROXY_0_BACKEND_${name}`, value]);
      return ownApp(id, [server], {
        labels: { HAPROXY_0_VHOST: `${id.slice(1)}.test`, ...Object.fromEntries(prefixed) },
      });
    };
    const verify = { TLS: "verify", CA_FILE: "own.pem" };
    await serveApps(bench, [
      await app("/plain", {}),
      await app("/any", { TLS: "true" }),
      await app("/named", { TLS: "true", SNI: "name.test" }),
      await app("/verified", verify),
      await app("/both", { ...verify, SNI: "task.test" }),
      await app("/wrong-name", { ...verify, SNI: "wrong.test" }),
      await app("/wrong-authority", { ...verify, CA_FILE: "other.pem" }),
      await app("/public-authority", { TLS: "verify", SNI: "task.test" }),
      await app("/h1", { TLS: "true", PROTO: "h1" }),
    ], { flags: caDir(bench) });
    const table = [
      // Node.js answers 400 to what is no TLS, or cuts it.
      ["plain", undefined],
      ["any", 200],
      ["named", 200, "name.test"],
      ["verified", 200],
      ["both", 200, "task.test"],
      ["wrong-name", 503],
      ["wrong-authority", 503],
      ["public-authority", 503],
      ["h1", 200],
    ] as const;
    let expected = 0;
    for (const [name, status, sni] of table) {
      const answer = await ask(bench.http, `${name}.test`);
      if (status === undefined) assert.notEqual(answer.status, 200);
      else assert.equal(answer.status, status, name);
      if (status === 200) expected++;
      assert.equal(server.seen.hits, expected, name);
      if (sni) assert.equal(server.seen.name, sni);
    }
  });
});

feature(
  "TLS to tasks: a check by HTTPS, and a task that is added at run time, speak it too",
  async (bench) => {
    const pem = await selfSignedCertificate("task.test", systemClock);
    await placeCaFile(bench, "own.pem", pem);
    const [first, second] = [tlsServer(pem), tlsServer(pem)];
    await whileListening([first, second], async () => {
      const one = await ownApp("/own", [first], {
        labels: {
          HAPROXY_0_VHOST: "own.test",
          HAPROXY_0_BACKEND_TLS: "verify",
          HAPROXY_0_BACKEND_CA_FILE: "own.pem",
          HAPROXY_0_BACKEND_SNI: "task.test",
        },
        healthChecks: [{ protocol: "HTTPS", portIndex: 0, path: "/check", intervalSeconds: 1 }],
      });
      const healthy = (id: string, { ports }: { ports: readonly number[] }) => ({
        ...one.tasks[0]!,
        id,
        ports,
        healthCheckResults: [{ alive: true }],
      });
      const [another] = (await ownApp("/own", [second])).tasks;
      const { marathon } = await serveApps(bench, [{ ...one, tasks: [healthy("own.1", one.tasks[0]!)] }], {
        flags: caDir(bench),
      });
      await eventually(() => assert.ok(first.seen.hits >= 1, "the check came through TLS"));
      assert.equal((await ask(bench.http, "own.test")).status, 200);
      await withoutReload(bench, async () => {
        marathon.setApps([{
          ...one,
          instances: 2,
          tasks: [healthy("own.1", one.tasks[0]!), healthy("own.2", another!)],
        }]);
        marathon.emit({
          eventType: "status_update_event",
          appId: "/own",
          timestamp: "2026-01-01T00:00:00.000Z",
        });
        await eventually(async () => {
          const { status } = await ask(bench.http, "own.test");
          assert.equal(status, 200);
          assert.ok(second.seen.hits >= 1);
        });
        await eventually(async () => {
          const rows = (await bench.ask("/haproxy?stats;csv")).split("\n").map((row) => row.split(","));
          const states = rows.filter(([proxy = "", name = ""]) => /^own_/.test(proxy) && /^127/.test(name));
          assert.deepEqual(states.map((row) => row[17]), ["UP", "UP"]);
        });
      });
    });
  },
);

feature(
  "BACKEND_CA_FILE: a file that is not there, or a path, leaves out its own service only",
  async (bench) => {
    const pem = await selfSignedCertificate("task.test", systemClock);
    const server = tlsServer(pem);
    await whileListening([server], async () => {
      const app = (id: string, CA_FILE: string) =>
        ownApp(id, [server], {
          labels: {
            HAPROXY_0_VHOST: `${id.slice(1)}.test`,
            HAPROXY_0_BACKEND_TLS: "verify",
            HAPROXY_0_BACKEND_CA_FILE: CA_FILE,
          },
        });
      await placeCaFile(bench, "own.pem", pem);
      await serveApps(bench, [
        await app("/good", "own.pem"),
        await app("/missing", "missing.pem"),
        await app("/path", bench.path("cas/own.pem")),
      ], { flags: caDir(bench) });
      await eventually(async () => {
        const { excluded } = JSON.parse(await bench.ask("/_mlb_status"));
        const [missing, path, ...more] = (excluded as { reason: string }[]).map(({ reason }) => reason)
          .sort();
        assert.match(missing!, /^\/missing: .*missing\.pem/);
        assert.match(path!, /^\/path: .* expected the name of a file in `--backend-ca-dir`/);
        assert.deepEqual(more, []);
      });
      for (const [name, status] of [["good", 200], ["missing", 503], ["path", 503]] as const) {
        assert.equal((await ask(bench.http, `${name}.test`)).status, status, name);
      }
      assert.equal(server.seen.hits, 1);
    });
  },
);

const method = (path: string, responseStream = false) => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: (text: string) => Buffer.from(text),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (text: string) => Buffer.from(text),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
});
const echo = { Say: method("/test.Echo/Say"), Repeat: method("/test.Echo/Repeat", true) };

/** A task that speaks gRPC, and counts its calls. */
async function grpcServer() {
  const seen = { calls: 0 };
  const server = new grpc.Server();
  server.addService(echo, {
    Say: ({ request }: { request: string }, answer: grpc.sendUnaryData<string>) => {
      seen.calls++;
      if (request === "bad") answer({ code: grpc.status.INVALID_ARGUMENT, details: "no such word" });
      else answer(null, `echo ${request}`);
    },
    Repeat: (call: grpc.ServerWritableStream<string, string>) => {
      seen.calls++;
      for (const part of [1, 2, 3]) call.write(`${part} ${call.request}`);
      call.end();
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      "127.0.0.1:0",
      grpc.ServerCredentials.createInsecure(),
      (error, port) => error ? reject(error) : resolve(port),
    )
  );
  return { port, seen, stop: () => server.forceShutdown() };
}

interface EchoClient {
  Say(
    text: string,
    options: { deadline: number },
    answer: (error: grpc.ServiceError | null, text?: string) => void,
  ): void;
  Repeat(text: string, options: { deadline: number }): AsyncIterable<string>;
  close(): void;
}

const until = () => ({ deadline: Date.now() + deadline });
const say = (client: EchoClient, text: string) =>
  new Promise<string>((resolve, reject) =>
    client.Say(text, until(), (error, text) => error ? reject(error) : resolve(text!))
  );

feature("gRPC: HTTP/2 at both sides by BACKEND_PROTO, in the clear and by TLS", async (bench) => {
  const pem = await selfSignedCertificate("task.test", systemClock);
  const task = await grpcServer();
  // What stands beside a task to speak TLS for it, and takes nothing but HTTP/2.
  const names: (string | false | null)[] = [];
  const sidecar = createTlsServer({ key: pem, cert: pem, ALPNProtocols: ["h2"] }, (socket) => {
    names.push(socket.alpnProtocol);
    const inner = connect(task.port, "127.0.0.1");
    for (const end of [socket, inner]) end.on("error", () => {/* the other one ends too */});
    socket.pipe(inner).pipe(socket);
  });
  await whileListening([sidecar], async () => {
    const app = async (id: string, port: number, labels: Readonly<Record<string, string>>) => ({
      id,
      instances: 1,
      portDefinitions: [{ port: await freePort() }],
      healthChecks: [{ protocol: "TCP", portIndex: 0, intervalSeconds: 1 }],
      labels: {
        HAPROXY_GROUP: "external",
        HAPROXY_0_VHOST: `${id.slice(1)}.own.test`,
        HAPROXY_0_BACKEND_PROTO: "h2",
        HAPROXY_0_BIND_OPTIONS: "proto h2",
        ...labels,
      },
      tasks: [{
        id: `${id.slice(1)}.1`,
        host: "127.0.0.1",
        state: "TASK_RUNNING",
        ports: [port],
        healthCheckResults: [{ alive: true }],
      }],
    });
    const apps = [
      await app("/clear", task.port, {}),
      await app("/tls", (sidecar.address() as AddressInfo).port, { HAPROXY_0_BACKEND_TLS: "true" }),
    ];
    const cert = await selfSignedCertificate("*.own.test", systemClock);
    await writeFile(bench.path("front.pem"), cert);
    await serveApps(bench, apps, { flags: ["--ssl-certs", bench.path("front.pem")] });

    const Client = grpc.makeGenericClientConstructor(echo, "Echo");
    for (const { id, portDefinitions } of apps) {
      const host = `${id.slice(1)}.own.test`;
      const clients = [
        // By the vhost at the HTTPS port, and in the clear at the service port.
        new Client(`127.0.0.1:${bench.ports.https}`, grpc.credentials.createSsl(Buffer.from(cert)), {
          "grpc.ssl_target_name_override": host,
          "grpc.default_authority": host,
        }),
        new Client(`127.0.0.1:${portDefinitions[0]!.port}`, grpc.credentials.createInsecure()),
      ] as unknown as EchoClient[];
      for (const client of clients) {
        const before = task.seen.calls;
        assert.equal(await say(client, "hello"), "echo hello");
        // The status comes in trailers.
        await assert.rejects(say(client, "bad"), {
          code: grpc.status.INVALID_ARGUMENT,
          details: "no such word",
        });
        const parts: string[] = [];
        for await (const part of client.Repeat("x", until())) parts.push(part);
        assert.deepEqual(parts, ["1 x", "2 x", "3 x"]);
        const words = await Promise.all(Array.from({ length: 20 }, (_, n) => say(client, `${n}`)));
        assert.deepEqual(words, Array.from({ length: 20 }, (_, n) => `echo ${n}`));
        assert.equal(task.seen.calls - before, 23);
        client.close();
      }
    }
    assert.ok(names.length > 0);
    assert.deepEqual(new Set(names), new Set(["h2"]));
  }).finally(task.stop);
});
