import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { createMarathonClient } from "../../../lib/run/parts.ts";
import { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { HttpListener } from "../../support/HttpListener.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { SimulatedDcosLogin } from "../../support/SimulatedDcosLogin.ts";
import { startSimulatedVault } from "../../support/startSimulatedVault.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { parseOptions } from "../../run/support/parseOptions.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

const never = new AbortController().signal;

async function startClient(
  marathon: SimulatedMarathon,
  { flags = [], environment }: { flags?: string[]; environment: Record<string, string> },
  clock = new FakeClock(),
) {
  const options = parseOptions(["-m", marathon.url, ...flags], environment);
  const client = await createMarathonClient(options, { clock, logger: new RecordingLogger() });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

/** Where requests are refused or sent, and the account of that login. */
const dcos = (login: SimulatedDcosLogin) => ({
  environment: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: login.account },
});

/** The message of a request that fails, which shows none of the secrets. */
async function failure(asked: Promise<unknown>, ...secrets: string[]): Promise<string> {
  let message = "";
  await assert.rejects(asked, (error: Error) => {
    message = error.message;
    return true;
  });
  for (const secret of secrets) assert.ok(!message.includes(secret), message);
  return message;
}

for (const tokenIn of ["cookie", "body"] as const) {
  Deno.test(`DC/OS: a login opens requests and the event stream, with the token in the ${tokenIn}`, async () => {
    const clock = new FakeClock();
    await using login = await SimulatedDcosLogin.start({ clock });
    login.tokenIn = tokenIn;
    await using marathon = await SimulatedMarathon.start({ auth: login.letsIn });
    using client = await startClient(marathon, dcos(login), clock);
    assert.deepEqual(await client.apps(never), emptyCluster);
    const stopped = new AbortController();
    const { pieces } = await client.openEvents("/v2/events", stopped.signal);
    assert.deepEqual(
      marathon.requests.all.map(({ headers }) => headers.authorization),
      Array(2).fill(`token=${login.tokens[0]}`),
    );
    assert.deepEqual(JSON.parse(login.listener.requests[0]!.body).exp, Math.floor(clock.now() / 1000) + 3600);
    assert.equal(login.listener.requests.length, 1);
    stopped.abort(new Error("enough"));
    await assert.rejects(
      pieces[Symbol.asyncIterator]().next().then(() => pieces[Symbol.asyncIterator]().next()),
    );
  });
}

Deno.test("DC/OS: the token is renewed 10 s before it expires, be that what was asked or what was given", async () => {
  for (const lifetime of [Infinity, 600]) {
    const clock = new FakeClock();
    await using login = await SimulatedDcosLogin.start({ clock });
    login.lifetime = lifetime;
    await using marathon = await SimulatedMarathon.start({ auth: login.letsIn });
    using client = await startClient(marathon, dcos(login), clock);
    await client.apps(never);
    const renewAt = (Math.min(lifetime, 3600) - 10) * 1000;
    await clock.advance(renewAt - 1);
    await client.apps(never);
    assert.equal(login.tokens.length, 1);
    await clock.advance(1);
    await client.apps(never);
    assert.equal(login.tokens.length, 2);
    assert.equal(marathon.requests.all.at(-1)!.headers.authorization, `token=${login.tokens[1]}`);
    assert.equal(marathon.requests.all.length, 3);
  }
});

Deno.test("DC/OS: a refused token is renewed once, and one renewal serves all requests", async () => {
  const clock = new FakeClock();
  await using login = await SimulatedDcosLogin.start({ clock });
  await using marathon = await SimulatedMarathon.start({ auth: login.letsIn });
  using client = await startClient(marathon, dcos(login), clock);
  await Promise.all(Array.from({ length: 5 }, () => client.apps(never)));
  assert.equal(login.tokens.length, 1);

  login.revoke();
  marathon.requests.clear();
  await Promise.all(Array.from({ length: 5 }, () => client.apps(never)));
  assert.equal(login.tokens.length, 2);

  // A Marathon that takes no token at all is asked twice, and then told of.
  marathon.faults.add({ status: 401 });
  marathon.requests.clear();
  const message = await failure(client.apps(never), ...login.tokens);
  assert.match(message, /: HTTP 401 .*wrong credentials\. Check --dcos-auth-credentials\.$/);
  assert.equal(marathon.requests.all.length, 2);
  assert.equal(login.tokens.length, 3);
});

Deno.test("DC/OS: one request that is given up does not end the renewal of the others", async () => {
  const clock = new FakeClock();
  await using login = await SimulatedDcosLogin.start({ clock });
  await using marathon = await SimulatedMarathon.start({ auth: login.letsIn });
  using client = await startClient(marathon, dcos(login), clock);
  const [givenUp, others] = [new AbortController(), client.apps(never)];
  const asked = assert.rejects(client.apps(givenUp.signal), /^Error: enough$/);
  givenUp.abort(new Error("enough"));
  await asked;
  assert.deepEqual(await others, emptyCluster);
  assert.equal(login.tokens.length, 1);
});

for (const end of ["given up", "closed"] as const) {
  Deno.test(`DC/OS: a request that is ${end} while a refused token is renewed ends at once`, async () => {
    const clock = new FakeClock();
    let logins = 0;
    await using silent = await HttpListener.start(() =>
      logins++ === 0 ? { status: 200, body: { token: "given" } } : new Promise(() => {})
    );
    await using login = await SimulatedDcosLogin.start({ clock });
    await using marathon = await SimulatedMarathon.start({ auth: () => false });
    const account = { ...JSON.parse(login.account), login_endpoint: silent.url };
    const environment = { DCOS_SERVICE_ACCOUNT_CREDENTIAL: JSON.stringify(account) };
    using client = await startClient(marathon, { environment }, clock);
    const stopping = new AbortController();
    const asked = failure(client.apps(stopping.signal));
    await eventually(() => logins === 2);
    if (end === "given up") stopping.abort(new Error("enough"));
    else client.close();
    assert.match(await asked, end === "given up" ? /^enough$/ : /the access to Marathon was closed/);
  });
}

const refusals: [name: string, fault: HttpListener["fault"], message: RegExp][] = [
  [
    "401",
    { status: 401 },
    /failed: HTTP 401, refused\. Check the uid, private_key and login_endpoint of --dcos-/,
  ],
  ["404", { status: 404 }, /failed: HTTP 404, not found\. Check /],
  ["503", { status: 503 }, /failed: HTTP 503\. Check .* and the log of that service\.$/],
  [
    "no token",
    { status: 200 },
    /failed: the answer holds no token\. Check the login_endpoint of --dcos-auth-/,
  ],
  [
    "a redirect",
    { status: 307, headers: { location: "http://127.0.0.2:1/x?token=a" } },
    /127\.0\.0\.2:1\. Check/,
  ],
];
for (const [name, fault, expected] of refusals) {
  Deno.test(`DC/OS: a login that answers ${name} is reported with its endpoint, and retried`, async () => {
    const clock = new FakeClock();
    await using login = await SimulatedDcosLogin.start({ clock });
    await using marathon = await SimulatedMarathon.start({ auth: login.letsIn });
    using client = await startClient(marathon, dcos(login), clock);
    login.listener.fault = fault;
    const message = await failure(client.apps(never));
    assert.ok(message.includes(`: the DC/OS login at ${login.endpoint} failed: `), message);
    assert.match(message, expected);
    const { token } = JSON.parse(login.listener.requests[0]!.body);
    assert.ok(!message.includes(token));
    login.listener.fault = undefined;
    assert.deepEqual(await client.apps(never), emptyCluster);
  });
}

Deno.test("DC/OS: a login that cannot be reached, or that does not answer, is reported", async () => {
  const clock = new FakeClock();
  await using marathon = await SimulatedMarathon.start();
  const login = await SimulatedDcosLogin.start({ clock });
  const { account } = login;
  await login[Symbol.asyncDispose]();
  using client = await startClient(marathon, {
    environment: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: account },
  }, clock);
  assert.match(
    await failure(client.apps(never)),
    /login failed: connection refused\. Check .*login_endpoint.*, and that this machine reaches it\.$/,
  );

  let asked = false;
  await using silent = await HttpListener.start(() => {
    asked = true;
    return new Promise(() => {});
  });
  const other = JSON.stringify({ ...JSON.parse(account), login_endpoint: silent.url });
  using waiting = await startClient(marathon, {
    environment: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: other },
  }, clock);
  const told = failure(waiting.apps(never));
  await eventually(() => asked);
  await clock.advance(46_000);
  assert.match(await told, /failed: no answer within 46 s\. /);
});

Deno.test("DC/OS: the login's certificate is verified as Marathon's is", () =>
  withDirectory(async (directory) => {
    const pem = await selfSignedCertificate("", systemClock);
    const ca = join(directory, "ca.pem");
    await writeFile(ca, pem);
    const clock = new FakeClock();
    await using login = await SimulatedDcosLogin.start({ clock, pem });
    await using marathon = await SimulatedMarathon.start({ auth: login.letsIn });
    for (const flags of [["--marathon-ca-cert", ca], ["--insecure-marathon"]]) {
      using client = await startClient(marathon, { flags, ...dcos(login) }, clock);
      assert.deepEqual(await client.apps(never), emptyCluster);
    }
    using wary = await startClient(marathon, dcos(login), clock);
    assert.match(
      await failure(wary.apps(never)),
      /certificate verification failed .*Give the certificate authority with --marathon-ca-cert FILE, or/,
    );
    assert.equal(login.listener.requests.length, 2);
  }));

Deno.test("DC/OS: a private key that is no RSA key is refused at once, and not shown", async () => {
  const clock = new FakeClock();
  await using elliptic = await SimulatedDcosLogin.start({ clock, type: "ec" });
  await using marathon = await SimulatedMarathon.start();
  const nonsense = JSON.stringify({ ...JSON.parse(elliptic.account), private_key: "s3cret" });
  for (const account of [elliptic.account, nonsense]) {
    const started = startClient(marathon, { environment: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: account } });
    assert.equal(
      await failure(started, "s3cret"),
      "--dcos-auth-credentials: private_key is no RSA key in PEM; give that of the service account",
    );
  }
});

const inVault = (vault: HttpListener, token = "v4ult") => ({
  environment: { VAULT_TOKEN: token, VAULT_URL: `${vault.url}/v1/secret/marathon` },
});

Deno.test("Vault: its user and password open Marathon, and are read again when they are refused", async () => {
  const secret: { data: unknown } = { data: { user: "u", pass: "first" } };
  await using vault = await startSimulatedVault({ token: "v4ult", secret });
  let password = "first";
  await using marathon = await SimulatedMarathon.start({
    auth: (header) => header === `Basic ${btoa(`u:${password}`)}`,
  });
  using client = await startClient(marathon, inVault(vault));
  await Promise.all([client.apps(never), client.apps(never)]);
  assert.equal(vault.requests.length, 1);

  password = "second";
  const message = await failure(client.apps(never), "first", "v4ult");
  assert.match(message, /wrong credentials\. Check \$VAULT_TOKEN and the secret in Vault\.$/);
  secret.data = { data: { user: "u", pass: "second" }, metadata: { version: 2 } };
  assert.deepEqual(await client.apps(never), emptyCluster);
  // What Vault still holds is not sent a second time.
  assert.deepEqual(marathon.requests.all.map(({ headers }) => atob(String(headers.authorization).slice(6))), [
    ...Array(4).fill("u:first"),
    "u:second",
  ]);
});

Deno.test("Vault: VAULT_HOST, VAULT_PORT and VAULT_PATH, by TLS that is verified against VAULT_CACERT", () =>
  withDirectory(async (directory) => {
    const pem = await selfSignedCertificate("", systemClock);
    const ca = join(directory, "ca.pem");
    await writeFile(ca, pem);
    const secret = { data: { user: "u", pass: "p" } };
    await using vault = await startSimulatedVault({ token: "v4ult", secret, pem });
    await using marathon = await SimulatedMarathon.start({ auth: { user: "u", password: "p" } });
    const environment = {
      VAULT_TOKEN: "v4ult",
      VAULT_HOST: "localhost",
      VAULT_PORT: String(vault.port),
      VAULT_PATH: "secret/marathon",
    };
    using client = await startClient(marathon, { environment: { ...environment, VAULT_CACERT: ca } });
    assert.deepEqual(await client.apps(never), emptyCluster);
    // Marathon's being trusted blindly says nothing of Vault.
    using wary = await startClient(marathon, { flags: ["--insecure-marathon"], environment });
    assert.match(
      await failure(wary.apps(never), "v4ult"),
      /Vault at https:\/\/localhost:\d+\/v1\/secret\/marathon failed: certificate verification failed .*VAULT_CACERT\.$/,
    );
    assert.equal(vault.requests.length, 1);
  }));

Deno.test("Vault: what it refuses or does not hold is reported without the token", async () => {
  const secret: { data: unknown } = { data: { user: "u", password: "p4ss" } };
  await using vault = await startSimulatedVault({ token: "v4ult", secret });
  await using marathon = await SimulatedMarathon.start();
  using client = await startClient(marathon, inVault(vault));
  assert.match(
    await failure(client.apps(never), "p4ss"),
    /failed: the answer holds no data\.user and data\.pass\. /,
  );
  vault.fault = { status: 200, body: "p4ss" };
  assert.match(
    await failure(client.apps(never), "p4ss"),
    /failed: the answer holds no data\.user and data\.pass\. /,
  );
  using wrong = await startClient(marathon, inVault(vault, "wr0ng"));
  vault.fault = undefined;
  assert.match(
    await failure(wrong.apps(never), "wr0ng"),
    /: Vault at \S+\/v1\/secret\/marathon failed: HTTP 403, refused\. Check VAULT_TOKEN, and VAULT_URL or /,
  );
});

Deno.test("Vault: a redirect is followed on the same host, and never with the token to another one", async () => {
  await using other = await HttpListener.start(() => ({
    status: 200,
    body: { data: { user: "u", pass: "p" } },
  }));
  await using vault = await startSimulatedVault({
    token: "v4ult",
    secret: { data: { user: "u", pass: "p" } },
  });
  await using marathon = await SimulatedMarathon.start({ auth: { user: "u", password: "p" } });
  let location = other.url;
  await using standby = await HttpListener.start(({ path }) =>
    path === "/v1/here"
      ? { status: 200, body: { data: { user: "u", pass: "p" } } }
      : { status: 307, headers: { location } }
  );
  using client = await startClient(marathon, inVault(standby));
  assert.match(
    await failure(client.apps(never), "v4ult"),
    new RegExp(`it redirects to another host, ${other.url}\\.`),
  );
  assert.equal(other.requests.length, 0);
  location = "/v1/here";
  assert.deepEqual(await client.apps(never), emptyCluster);
  location = "/v1/on-and-on";
  using lost = await startClient(marathon, inVault(standby));
  assert.match(await failure(lost.apps(never)), /failed: HTTP 307, refused\. /);
  assert.equal(vault.requests.length, 0);
});
