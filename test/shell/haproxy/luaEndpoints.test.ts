import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer, type Socket } from "node:net";
import process from "node:process";
import { luaScripts } from "../../../lib/core/haproxy/luaScripts.ts";
import {
  type ControlAnswer,
  type ControlRoutes,
  ControlServer,
} from "../../../lib/shell/operator/control.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { limit, TestBench } from "./support/TestBench.ts";

const reports = ["mlbmetrics", "mlbhealth", "mlbstatus"];
const services = [
  ...["getpids", "getconfig", "getvhostmap", "getappmap", "signalmlbhup", "signalmlbusr1"],
  ...reports,
];

/** How the template `HEAD` loads a script. */
function loadOf(name: string): string {
  const head = readFileSync(new URL("../../../templates/HAPROXY_HEAD.hbs", import.meta.url), "utf8");
  const found = head.split("\n").find((line) => line.endsWith(`/${name}`));
  assert.ok(found, name);
  return found.trim().split(" ")[0]!;
}

/** A running HAProxy whose frontend answers `/SERVICE` with `lua.SERVICE`. */
async function serving(bench: TestBench, { more = "", global = "" } = {}) {
  for (const [name, text] of Object.entries(luaScripts)) await writeFile(bench.path(name), text);
  const configure = async (more: string) => {
    const rules = services.map((name) => `http-request use-service lua.${name} if { path /${name} }`);
    rules.push("http-request use-service lua.mlbpage if { path_beg /_mlb/ }");
    const loads = Object.keys(luaScripts).map((name) => `${loadOf(name)} ${bench.path(name)}`);
    await bench.configure(rules.join("\n  "), { global: [global, ...loads].join("\n  "), more });
    return await readFile(bench.configFile, "utf8");
  };
  const config = await configure(more);
  const supervisor = bench.supervisor({ env: { MARATHON_LB_CONTROL_SOCKET: bench.path("control.sock") } });
  await supervisor.start(limit());
  return { supervisor, config, configure };
}

function test(name: string, run: (bench: TestBench) => Promise<void>, { ignore = false } = {}): void {
  Deno.test({ name: `Lua: ${name}`, ignore, fn: () => TestBench.use(run) });
}

async function withControl(bench: TestBench, routes: ControlRoutes, run: () => Promise<void>): Promise<void> {
  const control = await ControlServer.listen(bench.path("control.sock"), routes);
  await run().finally(() => control.close());
}

const sorted = (pids: readonly number[]) => [...pids].sort((a, b) => a - b);

async function pids(bench: TestBench): Promise<number[]> {
  const [status, ...pids] = (await bench.get("/getpids")).split(" ");
  assert.equal(status, "200");
  return sorted(pids.map(Number));
}

test("getpids names the master and the worker, also after a reload", async (bench) => {
  const { supervisor } = await serving(bench);
  assert.deepEqual(await pids(bench), sorted(supervisor.pids()));
  const [master, worker] = supervisor.pids();
  assert.ok((await supervisor.reload()).ok);
  await bench.until(() => !supervisor.pids().includes(worker!));
  assert.deepEqual(await pids(bench), sorted(supervisor.pids()));
  assert.ok((await pids(bench)).includes(master!));
});

test("getpids names an old worker that still drains", async (bench) => {
  const { supervisor } = await serving(bench);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<ControlAnswer>();
  const hold = () => {
    asked.resolve();
    return answer.promise;
  };
  await withControl(bench, { "POST /signal/hup": hold }, async () => {
    const signal = bench.get("/signalmlbhup");
    await asked.promise;
    assert.ok((await supervisor.reload()).ok);
    assert.equal((await pids(bench)).length, 3);
    answer.resolve({ status: 200, type: "text/plain", body: "" });
    await signal;
  });
});

test("getconfig answers the file of the load, whatever is on disk by now", async (bench) => {
  const { supervisor, config, configure } = await serving(bench);
  await writeFile(bench.configFile, "something else");
  assert.equal(await bench.get("/getconfig"), `200 ${config}`);
  const next = await configure("# another");
  assert.ok((await supervisor.reload()).ok);
  await bench.until(async () => await bench.get("/getconfig") === `200 ${next}`);
});

test("getconfig answers a file of megabytes whole", async (bench) => {
  const more = Array.from({ length: 30_000 }, (_, i) => `# ${i} ${"x".repeat(100)}`).join("\n");
  const { config } = await serving(bench, { more });
  assert.ok(config.length > 3_000_000);
  assert.equal(await bench.get("/getconfig"), `200 ${config}`);
});

test("the maps are those beside the configuration file", async (bench) => {
  await serving(bench);
  assert.equal(await bench.get("/getvhostmap"), "200 ");
  assert.equal(await bench.get("/getappmap"), "200 ");
  await writeFile(bench.path("domain2backend.map"), "a.example app_10000\n");
  await writeFile(bench.path("app2backend.map"), "/app app_10000\n");
  assert.equal(await bench.get("/getvhostmap"), "200 a.example app_10000\n");
  assert.equal(await bench.get("/getappmap"), "200 /app app_10000\n");
});

test("every column of the statistics has a name that can be one, and nothing else of them is changed", async (bench) => {
  // Enough rows for several pieces of the answer.
  const backends = Array.from({ length: 200 }, (_, i) => `backend b${i}\n  server s 127.0.0.1:1`).join("\n");
  const statistics = (port: number, filter: string) =>
    `listen stats${port}\n  bind 127.0.0.1:${port}\n  stats enable\n  ${filter}\n`;
  const [named, plain] = [await freePort(), await freePort()];
  const more = [statistics(named, "filter lua.statscsv"), statistics(plain, ""), backends].join("\n");
  await serving(bench, { more });
  const ask = async (port: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
    assert.equal(response.status, 200);
    return (await response.text()).split("\n");
  };

  const [head = "", ...rows] = await ask(named, "/haproxy?stats;csv");
  const [plainHead = "", ...plainRows] = await ask(plain, "/haproxy?stats;csv");
  assert.match(plainHead, /,-,/, "what the filter is for");
  // HAProxy 2.8.0 has no name for one more.
  assert.equal(head, plainHead.replace(",-,", ",modules,").replace(",(null),", ",proto,"));
  for (const name of head.slice(2, -1).split(",")) assert.match(name, /^[A-Za-z][A-Za-z0-9_]*$/);
  // Seconds go by between the two.
  const lastChange = head.split(",").indexOf("lastchg");
  const servers = (rows: readonly string[]) =>
    rows.filter((row) => /^b\d+,s,/.test(row)).map((row) => row.split(",").toSpliced(lastChange, 1));
  assert.equal(servers(rows).length, 200);
  assert.deepEqual(servers(rows), servers(plainRows));
  assert.match((await ask(named, "/haproxy?stats")).join("\n"), /Statistics Report for HAProxy/);
});

test("signals reach the handlers of the control server", async (bench) => {
  await serving(bench);
  const delivered: string[] = [];
  const route = (name: string) => () => {
    delivered.push(name);
    return { status: 200, type: "text/plain", body: "" };
  };
  const routes = { "POST /signal/hup": route("hup"), "POST /signal/usr1": route("usr1") };
  await withControl(bench, routes, async () => {
    assert.equal(await bench.get("/signalmlbhup"), "200 Sent SIGHUP signal to marathon-lb");
    assert.equal(await bench.get("/signalmlbusr1"), "200 Sent SIGUSR1 signal to marathon-lb");
  });
  assert.deepEqual(delivered, ["hup", "usr1"]);
});

/** The status that HAProxy answers to a request with these headers. */
function statusOf(url: string, { method = "GET", ...headers }: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!));
    }).on("error", reject).end();
  });
}

test("a signal that a page of another site has a browser send is refused, and not delivered", async (bench) => {
  await serving(bench);
  const own = `127.0.0.1:${bench.port}`;
  const allowed: Record<string, string>[] = [
    {},
    { "user-agent": "curl/8.5.0", accept: "*/*" },
    { origin: `http://${own}` },
    { origin: `https://${own}`, host: own },
    { origin: "http://LB.test", host: "lb.test" },
    { origin: "http://lb.test", host: "lb.test:80" },
    { origin: "https://lb.test", host: "lb.test:443" },
    { referer: `http://${own}/haproxy?stats` },
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
    { method: "POST", origin: `http://${own}`, "sec-fetch-site": "same-origin", referer: `http://${own}` },
  ];
  const refused: Record<string, string>[] = [
    { origin: "http://evil.test" },
    { origin: "null" },
    { origin: "" },
    { origin: `http://${own}.evil.test` },
    { origin: `http://evil.test/${own}` },
    { origin: `http://127.0.0.1:${bench.port + 1}` },
    { origin: "http://127.0.0.1" },
    { origin: `http://user@${own}` },
    { origin: "file://" },
    { referer: "http://evil.test/page" },
    { referer: `http://evil.test/?http://${own}/` },
    { referer: `/${own}` },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "" },
    { origin: `http://${own}`, "sec-fetch-site": "cross-site" },
    { origin: `http://${own}`, referer: "http://evil.test/" },
    { method: "POST", origin: "http://evil.test" },
    { method: "HEAD", referer: "http://evil.test" },
  ];
  let delivered = 0;
  const route = () => {
    delivered++;
    return { status: 200, type: "text/plain", body: "" };
  };
  await withControl(bench, { "POST /signal/hup": route, "POST /signal/usr1": route }, async () => {
    for (const name of ["signalmlbhup", "signalmlbusr1"]) {
      for (const headers of refused) {
        assert.equal(await statusOf(`${bench.url}/${name}`, headers), 403, JSON.stringify(headers));
      }
      assert.equal(delivered, 0);
      for (const headers of allowed) {
        assert.equal(await statusOf(`${bench.url}/${name}`, headers), 200, JSON.stringify(headers));
      }
      assert.equal(delivered, allowed.length);
      delivered = 0;
    }
  });
});

test("a signal that is not delivered is answered with the reason", async (bench) => {
  await serving(bench);
  const failure = "500 Failed to send SIGHUP signal to marathon-lb: ";
  assert.match(
    await bench.get("/signalmlbhup"),
    new RegExp(`^${failure}nothing answers on \\S+control\\.sock`),
  );
  const broken = () => Promise.reject(new Error("it is stopping"));
  await withControl(bench, { "POST /signal/hup": broken }, async () => {
    assert.equal(await bench.get("/signalmlbhup"), `${failure}marathon-lb answered 500: it is stopping\n`);
  });
});

test("a control server that says nothing is given up on", async (bench) => {
  await serving(bench);
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(bench.path("control.sock"), resolve));
  const accepted: { destroy(): void }[] = [];
  silent.on("connection", (socket) => accepted.push(socket));
  assert.match(
    await bench.get("/signalmlbusr1"),
    /^500 Failed to send SIGUSR1 signal to marathon-lb: no answer on/,
  );
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

test("reports are those of the control server, whatever their status, type and size", async (bench) => {
  await serving(bench);
  const large = Array.from({ length: 200_000 }, (_, i) => `marathon_lb_${i} ${i}\n`).join("");
  assert.ok(large.length > 4_000_000);
  const answers: Record<string, ControlAnswer> = {
    metrics: { status: 200, type: "text/plain; version=0.0.4", body: large },
    health: {
      status: 503,
      type: "text/plain; charset=utf-8",
      body: "Marathon has given no answer für 60 s\n",
    },
    status: { status: 200, type: "application/json", body: "" },
  };
  const routes = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [`GET /${name}`, () => answer]),
  );
  await withControl(bench, routes, async () => {
    for (const [name, { status, type, body }] of Object.entries(answers)) {
      const response = await fetch(`${bench.url}/mlb${name}`, { headers: { connection: "close" } });
      assert.deepEqual([response.status, response.headers.get("content-type")], [status, type]);
      assert.ok(await response.text() === body, name);
    }
  });
});

test("reports are 503 with the reason when there is no control server", async (bench) => {
  await serving(bench);
  for (const name of reports) {
    assert.match(
      await bench.get(`/${name}`),
      /^503 the controller does not answer: nobody listens on \S+control\.sock/,
    );
  }
});

const parts = { "nothing": "", "a part": "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhealt" };
for (const [what, said] of Object.entries(parts)) {
  test(`reports are 503 with the reason when the control server says ${what}`, async (bench) => {
    await serving(bench);
    const accepted: Socket[] = [];
    const silent = createServer((socket) => {
      accepted.push(socket);
      socket.write(said);
    });
    await new Promise<void>((resolve) => silent.listen(bench.path("control.sock"), resolve));
    const reason = /^503 the controller does not answer: no whole answer on \S+ within 2 s\n$/;
    assert.match(await bench.get("/mlbhealth"), reason);
    for (const socket of accepted) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
}

test("the page's paths reach the control server with their query; answers come back whole, with their headers", async (bench) => {
  await serving(bench);
  const large = JSON.stringify(Array.from({ length: 60_000 }, (_, i) => `/app/${i} <img> ü`));
  assert.ok(large.length > 1_000_000);
  const json = "application/json; charset=utf-8";
  const routes: ControlRoutes = {
    "GET /_mlb/": () => ({
      status: 200,
      type: "text/html; charset=utf-8",
      body: "<!doctype html>",
      headers: { "content-security-policy": "default-src 'none'", "x-secret": "no" },
    }),
    "GET /_mlb/api/echo": (parameters) => ({
      status: 404,
      type: json,
      body: JSON.stringify([...parameters]),
    }),
    "GET /_mlb/api/large": () => ({ status: 200, type: json, body: large }),
  };
  await withControl(bench, routes, async () => {
    const ask = (path: string, options = {}) =>
      fetch(bench.url + path, { headers: { connection: "close" }, ...options });
    const page = await ask("/_mlb/");
    assert.equal(await page.text(), "<!doctype html>");
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(page.headers.get("content-security-policy"), "default-src 'none'");
    assert.equal(page.headers.get("x-secret"), null);
    const echo = await ask("/_mlb/api/echo?id=/a%20b&q=%3Cimg%3E&url=http://a.example:80/?x=1");
    assert.deepEqual([echo.status, JSON.parse(await echo.text())], [
      404,
      [["id", "/a b"], ["q", "<img>"], ["url", "http://a.example:80/?x=1"]],
    ]);
    assert.ok(await (await ask("/_mlb/api/large")).text() === large);
    const head = await ask("/_mlb/api/large", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    for (const method of ["POST", "PUT", "DELETE"]) {
      const refused = await ask("/_mlb/api/large", { method });
      assert.deepEqual([refused.status, await refused.text()], [405, "Only GET is answered here.\n"]);
    }
    const unknown = await ask("/_mlb/signal/hup");
    assert.deepEqual([unknown.status, await unknown.text()], [
      404,
      "No such endpoint: GET /_mlb/signal/hup\n",
    ]);
  });
  assert.match(
    await bench.get("/_mlb/"),
    /^503 the controller does not answer: nobody listens on \S+control\.sock/,
  );
});

test("every method is answered, HEAD without a body", async (bench) => {
  const { config } = await serving(bench);
  for (const name of services) {
    const posted = await bench.get(`/${name}`, { method: "POST", body: "x".repeat(100_000) });
    const expected = name.startsWith("signal") ? /^500 / : reports.includes(name) ? /^503 / : /^200 /;
    assert.match(posted, expected);
    const head = await fetch(`${bench.url}/${name}`, { method: "HEAD", headers: { connection: "close" } });
    assert.equal(head.headers.get("content-type"), "text/plain");
    assert.equal(await head.text(), "");
    if (name === "getconfig") assert.equal(head.headers.get("content-length"), `${config.length}`);
  }
});

test("the endpoints work for a worker without privileges", async (bench) => {
  await chmod(bench.directory, 0o755);
  const { supervisor, config } = await serving(bench, { global: "uid 65534\n  gid 65534" });
  await writeFile(bench.path("domain2backend.map"), "a.example app_10000\n");
  assert.deepEqual(await pids(bench), sorted(supervisor.pids()));
  assert.equal(await bench.get("/getconfig"), `200 ${config}`);
  assert.equal(await bench.get("/getvhostmap"), "200 a.example app_10000\n");
  const route = () => ({ status: 200, type: "text/plain", body: "" });
  await withControl(bench, { "POST /signal/hup": route }, async () => {
    assert.equal(await bench.get("/signalmlbhup"), "200 Sent SIGHUP signal to marathon-lb");
  });
}, { ignore: process.getuid?.() !== 0 }); // only root can give privileges up

test("many may ask for the statistics at a time", async (bench) => {
  const port = await freePort();
  const stats = [
    `listen many`,
    `bind 127.0.0.1:${port}`,
    "filter lua.statscsv",
    "stats enable",
    "stats uri /",
  ];
  await serving(bench, { global: "nbthread 2", more: stats.join("\n  ") });
  const ask = async () => {
    for (let turn = 0; turn < 50; turn++) {
      const response = await fetch(`http://127.0.0.1:${port}/;csv`, { signal: limit() });
      assert.match(await response.text(), /^# pxname,svname,/);
    }
  };
  await Promise.all(Array.from({ length: 20 }, ask));
  // With one Lua state for all threads HAProxy 2.6 mixes the filters of requests up, and dies of it in the end.
  assert.deepEqual(bench.logger.lines.filter((line) => line.includes("Lua filter")), []);
});
