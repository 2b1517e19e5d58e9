import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { basicAuthorization } from "../../../lib/shell/marathon/auth.ts";
import { makeClient } from "./support/makeClient.ts";
import { TestServer } from "./TestServer.ts";

const never = new AbortController().signal;
const header = "Basic " + btoa("user:secret");

const leader: RequestListener = (request, response) =>
  request.headers.authorization ? response.end('"apps"') : response.writeHead(401).end();

/** A Marathon that does not lead: it redirects all but `/v2/leader`. */
const follower =
  (target: () => string, named: () => string | undefined): RequestListener => (request, response) => {
    const name = named();
    if (request.url !== "/v2/leader") response.writeHead(302, { location: target() + request.url }).end();
    else if (name) response.end(JSON.stringify({ leader: name }));
    else response.writeHead(404).end();
  };

function clientOf(urls: string[], ca?: string) {
  const authorization = basicAuthorization({ user: "user", password: "secret" }, "--auth-credentials");
  return makeClient({ urls, authorization, ca });
}

Deno.test("a listed host that is redirected to gets the credentials", async () => {
  await using lead = await TestServer.start(leader);
  await using other = await TestServer.start(follower(() => lead.url, () => undefined));
  using made = clientOf([other.url, lead.url + "/prefix"]);
  assert.equal(await made.client.get("/v2/apps", never), "apps");
  assert.deepEqual(lead.requests, [{ method: "GET", url: "/v2/apps", authorization: header }]);
  assert.deepEqual(other.requests.map(({ url }) => url), ["/v2/apps"]);
});

Deno.test("so does the leader that the listed host names", async () => {
  await using lead = await TestServer.start(leader);
  await using other = await TestServer.start(
    follower(() => lead.url.replace("//", "//mallory:x@"), () => `127.0.0.1:${lead.port}`),
  );
  using made = clientOf([other.url]);
  assert.equal(await made.client.get("/v2/apps", never), "apps");
  assert.deepEqual(lead.requests, [{ method: "GET", url: "/v2/apps", authorization: header }]);
  assert.deepEqual(made.logger.lines, []);
});

for (const named of ["127.0.0.1:1", "not a host", "", undefined]) {
  Deno.test(`any other host does not, with a leader named ${named}`, async () => {
    await using stranger = await TestServer.start(leader);
    await using other = await TestServer.start(follower(() => stranger.url, () => named));
    using made = clientOf([other.url]);
    await assert.rejects(made.client.get("/v2/apps", never), {
      message: `Marathon did not answer GET /v2/apps: ${other.url}: redirected to ${stranger.url}: ` +
        "HTTP 401, no credentials were sent to a host that is not listed. " +
        "Give the URLs of all Marathons of the cluster with --marathon.",
    });
    assert.deepEqual(stranger.requests, [{ method: "GET", url: "/v2/apps" }]);
    assert.ok(
      made.logger.lines.includes(
        `warning marathon_lb: Marathon ${other.url} redirects to ${stranger.url}, which is neither given with ` +
          "--marathon nor the leader it names: no credentials are sent there",
      ),
    );
  });
}

Deno.test("credentials do not leave TLS, whatever host is named", async () => {
  const pem = await selfSignedCertificate("", systemClock);
  await using plain = await TestServer.start(leader);
  await using other = await TestServer.start(follower(() => plain.url, () => `127.0.0.1:${plain.port}`), pem);
  using made = clientOf([`https://localhost:${other.port}`], pem);
  await assert.rejects(made.client.get("/v2/apps", never), /not followed, from https to http/);
  assert.deepEqual(plain.requests, []);
});

Deno.test("a second redirect is not followed, and a dead target is named", async () => {
  await using circle: TestServer = await TestServer.start(follower(() => circle.url, () => undefined));
  using made = clientOf([circle.url]);
  await assert.rejects(made.client.get("/x", never), {
    message:
      `Marathon did not answer GET /x: ${circle.url}: redirected to ${circle.url}, which redirects again. ` +
      "Check that Marathon runs there and that --marathon is right, http:// or https:// included.",
  });
  assert.equal(circle.requests.length, 2);

  const dead = await (async () => {
    await using server = await TestServer.start(leader);
    return server.url;
  })();
  await using other = await TestServer.start(follower(() => dead, () => undefined));
  using second = clientOf([other.url]);
  await assert.rejects(second.client.get("/x", never), (error: Error) => {
    assert.ok(
      error.message.includes(`${other.url}: redirected to ${dead}: connection refused. `),
      error.message,
    );
    return true;
  });
});

Deno.test("a redirect to nowhere is a failure", async () => {
  await using server = await TestServer.start((_, response) =>
    response.writeHead(302, { location: "ftp://x/" }).end()
  );
  using made = clientOf([server.url]);
  await assert.rejects(made.client.get("/x", never), /: HTTP 302\. /);
});
