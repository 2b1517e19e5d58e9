import assert from "node:assert/strict";
import { socketCommand } from "../../../lib/core/haproxy/socketCommand.ts";
import { once } from "node:events";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { connect } from "node:tls";
import { CertificateWatcher } from "../../../lib/shell/certificates/watcher.ts";
import type { HaproxySupervisor } from "../../../lib/shell/haproxy/supervisor.ts";
import type { ReloadReport, RuntimeUpdateReport } from "../../../lib/core/status/observer.ts";
import { limit, TestBench } from "../haproxy/support/TestBench.ts";
import { type Made, makeCertificate } from "./support/makeCertificate.ts";

const text = ({ certificate, key }: Made) => certificate + key;

/** The serial number that a client sees. */
async function served(bench: TestBench, servername = "a.test"): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: bench.port, servername, rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect", { signal: limit() });
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}

/** Replaces a file as careful programs do. */
async function replace(path: string, content: string): Promise<void> {
  // Not in its directory, as HAProxy may load all that is there.
  const beside = `${dirname(path)}~new`;
  await writeFile(beside, content);
  await rename(beside, path);
}

function describe(what: string, { reasons, milliseconds, failure = "ok" }: ReloadReport): string {
  assert.ok(milliseconds >= 0);
  return `${what}, ${reasons.join("; ")}: ${failure}`;
}

/** Runs a HAProxy with these words after `bind`, and a watcher of these paths. */
async function watching(
  bench: TestBench,
  { crt, paths = [crt], poll = 60_000, before }: {
    crt: string;
    paths?: string[];
    poll?: number;
    /** What happens between the start of HAProxy and that of the watcher. */
    before?: () => Promise<void>;
  },
  test: (supervisor: HaproxySupervisor, told: readonly string[]) => Promise<void>,
): Promise<void> {
  await bench.answer("ok");
  const text = await readFile(bench.configFile, "utf8");
  await writeFile(bench.configFile, text.replace(/^ {2}bind .*$/m, (bind) => `${bind} ssl crt ${crt}`));
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  await before?.();
  const { logger } = bench;
  const sleep = (milliseconds: number, signal?: AbortSignal) =>
    bench.clock.sleep(milliseconds === 60_000 ? poll : milliseconds, signal);
  const clock = { now: () => bench.clock.now(), monotonic: () => bench.clock.monotonic(), sleep };
  const { socket } = supervisor;
  const stop = new AbortController();
  const told: string[] = [];
  const observer = {
    runtimeUpdated: (report: RuntimeUpdateReport) =>
      void told.push(describe(`${report.commands} commands for ${report.kind}`, report)),
  };
  // As the owner of what HAProxy has loaded does.
  const reload = async (reasons: readonly string[]) => {
    const result = await supervisor.reload();
    const failure = result.ok ? undefined : result.reason;
    told.push(describe("reload", { reasons, milliseconds: result.milliseconds, failure }));
    return result;
  };
  const watcher = new CertificateWatcher({ paths, socket, reload, clock, logger, observer });
  const done = watcher.follow(stop.signal);
  try {
    // It has looked once, and waits for something to happen.
    await bench.until(() => bench.clock.slept.includes(poll));
    await test(supervisor, told);
  } finally {
    stop.abort();
    await done;
  }
}

/** The reloads so far; undefined while one is under way. */
async function reloads({ socket }: HaproxySupervisor): Promise<string | undefined> {
  const answer = await socket.command(socketCommand`show proc`, limit()).catch(() => "");
  return /master +(\d+)/.exec(answer)?.[1];
}

const said = (bench: TestBench, pattern: RegExp) =>
  bench.until(() => bench.logger.lines.some((line) => pattern.test(line)));

Deno.test("a file replaced by a rename is served without a reload, and again after one", () =>
  TestBench.use(async (bench) => {
    const [first, second, third] = [
      await makeCertificate("a.test"),
      await makeCertificate("a.test"),
      await makeCertificate("a.test"),
    ];
    const file = bench.path("a.pem");
    await writeFile(file, text(first));
    await watching(bench, { crt: file }, async (supervisor, told) => {
      assert.equal(await served(bench), first.serial);
      await replace(file, text(second));
      await bench.until(async () => await served(bench) === second.serial);
      await bench.until(() => told.length > 0);
      assert.deepEqual(told, [`2 commands for certificates, ${file} changed: ok`]);
      // The key in a file of its own, and in place.
      await writeFile(`${file}.key`, third.key);
      await writeFile(file, third.certificate);
      await bench.until(async () => await served(bench) === third.serial);
      assert.equal(await reloads(supervisor), "0");
      assert.equal((await supervisor.reload()).ok, true);
      assert.equal(await served(bench), third.serial);
    });
    assert.deepEqual(bench.logger.lines.filter((line) => /error|PRIVATE/.test(line)), []);
  }));

Deno.test("an invalid file is logged once, and the old one stays", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("a.test")];
    const file = bench.path("a.pem");
    await writeFile(file, text(first));
    await watching(bench, { crt: file }, async (supervisor, told) => {
      await replace(file, first.certificate + second.key);
      const pattern =
        /error .*the old one stays in service: .*a\.pem holds a private key that does not belong/;
      await said(bench, pattern);
      assert.equal(told.length, 1);
      assert.match(
        told[0]!,
        /^0 commands for certificates, \S+a\.pem changed: .* private key that does not belong/,
      );
      assert.equal(await served(bench), first.serial);
      await replace(file, text(second));
      await bench.until(async () => await served(bench) === second.serial);
      assert.equal(bench.logger.lines.filter((line) => pattern.test(line)).length, 1);
      assert.equal(await reloads(supervisor), "0");
    });
  }));

Deno.test("a directory of symbolic links that is exchanged as Kubernetes does is noticed", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("a.test")];
    for (const [name, made] of [["..1", first], ["..2", second]] as const) {
      await mkdir(bench.path(`certs/${name}`), { recursive: true });
      await writeFile(bench.path(`certs/${name}/a.pem`), text(made));
    }
    await symlink("..1", bench.path("certs/..data"));
    await symlink("..data/a.pem", bench.path("certs/a.pem"));
    await watching(bench, { crt: bench.path("certs") }, async (supervisor) => {
      assert.equal(await served(bench), first.serial);
      await symlink("..2", bench.path("certs/..new"));
      await rename(bench.path("certs/..new"), bench.path("certs/..data"));
      await bench.until(async () => await served(bench) === second.serial);
      assert.equal(await reloads(supervisor), "0");
    });
  }));

Deno.test("a file that comes into a directory, or leaves it, is in and out of service without a reload", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    const directory = bench.path("certs");
    await mkdir(directory);
    await writeFile(`${directory}/a.pem`, text(first));
    await watching(bench, { crt: directory }, async (supervisor, told) => {
      const shows = async ({ serial }: Made, count: number) => {
        await bench.until(async () => await served(bench, "b.test") === serial && told.length === count);
        assert.equal(await served(bench, "other.test"), first.serial);
      };
      assert.equal(await served(bench, "b.test"), first.serial);
      await replace(`${directory}/b.pem`, text(second));
      await shows(second, 1);
      await rm(`${directory}/b.pem`);
      await shows(first, 2);
      // As it was: what is known of its content is no reason to leave it out.
      await replace(`${directory}/b.pem`, text(second));
      await shows(second, 3);
      // With another name, which is removed and added at once.
      await rename(`${directory}/b.pem`, `${directory}/c.pem`);
      await shows(second, 5);
      assert.equal(await reloads(supervisor), "0");
      const [added, removed] = ["added: ok", "removed: ok"];
      assert.deepEqual(told, [
        `4 commands for certificates, ${directory}/b.pem was ${added}`,
        `2 commands for certificates, ${directory}/b.pem was ${removed}`,
        `4 commands for certificates, ${directory}/b.pem was ${added}`,
        `4 commands for certificates, ${directory}/c.pem was ${added}`,
        `2 commands for certificates, ${directory}/b.pem was ${removed}`,
      ]);
      // The files are what HAProxy runs.
      assert.equal((await supervisor.reload()).ok, true);
      assert.equal(await served(bench, "b.test"), second.serial);
      assert.equal(await served(bench, "other.test"), first.serial);
    });
    const log = bench.logger.lines.filter((line) => /service, without a reload/.test(line));
    assert.match(log[0]!, /The new certificate of \S+b\.pem is in service, without a reload/);
    assert.match(log[1]!, /The certificate of \S+b\.pem is out of service, without a reload/);
  }));

Deno.test("a file that becomes the default of its directory, or was it, takes a reload", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    const directory = bench.path("certs");
    await mkdir(directory);
    await writeFile(`${directory}/b.pem`, text(second));
    await watching(bench, { crt: directory }, async (supervisor, told) => {
      assert.equal(await served(bench, "other.test"), second.serial);
      await replace(`${directory}/a.pem`, text(first));
      await bench.until(async () => await served(bench, "other.test") === first.serial && told.length === 1);
      await rm(`${directory}/a.pem`);
      await bench.until(async () => await served(bench, "other.test") === second.serial && told.length === 2);
      assert.equal(await reloads(supervisor), "2");
      assert.deepEqual(told, [
        `reload, certificates: ${directory}/a.pem was added and is the first of its directory, the default: ok`,
        `reload, certificates: ${directory}/a.pem was removed, the default of its directory: ok`,
      ]);
    });
  }));

Deno.test("a file that leaves its directory during a look is found removed by the next one", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    const directory = bench.path("certs");
    await mkdir(directory);
    await writeFile(`${directory}/a.pem`, text(first));
    await writeFile(`${directory}/b.pem`, text(second));
    await watching(bench, { crt: directory }, async (supervisor, told) => {
      const { socket } = supervisor;
      const command = socket.command.bind(socket);
      // Asked after the files were listed, and before the second one is read.
      socket.command = async (line, signal, timeout) => {
        if (/ show ssl cert \S+a\.pem/.test(line)) await rm(`${directory}/b.pem`, { force: true });
        return await command(line, signal, timeout);
      };
      assert.equal(await served(bench, "b.test"), second.serial);
      await replace(`${directory}/a.pem`, text(first));
      await bench.until(() => told.length > 0);
      assert.deepEqual(told, [`2 commands for certificates, ${directory}/b.pem was removed: ok`]);
      assert.equal(await served(bench, "b.test"), first.serial);
      assert.equal(await reloads(supervisor), "0");
    });
    assert.deepEqual(bench.logger.lines.filter((line) => /error/.test(line)), []);
  }));

Deno.test("what came into a directory before the watch began is added at the first look", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    const directory = bench.path("certs");
    await mkdir(directory);
    await writeFile(`${directory}/a.pem`, text(first));
    const before = () => writeFile(`${directory}/b.pem`, text(second));
    await watching(bench, { crt: directory, before }, async (supervisor, told) => {
      assert.equal(await served(bench, "b.test"), second.serial);
      assert.equal(await reloads(supervisor), "0");
      assert.deepEqual(told, [`4 commands for certificates, ${directory}/b.pem was added: ok`]);
    });
  }));

Deno.test("a new file that HAProxy refuses is undone, reported, and added by a reload", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    const directory = bench.path("certs");
    await mkdir(directory);
    await writeFile(`${directory}/a.pem`, text(first));
    await watching(bench, { crt: directory }, async (supervisor, told) => {
      const { socket } = supervisor;
      const command = socket.command.bind(socket);
      const undone: string[] = [];
      socket.command = async (line, signal, timeout) => {
        if (/ add ssl crt-list /.test(line)) return "Can't add";
        const answer = await command(line, signal, timeout);
        if (/ del ssl cert /.test(line)) undone.push(answer);
        return answer;
      };
      await replace(`${directory}/b.pem`, text(second));
      await bench.until(async () => await served(bench, "b.test") === second.serial && told.length === 2);
      const failure = `HAProxy did not add ${directory}/b.pem: Can't add`;
      assert.deepEqual(told, [
        `4 commands for certificates, ${directory}/b.pem was added: ${failure}`,
        `reload, certificates: ${failure}: ok`,
      ]);
      assert.deepEqual(undone, [`Certificate '${directory}/b.pem' deleted!`]);
      assert.equal(await reloads(supervisor), "1");
    });
  }));

Deno.test("a file too large for a runtime command takes a reload", () =>
  TestBench.use(async (bench) => {
    const first = await makeCertificate("a.test");
    const issuers = [await makeCertificate("issuer-0")];
    while (issuers.length < 30) {
      issuers.unshift(await makeCertificate(`issuer-${issuers.length}`, { issuer: issuers[0] }));
    }
    const second = await makeCertificate("a.test", { issuer: issuers[0] });
    const file = bench.path("a.pem");
    await writeFile(file, text(first));
    await watching(bench, { crt: file }, async (supervisor) => {
      await bench.until(async () => await served(bench) === first.serial);
      await replace(file, text(second) + issuers.map(({ certificate }) => certificate).join(""));
      await said(bench, /a\.pem is too large for HAProxy's runtime commands/);
      await bench.until(async () => await served(bench) === second.serial);
      await bench.until(async () => await reloads(supervisor) === "1");
    });
  }));

Deno.test("a file that no flag names, but HAProxy has loaded, is watched too", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("a.test")];
    const file = bench.path("label.pem");
    await writeFile(file, text(first));
    await watching(bench, { crt: file, paths: [] }, async (supervisor) => {
      assert.equal(await served(bench), first.serial);
      await replace(file, text(second));
      await bench.until(async () => await served(bench) === second.serial);
      assert.equal(await reloads(supervisor), "0");
    });
  }));

Deno.test("a change without an event is found by a periodic check", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("a.test")];
    for (const [name, made] of [["1", first], ["2", second]] as const) {
      await mkdir(bench.path(`volumes/${name}`), { recursive: true });
      await writeFile(bench.path(`volumes/${name}/a.pem`), text(made));
    }
    // The directory itself is exchanged, and not its content.
    await symlink("volumes/1", bench.path("certs"));
    await watching(bench, { crt: bench.path("certs/a.pem"), poll: 77 }, async (supervisor) => {
      assert.equal(await served(bench), first.serial);
      await symlink("volumes/2", bench.path("new"));
      await rename(bench.path("new"), bench.path("certs"));
      await bench.until(async () => await served(bench) === second.serial);
      assert.equal(await reloads(supervisor), "0");
    });
  }));

Deno.test("an update that HAProxy refuses is reported, and the reload after it", () =>
  TestBench.use(async (bench) => {
    const [first, second] = [await makeCertificate("a.test"), await makeCertificate("a.test")];
    const file = bench.path("a.pem");
    await writeFile(file, text(first));
    await watching(bench, { crt: file }, async (supervisor, told) => {
      const { socket } = supervisor;
      const command = socket.command.bind(socket);
      socket.command = (line, signal, timeout) =>
        / set ssl cert /.test(line) ? Promise.resolve("Can't load") : command(line, signal, timeout);
      await replace(file, text(second));
      await bench.until(async () => await served(bench) === second.serial && told.length === 2);
      const failure = `HAProxy refused ${file}: Can't load`;
      assert.deepEqual(told, [
        `2 commands for certificates, ${file} changed: ${failure}`,
        `reload, certificates: ${failure}: ok`,
      ]);
    });
  }));
