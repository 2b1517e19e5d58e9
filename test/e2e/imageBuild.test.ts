import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildImage } from "../../tools/image/buildImage.ts";
import { findProgram } from "../../tools/install/installMissing.ts";
import { readDockerfile, words } from "../support/readDockerfile.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { Bench } from "./support/Bench.ts";
import { ImageContainer } from "./support/image/ImageContainer.ts";
import { whyNoContainer } from "./support/image/inImage.ts";
import { statusOf } from "./support/unprivileged.ts";
import { webApp } from "./support/webApp.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const megabyte = 1e6;

const whyNot = await whyNoContainer() ??
  (await findProgram("buildah", process.env.PATH) ? undefined : "there is no buildah: install it");

/** The build fetches Debian's packages and npm's. Where they cannot be reached, it fails: it is not passed over. */
const name =
  "image: the Dockerfile builds as it is, and what it makes runs as PID 1, without rights, on a read-only root";

/** The bytes of all files of a directory, each counted once. */
async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for await (const entry of Deno.readDir(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory) bytes += await sizeOf(path);
    else if (entry.isFile) bytes += (await Deno.stat(path)).size;
  }
  return bytes;
}

/** What the Dockerfile says of the last stage, in the spelling of an image. */
function declared() {
  const last = readDockerfile().slice(readDockerfile().findLastIndex(({ name }) => name === "FROM") + 1);
  const text = (name: string) => last.find((one) => one.name === name)!.text;
  return {
    Entrypoint: words("ENTRYPOINT"),
    Cmd: words("CMD"),
    Env: text("ENV").split(" "),
    WorkingDir: text("WORKDIR"),
    StopSignal: text("STOPSIGNAL"),
    ports: text("EXPOSE").split(" ").map((port) => `${port}/tcp`),
    health: ["CMD", ...words("HEALTHCHECK")],
  };
}

if (whyNot !== undefined) {
  Deno.test.ignore(`${name} (not run: ${whyNot})`, () => {});
} else {
  Deno.test(name, async () => {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-image-"));
    try {
      const { settings, root } = await buildImage(
        repository,
        directory,
        console.log,
        new AbortController().signal,
      );

      const { Entrypoint, Cmd, Env, WorkingDir, StopSignal } = settings;
      const { ports, health, ...rest } = declared();
      assert.deepEqual({ Entrypoint, Cmd, Env, WorkingDir, StopSignal }, rest);
      assert.deepEqual(Object.keys(settings.ExposedPorts ?? {}).sort(), ports.sort());
      assert.deepEqual(settings.Healthcheck?.Test, health);
      assert.ok(await sizeOf(root) < 150 * megabyte);

      const [program, ...words] = rest.Entrypoint;
      await Bench.use({ name: "built-image", command: [program!, ...words] }, async (bench) => {
        const marathon = await bench.startMarathon();
        await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
        await marathon.settled();
        await using container = await ImageContainer.prepare(bench, { built: root });
        // The directories are those of the image, and so writable in it.
        const { http, https, admin, appid } = bench.ports;
        const binds = { "http-bind": http, "https-bind": https, "admin-bind": admin, "appid-bind": appid };
        const lb = container.start([
          ...Object.entries(binds).flatMap(([flag, port]) => [`--${flag}`, `127.0.0.1:${port}`]),
          ...["--marathon", bench.marathonUrl],
        ]);
        await lb.until(/HAProxy serves/);
        await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));
        assert.match(await statusOf(await container.pid(), "NSpid"), /\t1$/, "it is PID 1");
        const [, ...command] = health;
        const { code, output } = await container.exec(...command);
        assert.deepEqual({ code, output }, { code: 0, output: "healthy\n" });
        await container.stop();
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}
