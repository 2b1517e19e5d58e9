/// <reference lib="dom" />
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import type { Page } from "playwright-core";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { Bench } from "./support/Bench.ts";
import { Browser, hasBrowser } from "./support/Browser.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { pageScene } from "./support/pageScene.ts";
import { programs } from "./support/programs.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";

const json = async (bench: Bench, path: string) => JSON.parse(await bench.ask(path));

endToEnd(
  "the API below /_mlb/ answers through HAProxy: summary, apps, an app with live statistics, a URL, changes, certificates",
  async (bench) => {
    const marathon = await bench.startMarathon();
    const port = await freePort();
    await marathon.createApp(
      await webApp("/web", { instances: 2, servicePort: port, labels: { HAPROXY_0_VHOST: "web.test" } }),
    );
    await marathon.createApp({ ...await webApp("/plain"), labels: {} });
    await marathon.settled();
    const lb = await bench.serve();
    await bench.get("web.test");

    const root = await request(`${bench.admin}/`);
    assert.deepEqual([root.status, root.headers.location], [302, "_mlb/"]);
    const page = await request(`${bench.admin}/_mlb/`);
    assert.deepEqual([page.status, page.headers["content-type"]], [200, "text/html; charset=utf-8"]);
    assert.match(String(page.headers["content-security-policy"]), /^default-src 'none'; script-src 'sha256-/);

    const summary = await json(bench, "/_mlb/api/summary");
    assert.deepEqual(summary.counts, { apps: 2, served: 1, partly: 0, notServed: 1 });
    assert.deepEqual([summary.healthy, summary.eventStream.up, summary.haproxy.oldWorkers], [true, true, []]);
    const { apps } = await json(bench, "/_mlb/api/apps?q=web.test");
    assert.deepEqual(apps.map(({ app, up, total }: Record<string, unknown>) => [app, up, total]), [[
      "/web",
      2,
      2,
    ]]);
    const app = await json(bench, "/_mlb/api/app?id=/web");
    assert.deepEqual(app.services[0].servers.map(({ live }: { live: { status: string } }) => live.status), [
      "no check",
      "no check",
    ]);
    const unknown = await request(`${bench.admin}/_mlb/api/app?id=/wbe`);
    assert.deepEqual([unknown.status, JSON.parse(unknown.body).nearest], [404, ["/web"]]);
    const url = await json(bench, `/_mlb/api/url?url=http://web.test:${bench.ports.http}/`);
    assert.equal(url.matched.app, "/web");
    const begin = lb.lines.length;
    await marathon.scale("/web", 3);
    await lb.until(/Applied/, begin);
    await eventually(async () => {
      const { changes } = await json(bench, "/_mlb/api/changes");
      const [change] = changes.filter(({ how }: { how: string }) => how === "commands" || how === "reload");
      assert.deepEqual(change.apps, ["/web"]);
      assert.ok(change.what.length > 0 && change.asked.length > 0 && change.milliseconds > 0);
    });
    const { certificates } = await json(bench, "/_mlb/api/certificates");
    assert.equal(certificates.length, 1);
    const posted = await request(`${bench.admin}/_mlb/api/summary`, { method: "POST" });
    assert.equal(posted.status, 405);
  },
);

endToEnd("--admin-allow guards the page and its API like the other endpoints", async (bench) => {
  await bench.startMarathon();
  await bench.serve({ flags: ["--admin-allow", "192.0.2.0/24"] });
  for (const path of ["/", "/_mlb/", "/_mlb/api/summary", "/_mlb/api/apps"]) {
    assert.equal((await request(bench.admin + path)).status, 403, path);
  }
});

/** A test of the page in Debian's Chromium, with the executable. */
function inChromium(name: string, run: (bench: Bench, browser: Browser) => Promise<void>): void {
  Deno.test({
    name: `page in Chromium: ${name} (ignored where there is no /usr/bin/chromium)`,
    ignore: !hasBrowser,
    fn: () =>
      Bench.use(programs[0]!, async (bench) => {
        await using browser = await Browser.start();
        await run(bench, browser);
      }),
  });
}

const rowsOf = (page: Page) => page.locator(".all a.row .name").allTextContents();

inChromium(
  "not served by reason, search, card with live statistics, test a URL, timeline, dark, keyboard, phone",
  async (bench, browser) => {
    const marathon = await bench.startMarathon();
    const ports = await Promise.all(Array.from({ length: 40 }, freePort));
    for (const app of pageScene((n) => ports[n]!)) await marathon.createApp(app);
    await marathon.settled();
    await bench.serve();
    const { page, complaints, hosts } = await browser.open(`${bench.admin}/`);

    // Not served first, by reason; a reason leads to its apps.
    await page.getByText("Not served, by reason").waitFor();
    assert.ok(await page.locator(".health.well, .health.ill").count() === 1);
    await page.locator(".notServed button", { hasText: "service-unreadable" }).click();
    await eventually(async () => assert.deepEqual(await rowsOf(page), ["/team/refused"]));
    assert.match(page.url(), /#\/\?code=service-unreadable$/);
    await page.locator(".chip").click();

    // Search by vhost, by the keyboard alone; the card opens with Enter and closes with Escape.
    await page.keyboard.press("/");
    await page.keyboard.type("cart");
    await eventually(async () => assert.deepEqual(await rowsOf(page), ["/shop/cart"]));
    await page.keyboard.press("Escape");
    await page.locator("#search").fill("shop.example.com");
    await eventually(async () =>
      assert.deepEqual(await rowsOf(page), ["/shop/cart", "/shop/checkout", "/shop/web", "/team/second-shop"])
    );
    await page.locator(".all a.row").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const card = page.getByRole("dialog", { name: "App /shop/web" });
    await card.getByText("Servers, live").waitFor();
    assert.equal(await card.locator("tbody tr").count(), 4);
    assert.match(await card.textContent() ?? "", /HAPROXY_0_VHOST/);

    // Live: sessions that are held open are counted while the card is open.
    const held = Array.from(
      { length: 3 },
      () =>
        httpRequest(`${bench.http}/`, { headers: { host: "shop.example.com", "x-hold": "1" }, agent: false }),
    );
    for (const one of held) {
      one.on("error", () => {/* ended below */}).on("response", (answer) => answer.resume()).end();
    }
    await eventually(async () => {
      const answer = await json(bench, "/_mlb/api/app?id=/shop/web");
      assert.ok(answer.services[0].servers.every(({ live }: { live?: unknown }) => live !== undefined));
    });
    for (const one of held) one.destroy();
    await card.locator(".server.up").first().waitFor();
    await card.getByText("Generated lines").click();
    assert.match(await card.locator("pre.lines").textContent() ?? "", /backend shop_web_\d+/);
    await page.keyboard.press("Escape");
    await card.waitFor({ state: "detached" });

    // A view has an address of its own, and its JSON one too.
    const address = await page.locator("nav .json").getAttribute("href");
    assert.equal((await json(bench, `/_mlb/${address}`)).total, 4);

    // Test a URL.
    await page.getByRole("link", { name: "Test a URL" }).click();
    await page.locator("#url").fill(`http://shop.example.com:${bench.ports.http}/cart/7`);
    await page.keyboard.press("Enter");
    await page.getByText("This rule decides").waitFor();
    assert.equal(await page.locator("p.chain a").textContent(), "/shop/cart");
    await page.getByText("Also matches, in this order").waitFor();
    await page.locator("#url").fill("http://shpo.example.com/");
    await page.keyboard.press("Enter");
    await page.getByText("No rule matches.").waitFor();

    // Timeline and certificates.
    await marathon.scale("/blog", 3);
    await page.getByRole("link", { name: "Changes" }).click();
    await page.locator(".timeline a", { hasText: "/blog" }).first().waitFor();
    await page.getByRole("link", { name: "Certificates", exact: true }).click();
    await page.locator("tbody tr").first().waitFor();

    const unknown = await browser.open(`${bench.admin}/_mlb/#/app?id=/shop/wbe`);
    await unknown.page.getByRole("alert").getByRole("link", { name: "/shop/web" }).waitFor();
    // Chromium itself tells of an answer with the status 404.
    assert.deepEqual(unknown.complaints.filter((one) => !/status of 404/.test(one)), []);

    const dark = await browser.open(`${bench.admin}/_mlb/`, { colorScheme: "dark" });
    await dark.page.locator(".all a.row").first().waitFor();
    const brightness = (page: Page) =>
      page.evaluate(() =>
        getComputedStyle(document.body).backgroundColor.match(/\d+/g)!.map(Number).reduce((a, b) => a + b)
      );
    assert.ok(await brightness(dark.page) < 150 && await brightness(page) > 600);

    const phone = await browser.open(`${bench.admin}/_mlb/#/app?id=/shop/web`, {
      viewport: { width: 390, height: 800 },
    });
    await phone.page.getByText("Servers, live").waitFor();
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `${wide} pixels are wider than a phone`);

    assert.deepEqual([...complaints, ...dark.complaints, ...phone.complaints], []);
    assert.deepEqual([...hosts], [`127.0.0.1:${bench.ports.admin}`]);
  },
);

inChromium(
  "<img onerror> in ids, labels, vhosts, hosts, task ids and the URL is text",
  async (bench, browser) => {
    const evil = "<img src=x onerror=alert(1)>";
    const marathon = await bench.startMarathon();
    const good = await webApp("/good", { labels: { HAPROXY_0_VHOST: "good.test" } });
    const task = {
      id: evil,
      appId: "/evil",
      host: evil,
      ports: [31_001],
      state: "TASK_RUNNING",
      ipAddresses: [],
    };
    const labels = Object.fromEntries(
      ["VHOST", "PATH", "BALANCE", "MODE", "GROUP", "VHOTS", "AUTH", "BACKEND_HEAD"].map((name) => [
        `HAPROXY_0_${name}`,
        evil,
      ]),
    );
    const broken = [
      {
        ...await webApp("/evil"),
        labels: { HAPROXY_GROUP: evil, ...labels, [`HAPROXY_0_${evil}`]: evil },
        tasks: [task],
      },
      { ...await webApp(`/${evil}`), tasks: [task] },
      { ...await webApp("/group"), labels: { HAPROXY_GROUP: evil }, tasks: [{ ...task, host: "127.0.0.1" }] },
    ];
    marathon.setApps(broken);
    await marathon.createApp(good);
    await marathon.settled();
    await bench.serve();
    const { page, complaints } = await browser.open(`${bench.admin}/_mlb/`);
    await page.locator(".all a.row").first().waitFor();
    const { apps } = await json(bench, "/_mlb/api/apps");
    for (const { app } of apps) {
      await page.goto(`${bench.admin}/_mlb/#/app?${new URLSearchParams({ id: app })}`);
      await page.getByRole("dialog", { name: `App ${app}` }).locator(".reasons, .service").first().waitFor();
      assert.equal(await page.locator("img").count(), 0);
    }
    assert.match(await page.locator("body").textContent() ?? "", /<img src=x onerror=alert\(1\)>/);
    await page.goto(`${bench.admin}/_mlb/#/?${new URLSearchParams({ q: evil, code: evil })}`);
    await page.getByText("No app matches.").waitFor();
    await page.goto(`${bench.admin}/_mlb/#/url?${new URLSearchParams({ url: `http://good.test/${evil}` })}`);
    await page.locator("p.chain, .failure").first().waitFor();
    await page.goto(`${bench.admin}/_mlb/#/changes`);
    await page.locator(".timeline li").first().waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(complaints.filter((one) => !/status of 400/.test(one)), []);
  },
);

inChromium(
  "10,000 apps: the list has the rows in sight alone, and reaches the last one",
  async (bench, browser) => {
    const marathon = await bench.startMarathon();
    const number = (n: number) => String(n).padStart(5, "0");
    marathon.setApps(Array.from({ length: 10_000 }, (_, n) => ({
      id: `/team-${n % 40}/app-${number(n)}`,
      instances: 0,
      portDefinitions: [{ port: 20_000 + n }],
      labels: n % 2 ? { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: `app-${n}.test` } : {},
      tasks: [],
    })));
    await bench.serve();
    const { page, complaints } = await browser.open(`${bench.admin}/_mlb/`);
    await page.getByText("10,000 apps").waitFor();
    const drawn = await page.locator(".all .row").count();
    assert.ok(drawn > 5 && drawn < 100, `${drawn} rows are drawn`);
    await page.locator(".scroller").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await page.locator('.all a.row[data-index="9999"]').waitFor();
    await page.locator("#search").fill("app-9871.test");
    await eventually(async () => assert.deepEqual(await rowsOf(page), ["/team-31/app-09871"]));
    assert.deepEqual(complaints, []);
  },
);
