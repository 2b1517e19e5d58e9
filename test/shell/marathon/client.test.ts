import assert from "node:assert/strict";
import type { RequestListener, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { basicAuthorization } from "../../../lib/shell/marathon/auth.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { makeClient } from "./support/makeClient.ts";
import { TestServer } from "./TestServer.ts";

const never = new AbortController().signal;

const answer = (status: number, body: string, headers = {}): RequestListener => (_, response) =>
  response.writeHead(status, headers).end(body);

/** The URL of a port on which nothing listens any more. */
async function closedUrl(): Promise<string> {
  await using server = await TestServer.start(answer(200, ""));
  return server.url;
}

Deno.test("a path prefix and the URL's own credentials are used, and gzip is read", async () => {
  await using server = await TestServer.start(
    answer(200, gzipSync('{"apps":[{"id":"/a","labels":{"A":"ö"}}]}') as unknown as string, {
      "content-encoding": "gzip",
    }),
  );
  const url = server.url.replace("//", "//us%65r:p%C3%A4ss@") + "/service/marathon/";
  using made = makeClient({
    urls: [url],
    authorization: basicAuthorization({ user: "other", password: "other" }, "--auth-credentials"),
  });
  const { apps, problems } = await made.client.apps(never);
  assert.deepEqual([[...apps.values()].map(({ id, labels }) => [id, labels.A]), problems.size], [
    [["/a", "ö"]],
    0,
  ]);
  assert.deepEqual(server.requests, [{
    method: "GET",
    url: "/service/marathon/v2/apps?embed=apps.tasks",
    authorization: "Basic " + btoa("user:p\xc3\xa4ss"),
  }]);
});

for (const answered of [null, "apps", [], {}, { apps: {} }]) {
  Deno.test(`${JSON.stringify(answered)} is not taken for the apps: it would take every app away`, async () => {
    await using server = await TestServer.start(answer(200, JSON.stringify(answered)));
    using made = makeClient({ urls: [server.url] });
    await assert.rejects(
      made.client.apps(never),
      /: Marathon's answer is .*; expected \{"apps": \[…\]\}\. Check that --marathon is Marathon's URL\.$/,
    );
  });
}

Deno.test("apps that are known and say the same are the objects they were", async () => {
  let instances = 1;
  await using server = await TestServer.start((_, response) =>
    void response.end(JSON.stringify({ apps: [{ id: "/a" }, { id: "/b", instances: instances++ }] }))
  );
  using made = makeClient({ urls: [server.url] });
  const first = await made.client.apps(never);
  const second = await made.client.apps(never, first.apps);
  assert.equal(second.apps.get("/a"), first.apps.get("/a"));
  assert.notEqual(second.apps.get("/b"), first.apps.get("/b"));
  assert.equal(second.apps.get("/b")!.instances, 2);
});

Deno.test("one app is asked for by its id, and is missing only where every URL says so", async () => {
  const app = { id: "/group/web", tasks: [] };
  let status = 404;
  await using a = await TestServer.start(answer(404, "{}"));
  await using b = await TestServer.start((request, response) => {
    if (request.url === "/v2/apps/group/web?embed=app.tasks") response.end(JSON.stringify({ app }));
    else response.writeHead(status).end("{}");
  });
  using made = makeClient({ urls: [a.url, b.url] });
  assert.deepEqual(await made.client.app("/group/web", never), { app });
  assert.equal(await made.client.app("/none", never), undefined);
  status = 503;
  await assert.rejects(made.client.app("/none", never), /did not answer GET \/v2\/apps\/none: .*HTTP 503/);
});

Deno.test("POST and DELETE need no body in the answer", async () => {
  await using server = await TestServer.start((request, response) =>
    response.end(request.method === "POST" ? '{"ok":true}' : "")
  );
  using made = makeClient({ urls: [server.url] });
  assert.deepEqual(await made.client.post("/v2/eventSubscriptions?callbackUrl=x", never), { ok: true });
  assert.equal(await made.client.delete("/v2/eventSubscriptions?callbackUrl=x", never), undefined);
  assert.deepEqual(server.requests.map(({ method }) => method), ["POST", "DELETE"]);
});

Deno.test("the URL that answered last is asked first, the next on failure", async () => {
  let healthy = "b";
  const member = (name: string): RequestListener => (_, response) =>
    name === healthy ? response.end(JSON.stringify(name)) : response.writeHead(500).end();
  await using a = await TestServer.start(member("a"));
  await using b = await TestServer.start(member("b"));
  const dead = await closedUrl();
  using made = makeClient({ urls: [dead, a.url, b.url] });
  assert.equal(await made.client.get("/x", never), "b");
  assert.deepEqual(made.logger.lines, [
    `warning marathon_lb: Marathon ${dead} failed (connection refused); ${b.url} answered instead`,
    `warning marathon_lb: Marathon ${a.url} failed (HTTP 500); ${b.url} answered instead`,
  ]);
  assert.equal(await made.client.get("/x", never), "b");
  healthy = "a";
  assert.equal(await made.client.get("/x", never), "a");
  assert.equal(await made.client.get("/x", never), "a");
  assert.deepEqual([a.requests.length, b.requests.length], [3, 3]);
});

Deno.test("when none answers, one line lists each URL, without credentials", async () => {
  const html = "<html>secret</html>";
  await using malformed = await TestServer.start(answer(200, html, { "content-type": "text/html" }));
  await using forbidden = await TestServer.start(answer(401, ""));
  const dead = await closedUrl();
  using made = makeClient({
    urls: [dead.replace("//", "//user:secret@"), malformed.url, forbidden.url],
    authorization: basicAuthorization({ user: "user", password: "secret" }, "--auth-credentials"),
  });
  await assert.rejects(made.client.get("/v2/apps?embed=apps.tasks", never), {
    message: `Marathon did not answer GET /v2/apps: ${dead}: connection refused; ` +
      `${malformed.url}: the answer is not JSON (text/html, 19 characters); ` +
      `${forbidden.url}: HTTP 401, wrong credentials. ` +
      "Check that Marathon runs there and that --marathon is right, http:// or https:// included. " +
      "Check that --marathon is Marathon's URL. " +
      "Check --auth-credentials.",
  });
});

const cut: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("{", () => response.destroy());
};
const broken: [name: string, listener: RequestListener, reason: RegExp][] = [
  ["cut off", cut, /: the connection was closed before the answer was complete\. /],
  [
    "no gzip",
    answer(200, "text", { "content-encoding": "gzip" }),
    /: the answer cannot be read \(incorrect header check\)\. /,
  ],
  ["empty", answer(200, ""), /: the answer is not JSON \(no content type, 0 characters\)\. /],
  [
    "an error of Marathon",
    answer(503, '{"message":"no leader"}'),
    /: HTTP 503 \(no leader\)\. See Marathon's log\.$/,
  ],
];
for (const [name, listener, reason] of broken) {
  Deno.test(`an answer that is ${name} is a failure in words`, async () => {
    await using server = await TestServer.start(listener);
    using made = makeClient({ urls: [server.url] });
    await assert.rejects(made.client.get("/x", never), (error: Error) => {
      assert.match(error.message, reason);
      return true;
    });
  });
}

const hang: RequestListener = () => {};
const beginOnly: RequestListener = (_, response) => void response.writeHead(200).write("[");
for (
  const [name, listener, reason] of [["", hang, "no answer"], ["the rest of ", beginOnly, "no byte"]] as const
) {
  Deno.test(`no time is wasted on ${name}an answer that does not come, and the connection is closed`, async () => {
    await using server = await TestServer.start(listener);
    using made = makeClient({ urls: [server.url], answerTimeout: 46_000 });
    const asked = assert.rejects(made.client.get("/x", never), {
      message: `Marathon did not answer GET /x: ${server.url}: ${reason} within 46 s. ` +
        "Check the network between here and Marathon, and Marathon's log.",
    });
    await eventually(() => server.requests.length === 1 && made.clock.sleeping === 1);
    // The head and the first byte of the body restart the wait.
    if (listener === beginOnly) await eventually(() => made.clock.slept.length > 3);
    await made.clock.advance(45_999);
    assert.equal(made.clock.sleeping, 1);
    await made.clock.advance(1);
    await asked;
    await server.untilUnconnected();
  });

  Deno.test(`an abort ends the wait for ${name}an answer with its reason and closes the connection`, async () => {
    await using server = await TestServer.start(listener);
    using made = makeClient({ urls: [server.url, "http://never.invalid"] });
    const controller = new AbortController();
    const asked = assert.rejects(made.client.get("/x", controller.signal), { message: "enough" });
    await eventually(() => server.requests.length === 1);
    controller.abort(new Error("enough"));
    await asked;
    await server.untilUnconnected();
    await eventually(() => made.clock.sleeping === 0);
    assert.deepEqual(made.logger.lines, []);
  });
}

Deno.test("an aborted signal sends no request", async () => {
  await using server = await TestServer.start(answer(200, "{}"));
  using made = makeClient({ urls: [server.url] });
  await assert.rejects(made.client.get("/x", AbortSignal.abort(new Error("enough"))), { message: "enough" });
  assert.deepEqual(server.requests, []);
});

Deno.test("a kept connection is used again, and one that the server closed meanwhile is no failure", async () => {
  const ports: (number | undefined)[] = [];
  await using server = await TestServer.start((request, response) => {
    ports.push(request.socket.remotePort);
    if (ports.length === 3) request.socket.destroy();
    else response.end("{}");
  });
  using made = makeClient({ urls: [server.url] });
  for (let count = 0; count < 3; count++) await made.client.get("/x", never);
  assert.equal(ports.length, 4);
  assert.equal(ports[0], ports[1]);
  assert.notEqual(ports[2], ports[3]);
  made.client.close();
  await server.untilUnconnected();
});

Deno.test("a request that is aborted on a kept connection is not sent again", async () => {
  await using server = await TestServer.start((request, response) => {
    if (request.url === "/x") response.end("{}");
  });
  using made = makeClient({ urls: [server.url] });
  await made.client.get("/x", never);
  const controller = new AbortController();
  const asked = assert.rejects(made.client.get("/hang", controller.signal), { message: "enough" });
  await eventually(() => server.requests.length === 2);
  controller.abort(new Error("enough"));
  await asked;
  await server.untilUnconnected();
  assert.equal(server.requests.length, 2);
});

Deno.test("a connection that breaks when it is new is a failure", async () => {
  await using server = await TestServer.start((request) => request.socket.destroy());
  using made = makeClient({ urls: [server.url] });
  await assert.rejects(made.client.get("/x", never), /the connection was closed/);
  assert.equal(server.requests.length, 1);
});

Deno.test("an event stream has to be one", async () => {
  const listener: RequestListener = (request, response: ServerResponse) => {
    const type = request.url === "/events" ? "text/event-stream;charset=utf-8" : "text/html";
    response.writeHead(200, { "content-type": type });
    response.write(":\n");
  };
  await using server = await TestServer.start(listener);
  using made = makeClient({ urls: [server.url] });
  const controller = new AbortController();
  const stream = await made.client.openEvents("/events", controller.signal);
  assert.equal(stream.url, server.url);
  const iterator = stream.pieces[Symbol.asyncIterator]();
  assert.equal(new TextDecoder().decode((await iterator.next()).value), ":\n");
  const ended = assert.rejects(iterator.next());
  controller.abort(new Error("enough"));
  await ended;
  await assert.rejects(
    made.client.openEvents("/page", never),
    /answered text\/html instead of an event stream/,
  );
  await server.untilUnconnected();
});

Deno.test("a URL that is given up is asked last", async () => {
  await using a = await TestServer.start(answer(200, '"a"'));
  await using b = await TestServer.start(answer(200, '"b"'));
  using made = makeClient({ urls: [a.url, b.url] });
  made.client.failOver(b.url);
  assert.equal(await made.client.get("/x", never), "a");
  made.client.failOver(a.url);
  assert.equal(await made.client.get("/x", never), "b");
});

Deno.test("without a URL there is no client", () => {
  assert.throws(() => makeClient({ urls: [] }), {
    message: "--marathon: no URL given; give at least one, like http://host:8080",
  });
});
