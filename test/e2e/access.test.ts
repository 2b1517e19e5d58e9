import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { SimulatedDcosLogin } from "../support/SimulatedDcosLogin.ts";
import type { HttpListener } from "../support/HttpListener.ts";
import { startSimulatedVault } from "../support/startSimulatedVault.ts";
import type { Bench, StartOptions } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { findSecrets } from "./support/findSecrets.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { webApp } from "./support/webApp.ts";

const user = "reader";
const password = "s3cr3t/pa:ss+word";
const basic = { start: {}, auth: { user, password }, secrets: () => [password, `${user}:${password}`] };

/** A Marathon that is closed, a way to be let in, and what nobody may read. */
interface Way {
  start: StartOptions;
  auth: typeof basic.auth | ((header: string | undefined) => boolean);
  secrets: () => string[];
  /** The service that gives credentials, and what makes them void. */
  service?: HttpListener;
  expire?: () => void;
  dispose?: () => Promise<void>;
}

const ways: Record<string, (bench: Bench) => Way | Promise<Way>> = {
  "the flag": () => ({ ...basic, start: { flags: ["--auth-credentials", `${user}:${password}`] } }),
  "a file": async () => {
    // Outside of the bench, whose files are searched.
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-access-"));
    const file = join(directory, "credentials");
    await writeFile(file, `${user}:${password}\n`, { mode: 0o600 });
    return {
      ...basic,
      start: { flags: ["--marathon-auth-credential-file", file] },
      dispose: () => rm(directory, { recursive: true }),
    };
  },
  "the environment": () => ({
    ...basic,
    start: { env: { MARATHON_USER: user, MARATHON_PASSWORD: password } },
  }),
  "the flag's variable": () => ({
    ...basic,
    start: { env: { MARATHON_LB_AUTH_CREDENTIALS: `${user}:${password}` } },
  }),
  "the URL": ({ marathonUrl }) => ({
    ...basic,
    start: {
      flags: ["--marathon", marathonUrl.replace("//", `//${user}:${encodeURIComponent(password)}@`)],
    },
  }),
  "a DC/OS service account in the flag": async () => {
    const { login, way } = await dcosWay();
    return { ...way, start: { flags: ["--dcos-auth-credentials", login.account] } };
  },
  "a DC/OS service account in the environment": async () => {
    const { login, way } = await dcosWay();
    return { ...way, start: { env: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: login.account } } };
  },
  "Vault": async () => {
    const token = "hvs.v4ult-t0ken";
    const vault = await startSimulatedVault({ token, secret: { data: { user, pass: password } } });
    return {
      ...basic,
      start: { env: { VAULT_TOKEN: token, VAULT_URL: `${vault.url}/v1/secret/marathon` } },
      secrets: () => [...basic.secrets(), token],
      service: vault,
      dispose: () => vault[Symbol.asyncDispose](),
    };
  },
};

async function dcosWay() {
  const login = await SimulatedDcosLogin.start({ clock: systemClock });
  // Each of its lines, as a message might hold a part of the key; not those that every key has.
  const lines = login.privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-"));
  const signed = () =>
    login.listener.requests.flatMap(({ body }) => body === "" ? [] : [String(JSON.parse(body).token)]);
  const way: Omit<Way, "start"> = {
    auth: login.letsIn,
    secrets: () => [...lines, ...login.tokens, ...signed()],
    service: login.listener,
    expire: () => login.revoke(),
    dispose: () => login[Symbol.asyncDispose](),
  };
  return { login, way };
}

for (const [name, make] of Object.entries(ways)) {
  endToEnd(`opens Marathon by ${name}, and never shows the secret`, async (bench) => {
    const { start, auth, secrets, service, expire, dispose } = await make(bench);
    try {
      const marathon = await bench.startMarathon({ auth });
      await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
      await marathon.settled();
      const lb = await bench.serve(start);
      assert.equal((await bench.get("web.test")).status, 200);
      // So that what is searched is there to be searched.
      assert.ok(processesNaming(bench.configFile).length >= 2);
      assert.notEqual(await readFile(`/proc/${lb.pid}/cmdline`, "utf8"), "");
      assert.ok(secrets().every((secret) => secret.length > 8));

      const fails = async (pattern: RegExp) => {
        const begin = lb.lines.length;
        lb.signal("SIGHUP");
        await lb.until(pattern, begin);
      };
      for (const status of [401, 503]) {
        const fault = marathon.faults.add({ path: "/v2/apps", status });
        await fails(new RegExp(`Marathon did not answer GET /v2/apps: .*HTTP ${status}`));
        marathon.faults.remove(fault);
      }
      if (service) {
        service.fault = { status: 500, body: { you: "sent", me: secrets() } };
        expire?.();
        const refused = expire ? undefined : marathon.faults.add({ path: "/v2/apps", status: 401 });
        await fails(/Marathon did not answer .*(Vault|the DC\/OS login) at \S+ failed: HTTP 500/);
        service.fault = undefined;
        if (refused !== undefined) marathon.faults.remove(refused);
      }
      await marathon.stopNode(0);
      await fails(/Marathon did not answer .*connection refused/);
      assert.deepEqual(findSecrets(bench, lb, secrets()), []);
      assert.equal((await bench.get("web.test")).status, 200);
      await bench.stop(lb);
      assert.deepEqual(findSecrets(bench, lb, secrets()), []);
    } finally {
      await dispose?.();
    }
  });
}

endToEnd("takes secrets out of what ps shows, and nothing else", async (bench) => {
  await bench.startMarathon();
  const lb = await bench.serve({ flags: ["--auth-credentials", `${user}:${password}`] });
  const shown = (await readFile(`/proc/${lb.pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
  assert.equal(shown, ["marathon-lb", "sse", ...bench.flags, "--auth-credentials", "***"].join(" "));
  await bench.stop(lb);

  // The same holds for what the tests themselves rely on: that they would find a secret.
  const careless = await bench.serve({ flags: ["--state-dir", bench.path(encodeURIComponent(password))] });
  const places = findSecrets(bench, careless, [password]);
  assert.ok(
    places.includes("the arguments") && places.some((place) => place.startsWith("the name ")),
    `${places}`,
  );
});
