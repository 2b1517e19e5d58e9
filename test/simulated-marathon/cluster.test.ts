import "reflect-metadata";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { api } from "./api.ts";
import { EventReader } from "./EventReader.ts";

Deno.test("ping, leader and info are answered by every node", async () => {
  await using marathon = await SimulatedMarathon.start({ nodes: 2 });
  const leader = new URL(marathon.url).host;
  for (const url of marathon.urls) {
    equal((await api("GET", `${url}/ping`)).body, "pong\n");
    deepEqual((await api("GET", `${url}/v2/leader`)).body, { leader });
    equal((await api("GET", `${url}/v2/info`)).body.leader, leader);
  }
});

for (const redirectStatus of [302, 307] as const) {
  Deno.test(`others redirect to the leader, with ${redirectStatus}`, async () => {
    await using marathon = await SimulatedMarathon.start({ nodes: 2, redirectStatus });
    const [leader, other] = marathon.urls;
    const { status, headers } = await api("GET", `${other}/v2/apps?embed=apps.tasks`);
    deepEqual([status, headers.get("location")], [redirectStatus, `${leader}/v2/apps?embed=apps.tasks`]);
    deepEqual(await (await fetch(`${other}/v2/apps`)).json(), { apps: [] });
  });
}

Deno.test("a new leader answers, the old one redirects, and streams end", async () => {
  await using marathon = await SimulatedMarathon.start({ nodes: 3 });
  await using reader = await EventReader.open(marathon.url, "?event_type=x");
  const [first, second] = marathon.urls;
  equal((await api("DELETE", `${first}/v2/leader`)).status, 200);
  equal(marathon.leader, 1);
  equal(await reader.next(), undefined);
  equal((await api("GET", `${second}/v2/apps`)).status, 200);
  equal((await api("GET", `${first}/v2/apps`)).headers.get("location"), `${second}/v2/apps`);
});

Deno.test("without a leader there is 503", async () => {
  await using marathon = await SimulatedMarathon.start({ nodes: 2 });
  equal((await api("PUT", `${marathon.url}/_sim/leader`, { node: null })).status, 204);
  equal((await api("GET", `${marathon.url}/v2/leader`)).status, 404);
  equal((await api("GET", `${marathon.url}/v2/apps`)).status, 503);
  equal((await api("PUT", `${marathon.url}/_sim/leader`, { node: 7 })).status, 422);
});

Deno.test("a stopped leader hands over, keeps the apps, and comes back at its port", async () => {
  await using marathon = await SimulatedMarathon.start({ nodes: 2 });
  await marathon.createApp({ id: "/web", instances: 0 });
  const [first, second] = marathon.urls;
  await marathon.stopNode(0);
  await rejects(fetch(`${first}/ping`));
  equal((await api("GET", `${second}/v2/apps`)).body.apps[0].id, "/web");
  await marathon.startNode(0);
  equal((await api("GET", `${first}/v2/apps`)).headers.get("location"), `${second}/v2/apps`);
});

Deno.test("basic authentication", async () => {
  const auth = { user: "marathon", password: "se:cret" };
  await using marathon = await SimulatedMarathon.start({ auth });
  const status = async (authorization?: string) => {
    const response = await fetch(
      `${marathon.url}/v2/apps`,
      authorization ? { headers: { authorization } } : {},
    );
    await response.body?.cancel();
    return [response.status, response.headers.get("www-authenticate")];
  };
  deepEqual(await status(), [401, 'Basic realm="Mesosphere"']);
  deepEqual(await status(`Basic ${btoa("marathon:wrong")}`), [401, 'Basic realm="Mesosphere"']);
  deepEqual(await status(`Basic ${btoa("marathon:se:cret")}`), [200, null]);
});

Deno.test("requests are recorded with their headers", async () => {
  await using marathon = await SimulatedMarathon.start();
  const third = marathon.requests.until("/v2/apps", 2);
  await (await fetch(`${marathon.url}/v2/apps?embed=apps.tasks`, { headers: { authorization: "x" } })).body
    ?.cancel();
  await (await fetch(`${marathon.url}/v2/apps`)).body?.cancel();
  await (await fetch(`${marathon.url}/ping`)).body?.cancel();
  await third;
  equal(marathon.requests.count("/v2/apps"), 2);
  const [first] = marathon.requests.of("/v2/apps");
  deepEqual([first?.method, first?.url, first?.headers.authorization], [
    "GET",
    "/v2/apps?embed=apps.tasks",
    "x",
  ]);
  equal((await api("GET", `${marathon.url}/_sim/requests?path=/ping`)).body.length, 1);
  equal((await api("DELETE", `${marathon.url}/_sim/requests`)).status, 204);
  deepEqual(marathon.requests.all, []);
});

Deno.test("fixed apps and timings can be set over HTTP", async () => {
  await using marathon = await SimulatedMarathon.start();
  equal((await api("PUT", `${marathon.url}/_sim/apps`, [{ id: "/fixed" }])).status, 204);
  deepEqual((await api("GET", `${marathon.url}/v2/apps`)).body, { apps: [{ id: "/fixed" }] });
  equal((await api("PUT", `${marathon.url}/_sim/timings`, { stagingMs: 7 })).body.stagingMs, 7);
  equal((await api("PUT", `${marathon.url}/_sim/timings`, { stagingMs: "soon" })).status, 422);
  equal((await api("POST", `${marathon.url}/_sim/settled`)).status, 204);
});

Deno.test("HTTPS with a given key and certificate", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=127.0.0.1",
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const cert = certificate.toString("pem");
  const pkcs8 = btoa(
    String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey))),
  );
  const key = `-----BEGIN PRIVATE KEY-----\n${
    pkcs8.match(/.{1,64}/g)?.join("\n")
  }\n-----END PRIVATE KEY-----\n`;

  await using marathon = await SimulatedMarathon.start({ tls: { key, cert } });
  ok(marathon.url.startsWith("https://"));
  using client = Deno.createHttpClient({ caCerts: [cert] });
  equal(await (await fetch(`${marathon.url}/ping`, { client })).text(), "pong\n");
  await rejects(fetch(`${marathon.url}/ping`));
});

Deno.test("stop leaves nothing behind, whatever is under way", async () => {
  const marathon = await SimulatedMarathon.start({ timings: { stagingMs: 0, killGraceMs: 3_600_000 } });
  await using _reader = await EventReader.open(marathon.url);
  await marathon.createApp({ id: "/web", instances: 2 });
  await marathon.settled();
  const [task] = marathon.tasks("/web");
  await marathon.scale("/web", 1);
  await marathon.createApp({ id: "/new" });
  const { url } = marathon;
  await marathon.stop();
  await marathon.stop();
  await rejects(fetch(`${url}/ping`));
  await rejects(fetch(`http://${task?.host}:${(task?.ports as number[])[0]}`));
});

Deno.test("a port that is taken is an error, and leaves no node running", async () => {
  await using marathon = await SimulatedMarathon.start();
  await rejects(SimulatedMarathon.start({ port: Number(new URL(marathon.url).port) }), /EADDRINUSE|in use/);
});

Deno.test("a new leader announces itself, and there is no announcement without a leader", async () => {
  await using marathon = await SimulatedMarathon.start({ nodes: 3 });
  const heard: unknown[] = [];
  marathon.onEvents((events) => heard.push(...events.map(({ eventType }) => eventType)));
  marathon.abdicate();
  marathon.setLeader(2);
  marathon.setLeader(undefined);
  marathon.setLeader(1);
  await marathon.stopNode(0);
  await marathon.stopNode(1);
  deepEqual(heard, Array(4).fill("scheduler_registered_event"));
});
