import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { measure } from "./support/measure.ts";

const app = (id: string, port: number) =>
  JSON.stringify({
    id,
    labels: { HAPROXY_GROUP: "external" },
    ports: [port],
    tasks: [{ id: `task${id.replaceAll("/", "_")}`, host: "127.0.0.1", ports: [9] }],
  });

/** A Marathon at the bench's place that answers the question for the apps so, and everything else with 404. */
async function withMarathon(bench: Bench, answer: RequestListener, run: () => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/v2/apps?")) answer(request, response);
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(bench.ports.marathon, "127.0.0.1", resolve));
  try {
    await run();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The most memory that a process had so far, in MiB. */
async function peakMemory(pid: number): Promise<number> {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))!;
  return Number(kibibytes) / 1024;
}

function* zeros(begin: string, megabytes: number, end: string): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(begin);
  const piece = new Uint8Array(1_000_000).fill(48);
  for (let count = 0; count < megabytes; count++) yield piece;
  yield encoder.encode(end);
}

const poll = ["--poll-interval", "1"];

for (
  const [what, status, begin, megabytes, end, told] of [
    ["an error of 1.5 GB in gzip", 500, '{"message":"', 1_500, '"}', /HTTP 500\. See Marathon's log/],
    [
      "an answer of 1.5 GB in gzip that is no list of apps",
      200,
      '{"message":"',
      1_500,
      '"}',
      /more than 32 MiB/,
    ],
    [
      "an app of 300 MB",
      200,
      `{"apps":[${app("/a", 10_001)},{"id":"/big","cmd":"`,
      300,
      `"},${app("/z", 10_002)}]}`,
      /\/big is left out: its JSON has more than 8 MiB/,
    ],
  ] as const
) {
  endToEnd(`${what} takes little memory, and no other app its place`, async (bench) => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(status, { "content-type": "application/json", "content-encoding": "gzip" });
      pipeline(
        Readable.from(zeros(begin, megabytes, end)),
        createGzip({ level: 1 }),
        response,
        () => {/* ended */},
      );
    };
    await withMarathon(bench, answer, async () => {
      const lb = bench.start({ mode: "poll", flags: poll });
      await lb.until(told);
      if (status === 200 && end.includes("/z")) {
        await eventually(async () =>
          assert.match(await bench.readConfig(), /backend a_10001[^]*backend z_10002/)
        );
      }
      const peak = await peakMemory(lb.pid);
      measure(`${what}: the most memory, MiB`, peak);
      assert.ok(peak < 450, `${peak.toFixed(0)} MiB`);
      await bench.stop(lb);
    });
  });
}

endToEnd(
  "an event for the app /../../v2/leader?x asks for no other path: all apps are asked for",
  async (bench) => {
    const asked: string[] = [];
    let tell = () => {};
    const server = createServer((request, response) => {
      const url = request.url!;
      asked.push(url);
      if (url.startsWith("/v2/apps?")) return response.end(`{"apps":[${app("/a", 10_001)}]}`);
      if (!url.startsWith("/v2/events")) return response.writeHead(404).end("{}");
      response.writeHead(200, { "content-type": "text/event-stream" }).write(":\n\n");
      const event = { eventType: "status_update_event", appId: "/../../v2/leader?x" };
      tell = () => void response.write(`data: ${JSON.stringify(event)}\n\n`);
    });
    await new Promise<void>((resolve) => server.listen(bench.ports.marathon, "127.0.0.1", resolve));
    try {
      const lb = await bench.serve();
      const before = asked.length;
      const begin = lb.lines.length;
      tell();
      await lb.until(/triggered by .*status_update_event/, begin);
      assert.deepEqual(asked.slice(before), ["/v2/apps?embed=apps.tasks"]);
      await bench.stop(lb);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  },
);

endToEnd("two apps of one id: the first is served, and the log and the status name both", async (bench) => {
  const body = `{"apps":[${app("/a", 10_001)},${app("/b", 10_002)},${app("/a", 10_003)}]}`;
  await withMarathon(bench, (_, response) => void response.end(body), async () => {
    const lb = bench.start({ mode: "poll", flags: poll });
    await lb.until(/\/a is in Marathon's answer 2 times, as apps number 1, 3; the first that fits is served/);
    await eventually(async () =>
      assert.match(await bench.readConfig(), /backend a_10001[^]*backend b_10002/)
    );
    assert.doesNotMatch(await bench.readConfig(), /10003/);
    await eventually(async () => assert.match(await bench.ask("/_mlb_status"), /apps number 1, 3/));
    await bench.stop(lb);
  });
});

endToEnd("answers without services, only failures between: nothing is removed", async (bench) => {
  let now = { status: 200, body: `{"apps":[${app("/a", 10_001)}]}` };
  let asked = 0;
  const answer: RequestListener = (_, response) => {
    asked++;
    response.writeHead(now.status).end(now.body);
  };
  await withMarathon(bench, answer, async () => {
    const lb = bench.start({ mode: "poll", flags: [...poll, "--mass-removal-delay", "2"] });
    await eventually(async () => assert.match(await bench.readConfig(), /backend a_10001/));
    const empty = '{"apps":[]}';
    for (let round = 0; round < 3; round++) {
      const begin = lb.lines.length;
      now = { status: 200, body: empty };
      lb.signal("SIGHUP");
      await lb.until(/removes nearly everything/, begin);
      // Until the delay is over, there are only failures.
      now = { status: 503, body: "{}" };
      const before = asked;
      await lb.until(/HTTP 503.*Retrying in 2 s/, begin);
      assert.ok(asked > before);
    }
    const begin = lb.lines.length;
    now = { status: 200, body: empty };
    await lb.until(/removes nearly everything .* in 2 s/, begin);
    assert.match(await bench.readConfig(), /backend a_10001/);
    assert.equal(lb.count(/Applied .*\(0 apps/), 0);
    // Without failures the second answer is believed.
    await lb.until(/Applied .*\(0 apps, 0 services\)/, begin);
    await bench.stop(lb);
  });
});
