import assert from "node:assert/strict";
import { claimNames } from "../../../lib/core/model/claims.ts";
import { holdingsOf } from "../../../lib/core/model/incumbents.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { percentOf, shareGroups } from "../../../lib/core/model/shares.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { renderContext } from "../render/support/renderContext.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { serviceOf } from "./support/serviceOf.ts";

type Share = number | "rest" | undefined;

function side(appId: string, share: Share, labels: Partial<Service["labels"]> = {}): Service {
  const own = share === undefined ? {} : { TRAFFIC_SHARE: share };
  const port = 10_001 + appId.charCodeAt(1) - "a".charCodeAt(0);
  return serviceOf({ appId, port, mode: "http", labels: { VHOST: ["a.com"], ...own, ...labels } });
}

const sums: [what: string, shares: Exclude<Share, undefined>[], weights: number[], percents: number[]][] = [
  ["that are 100 together", [90, 10], [90, 10], [90, 10]],
  ["and the rest", ["rest", 10], [90, 10], [90, 10]],
  ["that are less than 100", [10, 30], [10, 30], [25, 75]],
  ["that are more than 100", [100, 50], [100, 50], [66.7, 33.3]],
  ["that leave no rest", [100, 50, "rest"], [100, 50, 0], [66.7, 33.3, 0]],
  ["and several rests", ["rest", "rest", 10, "rest", "rest"], [23, 23, 10, 22, 22], [23, 23, 10, 22, 22]],
  ["that are all 0", [0, 0], [1, 1], [50, 50]],
  ["that are 0 beside another", [0, 100], [0, 100], [0, 100]],
];
for (const [what, shares, weights, percents] of sums) {
  Deno.test(`shareGroups: shares ${what}`, () => {
    const services = shares.map((share, index) => side(`/${"abcde"[index]}`, share));
    const [group, ...more] = shareGroups(services);
    assert.deepEqual(more, []);
    assert.deepEqual(group!.sides.map(({ weight }) => weight), weights);
    assert.deepEqual(group!.sides.map((one) => percentOf(one, group!)), percents);
  });
}

Deno.test("shareGroups: services share the hosts and paths that they have in common, those of the same sides together", () => {
  const groups = shareGroups([
    side("/a", 1, { VHOST: ["a.com", "b.com"], PATH: "/x /y" }),
    side("/b", 1, { VHOST: ["a.com", "b.com"], PATH: "/y /x", TRAFFIC_SHARE_STICKY: true }),
    side("/c", 1, { VHOST: ["b.com"], PATH: "/y" }),
    side("/d", 1, { VHOST: ["a.com"], PATH: "-i /x" }),
    side("/e", undefined, { VHOST: ["a.com"], PATH: "/x" }),
  ]);
  assert.deepEqual(
    groups.map(({ sides, routes, sticky }) => [
      sides.map(({ service }) => service.appId).join(" "),
      routes.map(({ host, path }) => host + path).join(" "),
      sticky,
    ]),
    [["/a /b", "a.com/x a.com/y b.com/x", true], ["/a /b /c", "b.com/y", true]],
  );
});

/** What the services are that have a vhost, and the codes of what is said. */
function claimed(services: Service[], held: Service[] = []) {
  const all = claimNames(services, { incumbents: holdingsOf(held) });
  return {
    served: all.services.filter(({ labels }) => labels.VHOST!.length > 0).map(({ appId }) => appId),
    codes: all.problems.map(({ app, code }) => `${app} ${code}`),
    losses: all.losses.map(({ code }) => code),
  };
}

const whole = side("/a", undefined);
const a = side("/a", "rest");
const b = side("/b", 10);
const consent: [
  what: string,
  services: Service[],
  held: Service[],
  served: string[],
  codes: string[],
][] = [
  ["two that share", [a, b], [], ["/a", "/b"], []],
  ["a newcomer beside an incumbent that shares", [a, b], [a], ["/a", "/b"], []],
  ["a newcomer beside an incumbent without a share", [whole, b], [whole], ["/a"], ["/b share-refused"]],
  ["one that wants all beside one that shares", [whole, b], [], ["/a"], ["/b share-refused"]],
  ["an incumbent that shares no longer", [whole, b], [a, b], ["/a"], ["/b share-refused"]],
  ["a newcomer that wants all of an incumbent that shares", [whole, b], [b], ["/b"], [
    "/a vhost-taken",
    "/b share-alone",
  ]],
  ["one alone", [b], [], ["/b"], ["/b share-alone"]],
  ["sums", [side("/a", 50), b], [], ["/a", "/b"], ["/a share-sum", "/b share-sum"]],
  ["a redirect of one", [side("/a", "rest", { REDIRECT_TO_HTTPS: true }), b], [], ["/a", "/b"], [
    "/a share-mixed",
    "/b share-mixed",
  ]],
  ["one path of two", [side("/a", undefined, { PATH: "/x" }), side("/b", 10, { PATH: "/x /y" })], [], [
    "/a",
    "/b",
  ], ["/b share-refused", "/b share-alone"]],
];
for (const [what, services, held, served, codes] of consent) {
  Deno.test(`claimNames: shares of requests: ${what}`, () => {
    const found = claimed(services, held);
    assert.deepEqual(found.served, served);
    assert.deepEqual(found.codes, codes);
    assert.deepEqual(
      found.losses,
      codes.map((code) => code.split(" ")[1]!).filter((code) =>
        code === "share-refused" || code === "vhost-taken"
      ),
    );
  });
}

Deno.test("planUpdate: another share is a change of share.map alone, by runtime commands", () => {
  for (const haproxyMap of [false, true]) {
    const context = renderContext({ haproxyMap });
    const before = renderConfiguration([a, b], context);
    const after = renderConfiguration([a, side("/b", 30)], context);
    const facts = { leftovers: new Map(), dynamicCookies: true, haproxyDir: "/etc/haproxy" };
    const plan = planUpdate(before, after, { configuration: before, facts });
    assert.equal(plan.kind, "runtime");
    assert.deepEqual(plan.reasons, ["share.map changed"]);
    assert.match(
      plan.commands.map(({ text }) => text).join("\n"),
      /^set map \/etc\/haproxy\/share\.map a_10001@\w{10} 70\nset map \/etc\/haproxy\/share\.map b_10002@\w{10} 30$/,
    );
    assert.equal(
      planUpdate(before, renderConfiguration([a, b], context), { configuration: before, facts }).kind,
      "nothing",
    );
  }
});

Deno.test("planUpdate: the first side and the last one of a share need a reload", () => {
  const context = renderContext();
  const shared = renderConfiguration([a, b], context);
  const alone = renderConfiguration([a], context);
  const facts = { leftovers: new Map(), dynamicCookies: true, haproxyDir: "/etc/haproxy" };
  for (const [before, after] of [[alone, shared], [shared, alone]] as const) {
    const plan = planUpdate(before, after, { configuration: before, facts });
    assert.equal(plan.kind, "reload");
    assert.ok(plan.reasons.includes("share.map changed"));
  }
  assert.equal(alone.maps["share.map"], undefined);
});
