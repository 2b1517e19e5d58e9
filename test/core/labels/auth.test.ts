import assert from "node:assert/strict";
import { parsePasswordHash } from "../../../lib/core/labels/auth.ts";
import type { ModelContext } from "../../../lib/core/model/context.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";

/** What an app with these labels comes to. */
function served(
  labels: Readonly<Record<string, string>>,
  model: Partial<ModelContext> = {},
  haproxyMap = false,
) {
  const app = marathonApp({ id: "/a", portDefinitions: [{ port: 10_001 }], labels });
  const { text, maps, problems } = generate({ apps: [app] }, model, { haproxyMap });
  const severities = problems.map(({ severity }) => severity);
  return { text, maps, severities, messages: problems.map(({ message }) => message) };
}

const digits = (count: number) => "0".repeat(count);
const bcrypt = "abcdefghijklmnopqrstuu" + digits(31);

const readable: [password: string, scheme: string, cost: number, complete: boolean][] = [
  [`$5$salt$${digits(43)}`, "sha256crypt", 5_000, true],
  [`$5$rounds=100000$salt$${digits(43)}`, "sha256crypt", 100_000, true],
  [`$6$salt$${digits(86)}`, "sha512crypt", 5_000, true],
  [`$6$rounds=100000$salt$${digits(86)}`, "sha512crypt", 100_000, true],
  [`$6$salt$${digits(85)}`, "sha512crypt", 5_000, false],
  [`$2y$12$${bcrypt}`, "bcrypt", 12, true],
  [`$2a$04$${bcrypt}`, "bcrypt", 4, true],
  [`$2b$10$${bcrypt}x`, "bcrypt", 10, false],
  [`$y$j9T$salt$${digits(43)}`, "yescrypt", 16, true],
  [`$y$jBT$salt$${digits(43)}`, "yescrypt", 64, true],
  [`$gy$j9T$salt$${digits(43)}`, "gost-yescrypt", 16, true],
  [`$7$CU..../....salt$${digits(43)}`, "scrypt", 64, true],
  [`$sha1$100000$salt$${digits(28)}`, "sha1crypt", 100_000, true],
  [`$md5,rounds=100000$salt$$${digits(22)}`, "SunMD5", 100_000, true],
  [`$md5$salt$${digits(22)}`, "SunMD5", 0, true],
  [`$1$salt$${digits(22)}`, "md5crypt", 0, true],
  [`$3$$${digits(32)}`, "NT", 0, true],
  [`_J9..salt${digits(11)}`, "bsdicrypt", 725, true],
  [`ab${digits(11)}`, "descrypt", 0, true],
  // As crypt(3) takes it: two digits of salt, and then nothing that a password comes to.
  ["secret", "descrypt", 0, false],
];
for (const [text, scheme, cost, complete] of readable) {
  Deno.test(`parsePasswordHash: ${text.slice(0, 24)} is ${scheme} of cost ${cost}`, () => {
    assert.deepEqual(parsePasswordHash(text), { text, scheme, cost, complete });
  });
}

const tooMuch: [password: string, what: string][] = [
  [`$6$rounds=25000000$salt$${digits(86)}`, "sha512crypt with 25000000 rounds; expected at most 100000"],
  [`$6$rounds=999999999$salt$${digits(86)}`, "sha512crypt with 999999999 rounds; expected at most 100000"],
  [`$5$rounds=100001$salt$${digits(43)}`, "sha256crypt with 100001 rounds; expected at most 100000"],
  [`$2b$13$${bcrypt}`, "bcrypt with 13 as its cost; expected at most 12"],
  [`$2b$31$${bcrypt}`, "bcrypt with 31 as its cost; expected at most 12"],
  [`$y$jCT$salt$${digits(43)}`, "yescrypt with 128 MiB; expected at most 64"],
  [`$y$jBU$salt$${digits(43)}`, "yescrypt with 66 MiB; expected at most 64"],
  [`$gy$jFT$salt$${digits(43)}`, "gost-yescrypt with 1024 MiB; expected at most 64"],
  [`$7$DU..../....salt$${digits(43)}`, "scrypt with 128 MiB; expected at most 64"],
  [`$7$CU....0....salt$${digits(43)}`, "scrypt with 128 MiB; expected at most 64"],
  [`$sha1$100001$salt$${digits(28)}`, "sha1crypt with 100001 rounds; expected at most 100000"],
  [`$md5,rounds=999999999$salt$$${digits(22)}`, "SunMD5 with 999999999 rounds; expected at most 100000"],
  [`_zzzzsalt${digits(11)}`, "bsdicrypt with 16777215 rounds; expected at most 1000000"],
];
for (const [password, what] of tooMuch) {
  Deno.test(`AUTH: ${what} leaves the service out, and says nothing of the hash`, () => {
    const { text, severities, messages } = served({
      HAPROXY_0_VHOST: "a.com",
      HAPROXY_0_AUTH: `Shop:alice:${password}`,
    });
    assert.deepEqual(severities, ["excluded"]);
    assert.equal(
      messages[0],
      `/a: service 0 is left out: HAPROXY_0_AUTH is "Shop:…"; its password is crypted by ${what}, which HAProxy checks in time`,
    );
    assert.doesNotMatch(text, /a_10001/);
  });
}

const unknown: [password: string, said: RegExp][] = [
  ["$apr1$salt$hash", /its password begins with \$apr1\$, in no known form; expected one of sha256crypt, /],
  ["$6$rounds=-1$salt$hash", /begins with \$6\$, in no known form/],
  ["$6$rounds=0x7fffffff$salt$hash", /begins with \$6\$, in no known form/],
  ["$6$rounds= 9999999$salt$hash", /holds what no crypted password does/],
  ["$y$j9T0$salt$hash", /begins with \$y\$, in no known form/],
  ["$y$kkkk$salt$hash", /begins with \$y\$, in no known form/],
  ["$2$10$salt", /begins with \$2\$, in no known form/],
  ["$argon2id$v=19$m=65536", /begins with \$argon2id\$, in no known form/],
  ["{SHA}abc", /its password is not crypted; expected one of/],
  ["p", /its password is not crypted; expected one of/],
  ["$5$sa#lt$hash", /holds what no crypted password does/],
  ["$5$s groups admins", /holds what no crypted password does/],
  ['$5$s"lt', /holds what no crypted password does/],
  ["$5$s\\x41lt", /holds what no crypted password does/],
  ["$5$sält", /holds what no crypted password does/],
];
for (const [password, said] of unknown) {
  Deno.test(`AUTH: a password such as ${password} leaves the service out`, () => {
    const { text, severities, messages } = served({
      HAPROXY_0_VHOST: "a.com",
      HAPROXY_0_AUTH: `Shop:alice:${password}`,
    });
    assert.deepEqual(severities, ["excluded"]);
    assert.match(messages[0]!, said);
    assert.doesNotMatch(messages[0]!, /hash|alice/);
    assert.doesNotMatch(text, /a_10001/);
  });
}

const parts: [label: string, said: RegExp][] = [
  ['re"alm:alice:$5$s$h', /expected a realm of printable characters/],
  ["re\\alm:alice:$5$s$h", /expected a realm of printable characters/],
  ["${HOME}:alice:$5$s$h", /expected a realm of printable characters/],
  ["realm:al ice:$5$s$h", /expected a user of printable characters/],
  ["realm: alice:$5$s$h", /expected a user of printable characters/],
  ["realm:al#ice:$5$s$h", /expected a user of printable characters/],
  ["realm:al'ice:$5$s$h", /expected a user of printable characters/],
  ['realm:"alice":$5$s$h', /expected a user of printable characters/],
  ["realm:al\\ ice:$5$s$h", /expected a user of printable characters/],
  ["realm:al\u00a0ice:$5$s$h", /expected a user of printable characters/],
  ["realm:al\u2028ice:$5$s$h", /expected a user of printable characters/],
];
for (const [label, said] of parts) {
  Deno.test(`AUTH: ${JSON.stringify(label)} leaves the service out`, () => {
    const { text, severities, messages } = served({ HAPROXY_0_VHOST: "a.com", HAPROXY_0_AUTH: label });
    assert.deepEqual(severities, ["excluded"]);
    assert.match(messages[0]!, said);
    assert.doesNotMatch(text, /a_10001/);
  });
}

const full = `$5$salt$${digits(43)}`;

Deno.test("AUTH: realm and user are written as they are where HAProxy reads them so", () => {
  const realm = "Größe's #1 (%[x] {y} & z)";
  const { text, severities } = served({
    HAPROXY_0_VHOST: "a.com",
    HAPROXY_0_AUTH: `${realm}:al{i}ce@x.de:${full}`,
  });
  assert.deepEqual(severities, ["warning"]);
  assert.ok(text.includes(`http-request auth realm "${realm}" if host_a_com_a`));
  assert.ok(text.includes(`\n  user al{i}ce@x.de password ${full}\n`));
});

const warned: [labels: Record<string, string>, messages: string[]][] = [
  [{ HAPROXY_0_VHOST: "a.com" }, [
    "HAPROXY_0_AUTH guards the virtual hosts only: port 10001, and the app id where it leads there, are open to everyone;" +
    " HAPROXY_0_AUTH_EVERYWHERE=true guards all of them",
  ]],
  [{ HAPROXY_0_MODE: "http" }, [
    "HAPROXY_0_AUTH guards nothing without HAPROXY_0_VHOST: port 10001, and the app id where it leads there, are open to everyone;" +
    " HAPROXY_0_AUTH_EVERYWHERE=true guards all of them",
  ]],
  [{ HAPROXY_0_MODE: "tcp" }, [
    "HAPROXY_0_AUTH guards nothing without HAPROXY_0_VHOST: port 10001 is open to everyone",
  ]],
  [{ HAPROXY_0_MODE: "http", HAPROXY_0_AUTH_EVERYWHERE: "true" }, []],
  [{ HAPROXY_0_VHOST: "a.com", HAPROXY_0_AUTH_EVERYWHERE: "true", HAPROXY_0_AUTH: "r:u:secret" }, [
    "HAPROXY_0_AUTH has a password that is not crypted in full, so that no login passes; openssl passwd -6 makes one",
  ]],
  [{ HAPROXY_0_VHOST: "a.com", HAPROXY_0_ENABLED: "no" }, []],
];
for (const [labels, messages] of warned) {
  Deno.test(`AUTH: what its owner should know of ${JSON.stringify(labels)}`, () => {
    const one = served({ HAPROXY_0_AUTH: `r:u:${full}`, ...labels });
    assert.deepEqual(one.messages, messages.map((message) => `/a: service 0: ${message}`));
    assert.deepEqual(one.severities, messages.map(() => "warning"));
  });
}

for (const haproxyMap of [false, true]) {
  Deno.test(`AUTH_EVERYWHERE: the backend asks for the login before anything else, ${haproxyMap ? "with" : "without"} maps`, () => {
    const { text, maps, messages } = served(
      {
        HAPROXY_0_VHOST: "a.com",
        HAPROXY_0_AUTH: `My Realm:u:${full}`,
        HAPROXY_0_AUTH_EVERYWHERE: "true",
        HAPROXY_0_HTTP_BACKEND_REDIR: "/x",
        HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.0/8",
      },
      {},
      haproxyMap,
    );
    assert.deepEqual(messages, []);
    assert.match(text, /\nuserlist user_a_10001\n {2}user u password \$5\$/);
    const guard = '  http-request auth realm "My Realm" unless { http_auth(user_a_10001) }\n';
    assert.equal(text.split(guard).length, 2);
    const backend = text.slice(text.indexOf("\nbackend a_10001\n"));
    const [first] = backend.match(/^ {2}http-request .*\n/m)!;
    assert.equal(first, guard);
    assert.equal(maps["app2backend.map"], haproxyMap ? "/a a_10001\n" : "");
  });
}

const refused: [labels: Record<string, string>, said: string][] = [
  [{ HAPROXY_0_MODE: "tcp" }, "mode tcp has no logins; expected HAPROXY_0_MODE=http"],
  [{}, "mode tcp has no logins"],
  [{ HAPROXY_0_MODE: "tcp", HAPROXY_0_VHOST: "a.com" }, "mode tcp has no logins"],
  [{ HAPROXY_0_MODE: "http", HAPROXY_0_AUTH: "r:u" }, "expected `realm:user:crypted password`"],
  [{ HAPROXY_0_MODE: "http", HAPROXY_0_AUTH: " " }, "expected `realm:user:crypted password`"],
];
for (const [labels, said] of refused) {
  Deno.test(`AUTH_EVERYWHERE: ${JSON.stringify(labels)} leaves the service out`, () => {
    const all = { HAPROXY_0_AUTH: `r:u:${full}`, HAPROXY_0_AUTH_EVERYWHERE: "true", ...labels };
    const { text, severities, messages } = served(all);
    assert.deepEqual(severities, ["excluded"]);
    assert.ok(messages[0]!.includes(said), messages[0]);
    assert.doesNotMatch(text, /a_10001/);
  });
}

Deno.test("AUTH_EVERYWHERE: without AUTH it leaves the service out", () => {
  const { text, messages } = served({ HAPROXY_0_MODE: "http", HAPROXY_0_AUTH_EVERYWHERE: "true" });
  assert.match(messages[0]!, /is true without a login; expected HAPROXY_0_AUTH beside it$/);
  assert.doesNotMatch(text, /a_10001/);
});

Deno.test("AUTH: a scheme that the HAProxy at hand cannot check leaves the service out", () => {
  const labels = { HAPROXY_0_VHOST: "a.com", HAPROXY_0_AUTH: `r:u:$y$j9T$salt$${digits(43)}` };
  const some = served(labels, { hashSchemes: new Set(["sha512crypt", "md5crypt"]) });
  assert.deepEqual(some.severities, ["excluded"]);
  assert.match(
    some.messages[0]!,
    /HAPROXY_0_AUTH has a password crypted by yescrypt, which the HAProxy here cannot check; expected one of sha512crypt, md5crypt$/,
  );
  assert.doesNotMatch(some.text, /a_10001/);
  const none = served(labels, { hashSchemes: new Set() });
  assert.match(none.messages[0]!, /expected a HAProxy that is built with crypt\(3\)$/);
  assert.deepEqual(served(labels, { hashSchemes: new Set(["yescrypt"]) }).severities, ["warning"]);
});
