import assert from "node:assert/strict";
import { type ClaimContext, claimNames } from "../../../lib/core/model/claims.ts";
import { holdingsOf, type Incumbents } from "../../../lib/core/model/incumbents.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { serviceOf } from "./support/serviceOf.ts";

const excluded = (app: string, index: number, what: string, owner: string) => ({
  code: "name-taken",
  severity: "excluded",
  app,
  index,
  message: `${app}: service ${index} is left out: ${what} is taken by ${owner};` +
    ` give one of them another port (HAPROXY_${index}_PORT)`,
});

const withoutFrontend = (app: string, index: number, what: string, code = "port-taken") => ({
  code,
  severity: "warning",
  app,
  index,
  message: `${app}: service ${index} is served without a frontend of its own: ${what};` +
    ` give one of them another port (HAPROXY_${index}_PORT)`,
});

const a = serviceOf({ appId: "/a", port: 10001 });

const table: [what: string, second: Partial<Service>, outcome: "both" | "left out" | "no frontend"][] = [
  ["other ports", { appId: "/b", port: 10002 }, "both"],
  ["the same port", { appId: "/b", port: 10001 }, "no frontend"],
  ["the same port of one app", { appId: "/a", index: 1, port: 10001 }, "left out"],
  [
    "* and an address of the same port",
    { appId: "/b", port: 10001, labels: { BIND_ADDR: ["10.0.0.1"] } },
    "no frontend",
  ],
  ["* is the default address", { appId: "/b", port: 10001, labels: { BIND_ADDR: ["*"] } }, "no frontend"],
];
for (const [what, second, outcome] of table) {
  Deno.test(`claimNames: ${what}`, () => {
    const other = serviceOf(second);
    const claimed = claimNames([a, other]);
    const said = outcome === "both"
      ? []
      : outcome === "left out"
      ? [excluded(other.appId, other.index, "port 10001", "/a: service 0")]
      : [withoutFrontend(other.appId, other.index, "port 10001 is taken by /a: service 0")];
    const rest = { "both": [other], "left out": [], "no frontend": [{ ...other, frontend: false }] };
    assert.deepEqual(claimed.services, [a, ...rest[outcome]]);
    assert.deepEqual(claimed.problems, said);
    assert.deepEqual(claimed.losses, said);
    const contested = outcome === "both" ? [] : new Set(["/a", other.appId]);
    assert.deepEqual([...claimed.contested].sort(), [...contested].sort());
  });
}

const addresses: [first: string, second: string, clash: boolean][] = [
  ["*", "127.0.0.1", true],
  ["127.0.0.1", "*", true],
  ["0.0.0.0", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.2", false],
  ["10.0.0.1,127.0.0.1", "127.0.0.1", true],
  ["10.0.0.1,10.0.0.2", "127.0.0.1", false],
  ["::", "*", true],
  ["::", "127.0.0.1", true],
  ["::", "::1", true],
  ["*", "::1", false],
  ["::1", "0:0::1", true],
  ["::ffff:127.0.0.1", "*", true],
  ["::1", "::2", false],
  ["localhost", "127.0.0.1", true],
];
for (const [first, second, clash] of addresses) {
  Deno.test(`claimNames: BIND_ADDR ${first} and ${second} of one port ${clash ? "clash" : "go together"}`, () => {
    const [one, other] = [["/a", first], ["/b", second]].map(([appId, BIND_ADDR]) =>
      serviceOf({ appId, port: 10001, labels: { BIND_ADDR: BIND_ADDR!.split(",") } })
    );
    const { services } = claimNames([one!, other!]);
    assert.deepEqual(services.map(({ frontend }) => frontend), [undefined, clash ? false : undefined]);
  });
}

Deno.test("claimNames: /a/b and /a_b make the same backend name", () => {
  const [first, second, third] = [
    serviceOf({ appId: "/a/b", port: 10001 }),
    serviceOf({ appId: "/a_b", port: 10001, labels: { BIND_ADDR: ["10.0.0.1"] } }),
    serviceOf({ appId: "/a_b", port: 10002, index: 1 }),
  ];
  const { services, problems } = claimNames([first!, second!, third!]);
  assert.deepEqual(services, [first, third]);
  assert.deepEqual(problems, [excluded("/a_b", 0, "the backend name a_b_10001", "/a/b: service 0")]);
});

Deno.test("claimNames: a service that is left out claims nothing", () => {
  const labels = { VHOST: ["b.com"] };
  const [first, out, later] = [
    serviceOf({ appId: "/a/b", port: 10001, labels: { BIND_ADDR: ["10.0.0.1"] } }),
    serviceOf({ appId: "/a_b", port: 10001, labels: { ...labels, BIND_ADDR: ["10.0.0.2"] } }),
    serviceOf({ appId: "/c", port: 10001, labels: { ...labels, BIND_ADDR: ["10.0.0.2"] } }),
  ];
  const { services, problems } = claimNames([first!, out!, later!]);
  assert.deepEqual(services, [first, later]);
  assert.deepEqual(problems.map(({ app }) => app), ["/a_b"]);
});

const ownBinds = [
  { flag: "--http-bind", host: "*", port: 80 },
  { flag: "--admin-bind", host: "0.0.0.0", port: 9090 },
  { flag: "--appid-bind", host: "10.0.0.1", port: 9091 },
  { flag: "--https-bind", host: "::", port: 443 },
];
const own: [what: string, service: Partial<Service>, flag: string | undefined][] = [
  ["a port of the load balancer", { port: 80 }, "--http-bind"],
  ["a port of the load balancer, of all addresses in another spelling", { port: 9090 }, "--admin-bind"],
  ["that port, spelt out", { port: 80, labels: { BIND_ADDR: ["0.0.0.0"] } }, "--http-bind"],
  ["its port and address", { port: 9091, labels: { BIND_ADDR: ["10.0.0.1"] } }, "--appid-bind"],
  ["its port of all addresses, where it has one", { port: 9091 }, "--appid-bind"],
  ["its port, on an address of one's own", { port: 80, labels: { BIND_ADDR: ["10.0.0.2"] } }, "--http-bind"],
  ["its port beside its address", { port: 9091, labels: { BIND_ADDR: ["10.0.0.2"] } }, undefined],
  ["its port of IPv6", { port: 443, labels: { BIND_ADDR: ["::1"] } }, "--https-bind"],
  ["another port", { port: 81 }, undefined],
];
for (const [what, given, flag] of own) {
  for (const held of [false, true]) {
    Deno.test(`claimNames: ${what}${held ? ", though it is held" : ""}`, () => {
      const service = serviceOf({ appId: "/a", ...given });
      const incumbents = held ? holdingsOf([service]) : undefined;
      const { services, problems, contested } = claimNames([service], { ownBinds, incumbents });
      assert.deepEqual(services, flag === undefined ? [service] : [{ ...service, frontend: false }]);
      const said = withoutFrontend("/a", 0, `port ${service.port} is that of ${flag}`, "own-port");
      assert.deepEqual(problems, flag === undefined ? [] : [said]);
      assert.equal(contested.size, 0);
    });
  }
}

type Shadow = [loser: "/a" | "/b", route: string, rule: string, why: "order" | [its: number, own: number]];
const routes: [what: string, first: Service["labels"], second: Service["labels"], shadowed?: Shadow][] = [
  ["one vhost", { VHOST: ["a.com"] }, { VHOST: ["a.com"] }, ["/b", "a.com", "a.com", "order"]],
  ["two vhosts", { VHOST: ["a.com", "b.com"] }, { VHOST: ["b.com", "c.com"] }, [
    "/b",
    "b.com",
    "b.com",
    "order",
  ]],
  ["vhost and path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "/x" }, [
    "/b",
    "a.com /x",
    "a.com /x",
    "order",
  ]],
  ["the path / and none", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: "/" }, ["/a", "a.com", "a.com", [
    1,
    0,
  ]]],
  ["one of several paths", { VHOST: ["a.com"], PATH: "/y /x" }, { VHOST: ["a.com"], PATH: "/x /z" }, [
    "/b",
    "a.com /x",
    "a.com /x",
    "order",
  ]],
  ["a path in another case", { VHOST: ["a.com"], PATH: "-i /X" }, { VHOST: ["a.com"], PATH: "/x" }, [
    "/b",
    "a.com /x",
    "a.com /x",
    "order",
  ]],
  ["a whole vhost of a higher weight", { VHOST: ["a.com"], PATH: "/x" }, {
    VHOST: ["a.com"],
    BACKEND_WEIGHT: 5,
  }, ["/a", "a.com /x", "a.com", [5, 1]]],
  ["a shorter path that comes first", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "/x/y" }, [
    "/b",
    "a.com /x/y",
    "a.com /x",
    "order",
  ]],
  ["a wildcard of a higher weight", { VHOST: ["a.com"] }, { VHOST: ["*.com"], BACKEND_WEIGHT: 9 }, [
    "/a",
    "a.com",
    "*.com",
    [9, 0],
  ]],
  ["a wildcard", { VHOST: ["a.com"] }, { VHOST: ["*.com"] }],
  ["a whole vhost", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: "/x" }],
  ["a path that no request matches", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: "x" }],
  ["paths that differ in case", { VHOST: ["a.com"], PATH: "/X" }, { VHOST: ["a.com"], PATH: "/x" }],
  ["another path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "/y" }],
  ["another vhost", { VHOST: ["a.com"] }, { VHOST: ["b.com"] }],
];
for (const [what, labels, others, shadowed] of routes) {
  Deno.test(`claimNames: a route behind another is only reported as shadowed, ${what}`, () => {
    const services = [
      serviceOf({ appId: "/a", port: 1, labels }),
      serviceOf({ appId: "/b", port: 2, labels: others }),
    ];
    const claimed = claimNames(services);
    assert.deepEqual(claimed.services, services);
    assert.deepEqual(claimed.losses, []);
    const [loser, route, rule, why] = shadowed ?? [];
    const other = loser === "/a" ? "/b" : "/a";
    const reason = why === "order" || why === undefined
      ? /both have the weight -?\d, and the other comes first by app id and port$/
      : new RegExp(`its weight is ${why[0]}, and here it is ${why[1]}$`);
    assert.deepEqual(
      claimed.problems.map(({ code, app }) => [code, app]),
      loser ? [["vhost-shadowed", loser]] : [],
    );
    if (!loser) return;
    const { message } = claimed.problems[0]!;
    const said = `${loser}: service 0 gets no requests for "${route}": ` +
      `the rule of ${other}: service 0 for "${rule}" comes first: `;
    assert.ok(message.startsWith(said), message);
    assert.match(message, reason);
  });
}

Deno.test("claimNames: routes of incumbents that are the same are only reported as shadowed", () => {
  const labels = { VHOST: ["a.com"] };
  const services = ["/a", "/b"].map((appId, index) => serviceOf({ appId, port: index + 1, labels }));
  const claimed = claimNames(services, { incumbents: holdingsOf(services) });
  assert.deepEqual(claimed.services, services);
  assert.deepEqual(claimed.problems.map(({ code, app }) => [code, app]), [["vhost-shadowed", "/b"]]);
});

Deno.test("claimNames: shadowed routes are found in linear time where ten thousand services share a host", () => {
  const services = Array.from(
    { length: 10_000 },
    (_, index) =>
      serviceOf({ appId: `/a${index}`, port: index + 1, labels: { VHOST: ["a.com"], PATH: `/p${index}/` } }),
  );
  const began = performance.now();
  assert.deepEqual(claimNames(services).problems, []);
  const elapsed = performance.now() - began;
  assert.ok(elapsed < 5_000, `${elapsed} ms`);
});

// Whoever holds it is /z, the attacker /a stands first.
const taken: [
  what: string,
  holder: Service["labels"],
  newcomer: Service["labels"],
  left: Service["labels"],
][] = [
  ["a vhost, with a higher weight", { VHOST: ["a.com"] }, { VHOST: ["a.com"], BACKEND_WEIGHT: 9 }, {
    VHOST: [],
    BACKEND_WEIGHT: 9,
  }],
  ["a vhost, by the path /", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: "/" }, { VHOST: [], PATH: "/" }],
  ["a vhost, by the path / among others", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: "/x /" }, {
    VHOST: [],
    PATH: "/x /",
  }],
  ["a vhost, by what is no path", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: '""' }, {
    VHOST: [],
    PATH: '""',
  }],
  ["a vhost and path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "-i /X" }, {
    VHOST: [],
    PATH: "-i /X",
  }],
  ["one of two vhosts", { VHOST: ["a.com"] }, { VHOST: ["a.com", "b.com"] }, { VHOST: ["b.com"] }],
  ["one of two paths", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], PATH: "-i /y /x" }, {
    VHOST: ["a.com"],
    PATH: "-i /y",
  }],
];
for (const [what, labels, asked, left] of taken) {
  Deno.test(`claimNames: no app takes from another that serves: ${what}`, () => {
    const holder = serviceOf({ appId: "/z", port: 1, labels });
    const newcomer = serviceOf({ appId: "/a", port: 2, labels: asked });
    const { services, problems, losses, contested } = claimNames([newcomer, holder], {
      incumbents: holdingsOf([holder]),
      since: new Map([["/a", 1], ["/z", 2]]),
    });
    assert.deepEqual(services, [{ ...newcomer, labels: left }, holder]);
    assert.deepEqual(losses, problems);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0]!.message,
      /^\/a: service 0 is served without the vhost and path "a.com( \/x)?": they are taken by \/z: service 0; give one of them another vhost or path \(HAPROXY_0_VHOST, HAPROXY_0_PATH\)$/,
    );
    assert.equal(problems[0]!.severity, "warning");
    assert.deepEqual(contested, new Set(["/a", "/z"]));
  });
}

const takenInPart: [what: string, asked: Service["labels"], left: Service["labels"]][] = [
  ["a path of one host and all of another", { VHOST: ["a.com", "b.com"] }, { VHOST: ["a.com"], PATH: "/y" }],
  ["the same, the other way round", { VHOST: ["b.com", "a.com"] }, { VHOST: ["a.com"], PATH: "/y" }],
  ["another path of each host", { VHOST: ["a.com", "c.com"] }, { VHOST: ["a.com"], PATH: "/y" }],
  ["a path of one host and nothing of another", { VHOST: ["d.com", "a.com"] }, {
    VHOST: ["d.com", "a.com"],
    PATH: "/y",
  }],
];
for (const [what, asked, left] of takenInPart) {
  Deno.test(`claimNames: what is left of two hosts when others serve ${what}`, () => {
    const holders = [
      serviceOf({ appId: "/x", port: 1, labels: { VHOST: ["a.com"], PATH: "/x" } }),
      serviceOf({ appId: "/y", port: 2, labels: { VHOST: ["b.com"], PATH: "/x /y" } }),
      serviceOf({ appId: "/z", port: 3, labels: { VHOST: ["c.com"], PATH: "/y" } }),
    ];
    const newcomer = serviceOf({ appId: "/a", port: 4, labels: { ...asked, PATH: "/x /y" } });
    const { services } = claimNames([newcomer, ...holders], { incumbents: holdingsOf(holders) });
    assert.deepEqual(services, [{ ...newcomer, labels: left }, ...holders]);
  });
}

const overlapping: [what: string, holder: Service["labels"], newcomer: Service["labels"]][] = [
  ["a path of a vhost", { VHOST: ["a.com"] }, { VHOST: ["a.com"], PATH: "/x", BACKEND_WEIGHT: 9 }],
  ["a vhost around a path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"] }],
  ["a host of a domain", { VHOST: ["*.a.com"] }, { VHOST: ["b.a.com"], BACKEND_WEIGHT: 9 }],
  ["a domain around a host", { VHOST: ["b.a.com"] }, { VHOST: ["*.a.com"] }],
];
for (const [what, labels, asked] of overlapping) {
  Deno.test(`claimNames: overlap stays, ${what}`, () => {
    const holder = serviceOf({ appId: "/z", port: 1, labels });
    const newcomer = serviceOf({ appId: "/a", port: 2, labels: asked });
    const claimed = claimNames([newcomer, holder], { incumbents: holdingsOf([holder]) });
    assert.deepEqual(claimed.services, [newcomer, holder]);
    assert.deepEqual(claimed.problems, []);
  });
}

const wide: [what: string, holder: Service["labels"], newcomer: Service["labels"], weight: number][] = [
  ["a vhost around a path", { VHOST: ["a.com"], PATH: "/x" }, { VHOST: ["a.com"], BACKEND_WEIGHT: 9 }, 0.5],
  ["a path around a longer one", { VHOST: ["a.com"], PATH: "/x/y" }, { VHOST: ["a.com"], PATH: "/x" }, 0.5],
  ["a domain around a host", { VHOST: ["b.a.com"] }, { VHOST: ["*.a.com"], BACKEND_WEIGHT: 9 }, -0.5],
  ["a domain around a domain", { VHOST: ["*.b.a.com"] }, { VHOST: ["*.a.com"] }, -3.5],
];
for (const [what, labels, asked, weight] of wide) {
  Deno.test(`claimNames: ${what} that another app serves comes behind it, whatever its weight`, () => {
    const holder = serviceOf({ appId: "/z", port: 1, labels });
    const newcomer = serviceOf({ appId: "/a", port: 2, labels: asked });
    const services = [newcomer, holder];
    const put = { ...newcomer, labels: { ...asked, BACKEND_WEIGHT: weight } };
    const first = claimNames(services, { incumbents: holdingsOf([holder]) });
    assert.deepEqual(first.services, [put, holder]);
    assert.match(
      first.problems[0]!.message,
      /^\/a: service 0 has its rule for .* behind that for .* of \/z: service 0,/,
    );
    // It stays so when it serves too.
    const later = claimNames(services, { incumbents: holdingsOf(first.services) });
    assert.deepEqual(later.services, [put, holder]);
    assert.deepEqual(later.problems, first.problems);
    // Those that came at the same time have the order of their weights.
    const together = claimNames(services);
    assert.deepEqual(together.services, services);
    assert.deepEqual(claimNames(services, { incumbents: holdingsOf(services) }).services, services);
  });
}

Deno.test("claimNames: with maps a whole vhost does not come before a path of a low weight that another app serves", () => {
  const holder = serviceOf({
    appId: "/z",
    port: 10002,
    labels: { VHOST: ["a.com"], PATH: "/x", BACKEND_WEIGHT: -5 },
  });
  const newcomer = serviceOf({ appId: "/a", labels: { VHOST: ["a.com"] } });
  const context = { incumbents: holdingsOf([holder], true), haproxyMap: true };
  const { services, problems } = claimNames([newcomer, holder], context);
  assert.deepEqual(services[0]!.labels, { VHOST: [] });
  assert.match(problems[0]!.message, /\/a: service 0 .*\/z: service 0/);
});

const [b, c] = ["/b", "/c"].map((appId) => serviceOf({ appId, port: 10001 }));
const winners: [what: string, context: ClaimContext, winner: string | undefined][] = [
  ["the first in order", {}, "/a"],
  ["the one that was configured earlier", { since: new Map([["/a", 3], ["/b", 1], ["/c", 2]]) }, "/b"],
  ["the one that says when it was configured", { since: new Map([["/c", 3]]) }, "/c"],
  ["the one that holds it", { since: new Map([["/a", 1]]), incumbents: holdingsOf([c!]) }, "/c"],
  [
    "the one that holds it by the name of its backend",
    { incumbents: { ...holdingsOf([]), binds: new Map([[10001, [{ address: "*", owner: "c" }]]]) } },
    "/c",
  ],
  [
    "nobody, while it is kept",
    { incumbents: holdingsOf([serviceOf({ appId: "/d", port: 10001 })]) },
    undefined,
  ],
];
for (const [what, context, winner] of winners) {
  Deno.test(`claimNames: of several that want a port ${what} gets it`, () => {
    const { services, problems } = claimNames([a, b!, c!], context);
    assert.equal(services.length, 3);
    assert.deepEqual(services.filter(({ frontend }) => frontend !== false).map(({ appId }) => appId), [
      ...winner === undefined ? [] : [winner],
    ]);
    for (const { message } of problems) {
      assert.match(
        message,
        winner === undefined
          ? /port 10001 is kept for \/d, which had it and is not served now;/
          : new RegExp(`port 10001 is taken by ${winner}: service 0;`),
      );
    }
  });
}

Deno.test("claimNames: of several that want a backend name the one that holds it gets it, else the older", () => {
  const [first, second] = ["/a/b", "/a_b"].map((appId) => serviceOf({ appId, port: 10001 }));
  const nameOnly = (owner: string): Incumbents => ({
    ...holdingsOf([]),
    names: new Map([["a_b_10001", owner]]),
  });
  const winner = (context: ClaimContext) =>
    claimNames([first!, second!], context).services.map(({ appId }) => appId);
  assert.deepEqual(winner({ incumbents: nameOnly("/a_b") }), ["/a_b"]);
  assert.deepEqual(winner({ since: new Map([["/a/b", 2], ["/a_b", 1]]) }), ["/a_b"]);
  // A file that an earlier process left does not tell which of the two it is.
  assert.deepEqual(winner({ incumbents: nameOnly("a_b") }), ["/a/b"]);
  const { services, problems } = claimNames([first!], { incumbents: nameOnly("/a_b") });
  assert.deepEqual(services, []);
  assert.match(problems[0]!.message, /the backend name a_b_10001 is kept for \/a_b,/);
});

Deno.test("claimNames: what is limited in the same way as before is the same object", () => {
  const services = [a, b!];
  const first = claimNames(services);
  const again = claimNames(services, { before: first.limited });
  assert.equal(again.services[1], first.services[1]);
  assert.equal(first.limited.get(b!), first.services[1]);
  const without = claimNames([b!], { before: first.limited });
  assert.deepEqual(without.services, [b]);
  assert.equal(without.limited.size, 0);
});

const passing = (appId: string, port: number, ...VHOST: string[]) =>
  serviceOf({ appId, port, labels: { VHOST, SNI_PASSTHROUGH: true } });
const decrypting = (appId: string, port: number, VHOST: string[], PATH?: string) =>
  serviceOf({ appId, port, mode: "http", labels: { VHOST, ...PATH === undefined ? {} : { PATH } } });

const contestedHosts: [what: string, holder: Service, newcomer: Service, left: string[] | undefined][] = [
  [
    "passed through, where another serves all of it",
    decrypting("/z", 2, ["a.com"]),
    passing("/a", 1, "a.com"),
    [],
  ],
  [
    "passed through, where another serves a path of it",
    decrypting("/z", 2, ["a.com"], "/x"),
    passing("/a", 1, "a.com", "b.com"),
    ["b.com"],
  ],
  ["passed through by both", passing("/z", 2, "a.com"), passing("/a", 1, "a.com"), []],
  [
    "a path of what another passes through",
    passing("/z", 2, "a.com"),
    decrypting("/a", 1, ["a.com", "b.com"], "/x"),
    ["b.com"],
  ],
  ["all of what another passes through", passing("/z", 2, "a.com"), decrypting("/a", 1, ["a.com"]), []],
  [
    "a wildcard over what another serves",
    decrypting("/z", 2, ["x.a.com"]),
    passing("/a", 1, "*.a.com"),
    undefined,
  ],
  [
    "a host under a wildcard that another passes through",
    passing("/z", 2, "*.a.com"),
    decrypting("/a", 1, ["x.a.com"]),
    undefined,
  ],
];
for (const [what, holder, newcomer, left] of contestedHosts) {
  Deno.test(`claimNames: SNI passthrough, a newcomer asks for ${what}`, () => {
    const { services, problems } = claimNames([newcomer, holder], {
      incumbents: holdingsOf([holder]),
      since: new Map([["/a", 1], ["/z", 2]]),
    });
    assert.equal(services[1], holder);
    assert.deepEqual(services[0]!.labels.VHOST, left ?? newcomer.labels.VHOST);
    assert.equal(services[0]!.labels.BACKEND_WEIGHT, undefined);
    assert.deepEqual(problems.map(({ code, app }) => [code, app]), left ? [["vhost-taken", "/a"]] : []);
    if (left) assert.match(problems[0]!.message, /they are taken by \/z: service 0/);
    // It stays so when it serves too.
    const later = claimNames([newcomer, holder], { incumbents: holdingsOf(services) });
    assert.deepEqual(later.services, services);
  });
}

Deno.test("claimNames: SNI passthrough, an app that serves a host takes no path of another when it starts to pass it through", () => {
  const before = [decrypting("/a", 1, ["a.com"]), decrypting("/z", 2, ["a.com"], "/x")];
  const now = [passing("/a", 1, "a.com"), before[1]!];
  const { services, problems } = claimNames(now, { incumbents: holdingsOf(before) });
  assert.deepEqual(services.map(({ labels }) => labels.VHOST), [[], ["a.com"]]);
  assert.deepEqual(problems.map(({ code }) => code), ["vhost-taken"]);
  const alone = claimNames([now[0]!], { incumbents: holdingsOf([before[0]!]) });
  assert.deepEqual([alone.services, alone.problems], [[now[0]], []]);
});

Deno.test("claimNames: SNI passthrough of newcomers is only reported, and not for services of one app", () => {
  const services = [
    passing("/a", 1, "a.com"),
    decrypting("/b", 2, ["a.com"], "/x"),
    passing("/c", 3, "a.com"),
  ];
  const claimed = claimNames(services);
  assert.deepEqual(claimed.services, services);
  assert.deepEqual(claimed.problems.map(({ code, app, message }) => [code, app, message]), [
    [
      "vhost-shadowed",
      "/b",
      '/b: service 0 gets no requests over HTTPS for "a.com": its TLS is passed through to /a: service 0',
    ],
    [
      "vhost-shadowed",
      "/c",
      '/c: service 0 gets no requests over HTTPS for "a.com": its TLS is passed through to /a: service 0',
    ],
  ]);
  const both = [passing("/a", 1, "a.com"), { ...decrypting("/a", 2, ["a.com"]), index: 1 }];
  for (
    const incumbents of [
      holdingsOf([]),
      holdingsOf(both),
      holdingsOf(both.slice(0, 1)),
      holdingsOf(both.slice(1)),
    ]
  ) {
    const one = claimNames(both, { incumbents });
    assert.deepEqual([one.services, one.problems], [both, []]);
  }
});
