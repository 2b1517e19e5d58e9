import assert from "node:assert/strict";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { pick } from "./support/pick.ts";
import { section } from "./support/section.ts";

const app = (id: string, port: number, labels: Record<string, string>) =>
  marathonApp({ id, portDefinitions: [{ port }], labels });

/** The backends that the rules of a frontend lead to, in their order. */
const routed = (text: string, frontend: string) =>
  pick(section(text, `frontend ${frontend}`), "use_backend").map((line) => line.split(" ")[1]);

Deno.test("vhost rules: highest weight first, then in the order of app id and port", () => {
  const { text } = generate({
    apps: [
      app("/d", 4, { HAPROXY_0_VHOST: "x.com" }),
      app("/c", 3, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/c" }),
      app("/b", 2, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/b", HAPROXY_0_BACKEND_WEIGHT: "7" }),
      app("/a", 1, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_BACKEND_WEIGHT: "-1" }),
      app("/e", 5, { HAPROXY_0_VHOST: "y.com" }),
    ],
  });
  assert.deepEqual(routed(text, "marathon_http_in"), ["b_2", "c_3", "d_4", "e_5", "a_1"]);
  assert.deepEqual(routed(text, "marathon_https_in"), ["b_2", "c_3", "d_4", "e_5", "a_1"]);
});

Deno.test("vhost rules: host names in any case and with a port are told apart from others", () => {
  const { text } = generate({ apps: [app("/a", 1, { HAPROXY_0_VHOST: "WWW.X.com" })] });
  assert.deepEqual(section(text, "frontend marathon_http_in").slice(2), [
    "acl host_www_x_com_a req.hdr(host),host_only -i www.x.com",
    "use_backend a_1 if host_www_x_com_a",
  ]);
  assert.deepEqual(section(text, "frontend marathon_https_in").slice(2), [
    "use_backend a_1 if { req.hdr(host),host_only -i www.x.com }",
  ]);
});

Deno.test("vhost rules: a login guards its own service only", () => {
  const { text } = generate({
    apps: [marathonApp({
      id: "/a",
      portDefinitions: [{ port: 1 }, { port: 2 }],
      tasks: [{ id: "t", host: "10.0.0.1", ports: [31000, 31001] }],
      labels: {
        HAPROXY_0_VHOST: "x.com",
        HAPROXY_0_PATH: "/one",
        HAPROXY_0_AUTH: "one:alice:$5$a",
        HAPROXY_1_VHOST: "x.com",
        HAPROXY_1_PATH: "/two",
        HAPROXY_1_AUTH: "two:bob:$5$b",
      },
    })],
  });
  assert.deepEqual(section(text, "userlist user_a_1"), ["user alice password $5$a"]);
  assert.deepEqual(section(text, "userlist user_a_2"), ["user bob password $5$b"]);
  const http = section(text, "frontend marathon_http_in");
  assert.deepEqual(pick(http, "acl auth_x_com_a", "acl auth_x_com_a_2"), [
    "acl auth_x_com_a http_auth(user_a_1)",
    "acl auth_x_com_a_2 http_auth(user_a_2)",
  ]);
  assert.deepEqual(pick(http, "http-request"), [
    'http-request auth realm "one" if host_x_com_a path_a_1 !auth_x_com_a',
    'http-request auth realm "two" if host_x_com_a_2 path_a_2 !auth_x_com_a_2',
  ]);
});

Deno.test("vhost rules: none of them with --dont-bind-http-https", () => {
  const { text, maps } = generate({ apps: [app("/a", 1, { HAPROXY_0_VHOST: "x.com" })] }, {}, {
    bindHttpHttps: false,
    haproxyMap: true,
  });
  assert.doesNotMatch(text, /marathon_https?_in|x\.com/);
  assert.deepEqual(routed(text, "a_1"), ["a_1"]);
  assert.deepEqual(maps, { "domain2backend.map": "", "app2backend.map": "/a a_1\n" });
});

const mapped = [
  app("/b", 2, { HAPROXY_0_VHOST: "x.com,y.com" }),
  app("/c", 3, { HAPROXY_0_VHOST: "Z.com" }),
  app("/d", 4, { HAPROXY_0_VHOST: "x.com", HAPROXY_0_PATH: "/d" }),
  app("/e", 5, { HAPROXY_0_VHOST: "e.com,e.com", HAPROXY_0_REDIRECT_TO_HTTPS: "true" }),
  app("/f", 6, { HAPROXY_0_VHOST: "x.com" }),
];
const lookup = "use_backend %[req.hdr(host),host_only,lower,map(/etc/haproxy/domain2backend.map)]";

Deno.test("maps: one look-up behind all rules, and a line for each host", () => {
  const { text, maps } = generate({ apps: mapped }, {}, { haproxyMap: true });
  assert.equal(
    maps["domain2backend.map"],
    "x.com b_2\ny.com b_2\nz.com c_3\ne.com e_5\nx.com f_6\n",
  );
  const http = section(text, "frontend marathon_http_in");
  assert.deepEqual(pick(http, "use_backend"), ["use_backend d_4 if host_x_com_d path_d_4", lookup]);
  assert.deepEqual(pick(http, "redirect"), ["redirect scheme https code 301 if !{ ssl_fc } host_e_com_e"]);
  const https = section(text, "frontend marathon_https_in");
  assert.deepEqual(https.slice(2), [
    "acl path_d_4 path_beg /d",
    "use_backend d_4 if { req.hdr(host),host_only -i x.com } path_d_4",
    lookup,
  ]);
});

Deno.test("maps: the app id of each app, asked for in lower case", () => {
  const answer = {
    apps: [
      marathonApp({
        id: "/Shop",
        portDefinitions: [{ port: 1 }, { port: 2 }],
        tasks: [{ id: "t", host: "10.0.0.1", ports: [1, 2] }],
        labels: { HAPROXY_1_MODE: "http" },
      }),
      app("/tcp", 3, {}),
      app("/web", 4, { HAPROXY_0_MODE: "http" }),
    ],
  };
  const { text, maps } = generate(answer, {}, { haproxyMap: true });
  assert.equal(maps["app2backend.map"], "/shop Shop_2\n/web web_4\n");
  assert.deepEqual(section(text, "frontend marathon_http_appid_in").slice(2), [
    "use_backend %[req.hdr(x-marathon-app-id),lower,map(/etc/haproxy/app2backend.map)]",
  ]);
});

Deno.test("app-id frontend: one rule for each app, its first service in mode http", () => {
  const { text, maps } = generate({
    apps: [
      marathonApp({
        id: "/group/shop",
        portDefinitions: [{ port: 1 }, { port: 2 }, { port: 3 }],
        tasks: [{ id: "t", host: "10.0.0.1", ports: [1, 2, 3] }],
        labels: { HAPROXY_1_MODE: "http", HAPROXY_2_MODE: "http" },
      }),
      app("/tcp", 4, {}),
    ],
  });
  assert.deepEqual(section(text, "frontend marathon_http_appid_in").slice(2), [
    "acl app__group_shop hdr(x-marathon-app-id) -i /group/shop",
    "use_backend group_shop_2 if app__group_shop",
  ]);
  assert.deepEqual(maps, { "domain2backend.map": "", "app2backend.map": "" });
});

Deno.test("an override for the single rule serves for the look-up, its own comes before", () => {
  const own = { HAPROXY_0_MAP_HTTP_FRONTEND_ACL: "  # map {haproxy_dir}" };
  const single = { HAPROXY_0_HTTP_FRONTEND_ACL: "  # single {backend}" };
  const http = (labels: Record<string, string>) =>
    section(
      generate({ apps: [app("/a", 1, { HAPROXY_0_VHOST: "x.com", ...labels })] }, {}, { haproxyMap: true })
        .text,
      "frontend marathon_http_in",
    ).slice(2);
  assert.deepEqual(http(single), ["# single a_1"]);
  assert.deepEqual(http({ ...own, ...single }), ["# map /etc/haproxy"]);
});
