import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { askRoute } from "../../../tools/demo/traffic.ts";

const identity = { "X-App-Id": "/web", "X-Task-Id": "web.1" };
const cases: [name: string, answer: RequestListener, outcome: string][] = [
  ["a task of the app", (_, response) => response.writeHead(200, identity).end("ok"), "web.1"],
  [
    "a status that is not 200",
    (_, response) => response.writeHead(503, identity).end(),
    "/web by test: status 503",
  ],
  [
    "another app",
    (_, response) => response.writeHead(200, { ...identity, "X-App-Id": "/api" }).end(),
    "/web by test: answered by /api",
  ],
  ["nobody in particular", (_, response) => response.end(), "/web by test: answered by undefined"],
  [
    "another virtual host",
    ({ headers }, response) =>
      response.writeHead(headers.host === "web.localhost" ? 200 : 404, identity).end(),
    "web.1",
  ],
];

for (const [name, answer, outcome] of cases) {
  Deno.test(`an answer by ${name}`, async () => {
    assert.equal(await ask(answer), outcome);
  });
}

Deno.test("an answer that is cut off is a failure", async () => {
  const outcome = await ask((_, response) => {
    response.writeHead(200, { ...identity, "Content-Length": "100" }).write("half");
    setImmediate(() => response.destroy());
  });
  assert.match(outcome, /^\/web by test: ./);
});

/** The task that answered, or the problem. */
async function ask(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const headers = { Host: "web.localhost" };
    const answer = await askRoute({ app: "/web", via: "test", protocol: "http", port, path: "/", headers });
    return "task" in answer ? answer.task : answer.problem;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
