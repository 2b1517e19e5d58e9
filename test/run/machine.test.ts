import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { NetworkInterfaceInfo } from "node:os";
import { dirname, join } from "node:path";
import {
  applySysctls,
  fileDescriptorLimit,
  haproxyEnvironment,
  ownAddresses,
  parseSysctls,
} from "../../lib/run/machine.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";

const paths: [word: string, path: string, value: string][] = [
  ["net.core.somaxconn=1024", "net/core/somaxconn", "1024"],
  ["net/core/somaxconn=1024", "net/core/somaxconn", "1024"],
  ["net.ipv4.conf.eth0/100.rp_filter=0", "net/ipv4/conf/eth0.100/rp_filter", "0"],
  ["net/ipv4/conf/eth0.100/rp_filter=0", "net/ipv4/conf/eth0.100/rp_filter", "0"],
  ["kernel.core_pattern=core=%p", "kernel/core_pattern", "core=%p"],
];
for (const [word, path, value] of paths) {
  Deno.test(`parseSysctls: ${word}`, () => {
    assert.deepEqual(parseSysctls(` ${word}\n`), [{ key: word.slice(0, word.indexOf("=")), value, path }]);
  });
}

const unfit = [
  "net.core.somaxconn",
  "net.core.somaxconn=",
  "=1",
  "somaxconn=1",
  "net//core=1",
  "/etc/passwd=1",
  "net/../../etc/passwd=1",
  "net.//.core=1",
  "net.co re=1",
  "net.ärger=1",
];
for (const word of unfit) {
  Deno.test(`parseSysctls: ${word} is unfit`, () => {
    const problems = parseSysctls(word).filter((sysctl) => "problem" in sysctl);
    assert.notEqual(problems.length, 0);
  });
}

Deno.test("parseSysctls: several, and none", () => {
  const keys = parseSysctls("a.b=1  c.d=2").map((sysctl) => "key" in sysctl && sysctl.key);
  assert.deepEqual(keys, ["a.b", "c.d"]);
  assert.deepEqual(parseSysctls(" "), []);
});

/** Runs with `net.core.somaxconn` at 128 in place of the kernel's parameters. */
function withParameters(
  test: (apply: (text: string, nonStrict?: string) => Promise<string[]>, file: string) => Promise<void>,
) {
  return withDirectory(async (directory) => {
    const file = join(directory, "net/core/somaxconn");
    await mkdir(join(directory, "net/core"), { recursive: true });
    await writeFile(file, "128\n");
    await test(async (text, nonStrict) => {
      const logger = new RecordingLogger();
      const environment = { HAPROXY_SYSCTL_PARAMS: text, HAPROXY_SYSCTL_NONSTRICT: nonStrict };
      await applySysctls({ environment, logger }, directory);
      return logger.lines;
    }, file);
  });
}

Deno.test("applySysctls: sets the parameters in their order, and logs each", () =>
  withParameters(async (apply, file) => {
    assert.deepEqual(await apply("net.core.somaxconn=10  net/core/somaxconn=2048"), [
      "info marathon_lb: Kernel parameter net.core.somaxconn set to 10",
      "info marathon_lb: Kernel parameter net/core/somaxconn set to 2048",
    ]);
    assert.equal((await readFile(file, "utf8")).split("\n")[0], "2048");
    assert.deepEqual(await apply(""), []);
  }));

const wrong: [params: string, said: RegExp][] = [
  [
    "net.core.none=1 net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: Cannot set net\.core\.none=1: there is no such kernel parameter/,
  ],
  [
    "net.core=1 net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: Cannot set net\.core=1: that is a group/,
  ],
  [
    "net.core.somaxconn net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: "net\.core\.somaxconn" is not of the form/,
  ],
  [
    "net/../../x=1 net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: "net\/\.\.\/\.\.\/x" is no name of a kernel/,
  ],
];
for (const [params, said] of wrong) {
  Deno.test(`applySysctls: ${params.split(" ")[0]} ends the start, unless non-strict`, () =>
    withParameters(async (apply, file) => {
      await assert.rejects(apply(params), (error: Error) => {
        assert.match(error.message, said);
        assert.match(error.message, /\. HAPROXY_SYSCTL_NONSTRICT=true continues the start without it$/);
        return true;
      });
      assert.equal(await readFile(file, "utf8"), "128\n");
      const [warning = "", info] = await apply(params, "true");
      assert.match(warning.replace("warning marathon_lb: ", ""), said);
      assert.equal(info, "info marathon_lb: Kernel parameter net.core.somaxconn set to 7");
      assert.equal((await readFile(file, "utf8")).split("\n")[0], "7");
    }));
}

const limits = (hard: string) =>
  "Limit                     Soft Limit           Hard Limit           Units     \n" +
  "Max cpu time              unlimited            unlimited            seconds   \n" +
  `Max open files            1024                 ${hard.padEnd(20)} files     \n`;
const capabilities = (effective: string) =>
  `Name:\tdeno\nCapInh:\t0000000000000000\nCapPrm:\tffffffffffffffff\nCapEff:\t${effective}\nSeccomp:\t0\n`;
const all = capabilities("000001ffffffffff");
const none = capabilities("0000000000000000");
const onlyResource = capabilities("0000000001000000");
const allButResource = capabilities("000001fffeffffff");

const cases: { name: string; proc: Record<string, string>; limit: number | undefined }[] = [
  {
    name: "the hard limit of a process without rights",
    proc: { "self/status": none, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 4096,
  },
  {
    name: "what the kernel allows to a process that may raise its limits",
    proc: { "self/status": onlyResource, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 1_048_576,
  },
  {
    name: "the same for root",
    proc: { "self/status": all, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 1_048_576,
  },
  {
    name: "the hard limit of a root that a container has taken the right from",
    proc: { "self/status": allButResource, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 4096,
  },
  {
    name: "the hard limit where the kernel's is not to be seen",
    proc: { "self/status": all, "self/limits": limits("4096") },
    limit: 4096,
  },
  {
    name: "the hard limit where the rights are not to be seen",
    proc: { "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 4096,
  },
  {
    name: "unknown where there is none",
    proc: { "self/status": none, "self/limits": limits("unlimited") },
    limit: undefined,
  },
  { name: "unknown without procfs", proc: {}, limit: undefined },
];
for (const { name, proc, limit } of cases) {
  Deno.test(`fileDescriptorLimit: ${name}`, () =>
    withDirectory(async (directory) => {
      for (const [file, text] of Object.entries(proc)) {
        await mkdir(dirname(join(directory, file)), { recursive: true });
        await writeFile(join(directory, file), text);
      }
      assert.equal(await fileDescriptorLimit(directory), limit);
    }));
}

Deno.test({
  name: "fileDescriptorLimit: this system's is a number",
  ignore: Deno.build.os !== "linux",
  fn: async () => assert.ok(Number.isInteger(await fileDescriptorLimit())),
});

const socket = "/run/marathon-lb.sock";

Deno.test("haproxyEnvironment: what a configuration may use passes, with the control socket", () => {
  const environment = {
    PATH: "/usr/bin",
    PORTS: "80,443",
    HAPROXY_SYSLOGD: "1",
    HAPROXY_SSL_CERTS_OF_OURS: "not the certificate",
    MESOS_SANDBOX: "/sandbox",
  };
  assert.deepEqual(haproxyEnvironment(environment, socket), {
    ...environment,
    MARATHON_LB_CONTROL_SOCKET: socket,
  });
});

const secrets = [
  "MARATHON_USER",
  "MARATHON_PASSWORD",
  "MARATHON_LB_AUTH_CREDENTIALS",
  "MARATHON_LB_DCOS_AUTH_CREDENTIALS",
  "VAULT_TOKEN",
  "VAULT_URL",
  "DCOS_SERVICE_ACCOUNT_CREDENTIAL",
  "HAPROXY_SSL_CERT",
  "HAPROXY_SSL_CERT0",
  "HAPROXY_SSL_CERT100",
  // No secrets, but not HAProxy's: it would answer in our place.
  "NOTIFY_SOCKET",
  "MALLOC_ARENA_MAX",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
];
for (const name of secrets) {
  Deno.test(`haproxyEnvironment: ${name} does not pass`, () => {
    assert.deepEqual(haproxyEnvironment({ [name]: "secret" }, socket), {
      MARATHON_LB_CONTROL_SOCKET: socket,
    });
  });
}

Deno.test("haproxyEnvironment: the control socket is ours, whatever the environment says", () => {
  const environment = { MARATHON_LB_CONTROL_SOCKET: "/elsewhere" };
  assert.deepEqual(haproxyEnvironment(environment, socket), { MARATHON_LB_CONTROL_SOCKET: socket });
});

Deno.test("ownAddresses: those of all interfaces", () => {
  const logger = new RecordingLogger();
  const of = (address: string) => [{ address }] as NetworkInterfaceInfo[];
  const read = () => ({ lo: of("127.0.0.1"), eth0: [...of("10.0.0.9"), ...of("fe80::1")], none: undefined });
  assert.deepEqual([...ownAddresses(logger, read)], ["127.0.0.1", "10.0.0.9", "fe80::1"]);
  assert.ok(ownAddresses(logger).has("127.0.0.1"), "this machine's");
  assert.deepEqual(logger.lines, []);
});

Deno.test("ownAddresses: none with a warning, where the service manager forbids the socket", () => {
  const logger = new RecordingLogger();
  const read = () => {
    throw new Error("uv_interface_addresses returned Unknown system error 97");
  };
  assert.deepEqual(ownAddresses(logger, read), new Set());
  assert.match(logger.lines.join("\n"), /system error 97; .*add AF_NETLINK to RestrictAddressFamilies=$/);
});
