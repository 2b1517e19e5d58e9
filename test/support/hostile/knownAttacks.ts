import { attackerApp, attackerHost, attackerId, type Json, type Target } from "./attackers.ts";

/** Apps that were seen to hurt another one, or might. */
export interface Attack {
  readonly name: string;
  /** @param rank of the attacker; what it does not aim at is its own */
  readonly apps: (rank: number) => readonly Json[];
}

type Labels = Readonly<Record<string, string>>;

const hash = "$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6";

/** Attacks by one label, each a value of it. */
function byLabel(target: Target, label: string, values: Labels, more: Labels = {}): Attack[] {
  return Object.entries(values).map(([what, value]) => ({
    name: `${label}: ${what}`,
    apps: (rank) => [attackerApp(target, rank, { ...more, [label]: value })],
  }));
}

function pathAttacks(target: Target): Attack[] {
  const values = {
    "a sample that reads a device": "/%[path,map_str(/dev/zero)]",
    "a sample that reads a file": "/%[path,map_str(/etc/passwd)]",
    "a sample alone": "%[env(HOME)]",
    "a double quote": '/a"',
    "a single quote": "/a'",
    "a backslash at its end": "/a\\",
    "a condition": "/ if { always_true } or",
    "a comment": "/a # ",
    "a variable": "/${HOME}",
    "an open group": "/(a|",
  };
  const labels = ["HTTP_BACKEND_REDIR", "HTTP_BACKEND_PROXYPASS_PATH", "HTTP_BACKEND_REVPROXY_PATH", "PATH"];
  return labels.flatMap((name) => byLabel(target, `HAPROXY_0_${name}`, values, { HAPROXY_0_MODE: "http" }));
}

function vhostAttacks(target: Target): Attack[] {
  const { host, pathHost, path, authHost, backend, port } = target;
  return [
    ...byLabel(target, "HAPROXY_0_VHOST", {
      "the TLS of another's": host,
      "the TLS of another's path": pathHost,
      "the TLS of another's login": authHost,
      "the TLS of every host of a domain": "*.test",
    }, { HAPROXY_0_SNI_PASSTHROUGH: "true" }),
    ...byLabel(target, "HAPROXY_0_VHOST", {
      "a command for the master": "e2.test;@master;hard-reload",
      "a command for the master of an older HAProxy": "e1.test;@master;reload;",
      "a command for the worker": "e5.test;shutdown sessions server x/y;",
      "a command on a line of its own": "e3.test\n@master reload",
      "the beginning of a payload": "e6.test <<",
      "the beginning of a payload with an end": "e7.test << %",
      "a backend's name behind it": `e8.test ${backend}`,
      "a condition": "zz.test } or { always_true",
      "a condition with bars": "zy.test } || { always_true }",
      "every host": "*.",
      "every host of a domain": "*.test",
      "another's behind empty ones": `,,${host}`,
      "a flag": "-f",
      "a flag and a file": "-f /dev/zero",
      "a comment": "a.test # b",
      "quotes": '"a.test"',
      "a wide dot": "a\uff0etest",
      "another's": host,
      "another's in capitals": host.toUpperCase(),
      "another's with a login": authHost,
    }),
    ...byLabel(target, "HAPROXY_0_PATH", { "another's": path }, {
      HAPROXY_0_VHOST: pathHost,
      HAPROXY_0_BACKEND_WEIGHT: "99",
    }),
    ...byLabel(target, "HAPROXY_0_BACKEND_WEIGHT", { "before all others": "999999999" }, {
      HAPROXY_0_VHOST: host,
    }),
    ...byLabel(target, "HAPROXY_0_PORT", { "another's with its vhosts": String(port) }, {
      HAPROXY_0_VHOST: `${host},${authHost}`,
    }),
    ...byLabel(target, "HAPROXY_0_BIND_OPTIONS", {
      "of a frontend that is another's too": "ssl verify required",
    }, {
      HAPROXY_0_VHOST: host,
      HAPROXY_0_PATH: "/beside",
      HAPROXY_0_SSL_CERT: "/evil.pem",
    }),
    {
      name: "an older date, another's port and vhost",
      apps: (rank) => [
        attackerApp(target, rank, { HAPROXY_0_VHOST: host, HAPROXY_0_PORT: String(port) }, {
          versionInfo: { lastConfigChangeAt: "1990-01-01T00:00:00Z" },
        }),
      ],
    },
  ];
}

function bindAttacks(target: Target): Attack[] {
  const { port, haproxyDir } = target;
  const [admin] = target.ownPorts;
  const others = { HAPROXY_0_PORT: String(port) };
  return [
    ...byLabel(target, "HAPROXY_0_PORT", { "another's": String(port), "the admin port": String(admin) }),
    ...byLabel(target, "HAPROXY_0_BIND_ADDR", {
      "another's port, and an address": `127.0.0.1:${port},127.0.0.1`,
      "any address at another's port": `*:${port},*`,
      "the admin port": `127.0.0.1:${admin},127.0.0.1`,
      "a range of ports": "127.0.0.1:1-65535,127.0.0.1",
      "a Unix socket": `${haproxyDir}/evil.sock,*`,
      "a prefix of a Unix socket": `unix@${haproxyDir}/evil.sock,*`,
      "an abstract socket": "abns@evil,*",
      "a file descriptor": "fd@1,*",
      "IPv6 with another's port": `:::${port},::`,
      "words": "* ssl crt /etc/passwd",
    }),
    ...byLabel(target, "HAPROXY_0_BIND_ADDR", {
      "one address of another's port": "127.0.0.1",
      "IPv6 of another's port": "::",
      "two addresses of another's port": "127.0.0.2,127.0.0.1",
    }, others),
    ...byLabel(target, "HAPROXY_0_BIND_OPTIONS", {
      "a quote": '"',
      "another interface": "interface lo",
      "a device": "ssl crt /dev/zero",
      "a comment": "# x",
    }),
    ...byLabel(target, "HAPROXY_0_SSL_CERT", {
      "a device": "/dev/zero",
      "words": "/a.pem verify none",
      "a quote": '/a"',
    }),
  ];
}

function backendAttacks(target: Target): Attack[] {
  const passwords = {
    "rounds that last": `$6$rounds=25000000$saltsalt$${"a".repeat(86)}`,
    "rounds that do not end": `$6$rounds=999999999$saltsalt$${"a".repeat(86)}`,
    "rounds of SHA-256": `$5$rounds=999999999$saltsalt$${"a".repeat(43)}`,
    "a cost of bcrypt": `$2b$31$${"a".repeat(53)}`,
    "a cost of yescrypt": `$y$jFT$saltsaltsaltsalt$${"a".repeat(43)}`,
    "a scheme that is none": "$9$salt$hash",
    "no hash": "hello",
    "another directive": "x insecure-password y",
    "groups": "x groups admin",
  };
  const auth = Object.entries(passwords).map(([what, password]) => [what, `r:u:${password}`]);
  return [
    ...byLabel(target, "HAPROXY_0_AUTH", {
      ...Object.fromEntries(auth),
      "a realm that ends its quotes": `r" if { always_true } #:u:${hash}`,
      "a realm with a sample": `%[env(HOME)]:u:${hash}`,
      "a realm that ends in a backslash": `r\\:u:${hash}`,
      "a user of two words": `r:u password x:${hash}`,
      "a user that is a comment": `r:#:${hash}`,
    }),
    ...byLabel(target, "HAPROXY_0_BALANCE", {
      "a line": "roundrobin\n  http-request deny",
      "words": "source # x",
      "a quote": '"',
      "a Lua call": "hdr(%[lua.x])",
    }),
    ...byLabel(target, "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", {
      "a device": "-f /dev/zero",
      "a name": "example.test",
      "a condition": "10.0.0.1 } or { always_true",
      "a quote": '10.0.0.1 "',
    }),
    ...byLabel(target, "HAPROXY_DEPLOYMENT_GROUP", {
      "another's id": target.id,
      "another's id without its slash": target.id.slice(1),
      "another's id in capitals": target.id.toUpperCase(),
      "a line": "x\nbackend y",
      "words": "x y",
    }),
  ];
}

function memberAttacks(target: Target): Attack[] {
  const { host, port } = target.task;
  const task = (members: Json): Json => ({
    id: "evil.1",
    host,
    state: "TASK_RUNNING",
    ports: [port],
    ...members,
  });
  const tasks = (...all: Json[]) => () => ({ tasks: all.map(task) });
  const own = (address: unknown) => (rank: number) => ({
    networks: [{ mode: "container" }],
    container: { portMappings: [{ containerPort: port, servicePort: target.portOf(rank) }] },
    tasks: [task({ ipAddresses: [{ ipAddress: address }] })],
  });
  const check = (members: Json) => () => ({
    healthChecks: [{ protocol: "HTTP", path: "/", portIndex: 0, ...members }],
  });
  const members: Record<string, (rank: number) => Json> = {
    "a task's host: a command": tasks({ host: "127.0.0.1;@master reload" }),
    "a task's host: a line": tasks({ host: "127.0.0.1\nbackend x" }),
    "a task's host: words": tasks({ host: "127.0.0.1 disabled" }),
    "a task's host: IPv6 with a zone": tasks({ host: "fe80::1%lo" }),
    "a task's address: words": own("127.0.0.1 backup"),
    "a task's address: a Unix socket": own("unix@/tmp/x"),
    "a task's address: a file descriptor": own("fd@0"),
    "a task's address: no address": own("127.0.0.1:80:90"),
    "a task's address: a name that does not exist": own("no-such-host.invalid"),
    "a task's address: an offset of a port": own("127.0.0.1:+"),
    "ports of tasks that are none": tasks({ ports: [0] }, { ports: [70_000] }, { ports: [-1] }),
    "a port of a task that is text": tasks({ ports: [`${port} backup`] }),
    "a path of a check: a line": check({ path: "/\nbackend x" }),
    "a path of a check: words": check({ path: "/ HTTP/1.1\\r\\nHost:\\ x" }),
    "a path of a check: a quote": check({ path: '/"' }),
    "a path of a check: a sample": check({ path: "/%[env(HOME)]" }),
    "a path of a check: a comment": check({ path: "/#a" }),
    "a path of a check: a comment as a word": check({ path: "/ # a" }),
    "a path of a check: a variable": check({ path: '/"${HOME}"' }),
    "a path of a check: a backslash": check({ path: "/\\" }),
    "a path of a check: nothing": check({ path: "" }),
    "a protocol of a check": check({ protocol: "HTTP\nx" }),
    "times of a check": check({ intervalSeconds: -1, timeoutSeconds: 1e300, maxConsecutiveFailures: 0.5 }),
    "a port of a check": check({ port: 99_999_999 }),
    "a service port of the load balancer": () => ({ portDefinitions: [{ port: target.ownPorts[0] }] }),
    "a service port that is text": (rank) => ({ portDefinitions: [{ port: `${target.portOf(rank)} ssl` }] }),
    "a networking mode": () => ({ networks: [{ mode: "container\nbackend x", name: "x;y" }] }),
    "an id that climbs": () => ({ id: "/../../v2/leader?x" }),
    "an id of two words": () => ({ id: "/evil x" }),
    "an id with a command": () => ({ id: "/evil;@master reload" }),
    "an id of a section of the load balancer": () => ({ id: "/stats" }),
    "an id that is a member of every object": () => ({ id: "/__proto__" }),
    "an id of capitals": () => ({ id: target.id.toUpperCase() }),
  };
  return [
    ...Object.entries(members).map(([name, make]): Attack => ({
      name,
      apps: (rank) => [attackerApp(target, rank, {}, make(rank))],
    })),
    {
      name: "an id that makes another's name, and its port",
      apps: (rank) => [
        attackerApp(target, rank, { HAPROXY_0_PORT: String(target.port), HAPROXY_0_BIND_ADDR: "127.0.0.3" }, {
          id: target.id.replace("/victims/", "/victims_"),
        }),
      ],
    },
    {
      name: "two apps of one id",
      apps: (rank) => [
        attackerApp(target, rank),
        attackerApp(target, rank, { HAPROXY_0_VHOST: `two${rank}.test` }),
      ],
    },
  ];
}

/** Services that HAProxy refuses, so many that looking at each would take long. */
export function manyRefused(target: Target, count: number): Attack {
  return {
    name: `${count} services that HAProxy refuses`,
    apps: (rank) =>
      Array.from({ length: count }, (_, nth) =>
        attackerApp(target, rank, {
          HAPROXY_0_VHOST: `many${nth}.${attackerHost(rank)}`,
          // It names no line of it.
          HAPROXY_0_BIND_OPTIONS: `ssl crt /no/such${nth}.pem`,
          HAPROXY_0_PORT: String(20_000 + nth),
        }, { id: `${attackerId(rank)}/many${nth}` })),
  };
}

/** Template labels that open sections or write over another's, which no service may. */
export function templateAttacks(target: Target): Attack[] {
  const sections = {
    "a section global": "global\n  stats socket /tmp/evil.sock level admin\n",
    "a section defaults": "defaults\n  timeout client 1ms\n",
    "a section of another": `backend ${target.backend}\n  http-request deny\n`,
    "a section listen": "listen evil\n  bind 127.0.0.1:1\n",
    "a program": "program evil\n  command /bin/true\n",
    "a section under a tab": "\tglobal\n\tstats socket /tmp/evil.sock\n",
    "a section in quotes": '"global"\n  stats socket /tmp/evil.sock\n',
    "a section with an escape": "glo\\x62al\n  stats socket /tmp/evil.sock\n",
    "a condition around others": ".if 0\n",
  };
  const heads: Labels = {
    BACKEND_HEAD: "\nbackend {backend}\n  mode {mode}\n",
    BACKEND_HTTP_OPTIONS: "",
    FRONTEND_BACKEND_GLUE: "  use_backend {backend}\n",
    HTTP_FRONTEND_ACL: "",
    USERLIST_HEAD: "\nuserlist user_{backend}\n",
  };
  return Object.entries(heads).flatMap(([name, head]) =>
    Object.entries(sections).map(([what, text]): Attack => ({
      name: `HAPROXY_0_${name}: ${what}`,
      apps: (rank) => [
        attackerApp(target, rank, {
          ...name === "USERLIST_HEAD" ? { HAPROXY_0_AUTH: `r:u:${hash}` } : {},
          [`HAPROXY_0_${name}`]: head + text,
        }),
      ],
    }))
  );
}

/** Every value that was seen to hurt somebody, and its neighbours. */
export function knownAttacks(target: Target): Attack[] {
  return [vhostAttacks, bindAttacks, backendAttacks, pathAttacks, memberAttacks].flatMap((make) =>
    make(target)
  );
}
