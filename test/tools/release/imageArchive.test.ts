import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { writeImageArchive } from "../../../tools/release/imageArchive.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

const settings = {
  Env: ["PATH=/usr/bin"],
  Entrypoint: ["/program"],
  Cmd: ["serve"],
  WorkingDir: "/work",
  StopSignal: "SIGTERM",
  ExposedPorts: { "80/tcp": {} },
  Healthcheck: { Test: ["CMD", "/program", "health"], Interval: 10_000_000_000 },
  // Of the machine that built it.
  Hostname: "builder",
};

async function archive(root: string, output: string): Promise<void> {
  const input = {
    image: { settings, root },
    name: "marathon-lb:1",
    architecture: "amd64" as const,
    time: 86_400,
  };
  await writeImageArchive({ ...input, output });
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("an image archive is the same for the same files, whatever their times, and names its blobs by content", () =>
  withDirectory(async (directory) => {
    const root = join(directory, "root");
    await mkdir(join(root, "work"), { recursive: true });
    await writeFile(join(root, "program"), "#!/bin/sh\n", { mode: 0o755 });
    await symlink("program", join(root, "link"));
    await chmod(join(root, "work"), 0o1777);
    await archive(root, join(directory, "one.tar"));
    await utimes(join(root, "program"), 5, 5);
    await archive(root, join(directory, "two.tar"));
    const [one, two] = await Promise.all(
      ["one.tar", "two.tar"].map((name) => readFile(join(directory, name))),
    );
    assert.ok(one!.equals(two!), "both runs make the same bytes");
    assert.deepEqual(
      (await readdir(directory)).sort(),
      ["one.tar", "root", "two.tar"],
      "nothing else is left",
    );

    const layout = join(directory, "layout");
    await mkdir(layout);
    execFileSync("tar", ["--extract", "--file", join(directory, "one.tar"), "--directory", layout]);
    const json = async (path: string) => JSON.parse(await readFile(join(layout, path), "utf8"));
    assert.deepEqual(await json("oci-layout"), { imageLayoutVersion: "1.0.0" });
    const blobs = join(layout, "blobs/sha256");
    for (const name of await readdir(blobs)) assert.equal(sha256(await readFile(join(blobs, name))), name);

    const { manifests: [found] } = await json("index.json");
    assert.equal(found.annotations["org.opencontainers.image.ref.name"], "marathon-lb:1");
    const pathOf = ({ digest }: { digest: string }) => `blobs/${digest.replace(":", "/")}`;
    const { config, layers } = await json(pathOf(found));
    const { Hostname: _, ...kept } = settings;
    const image = await json(pathOf(config));
    assert.deepEqual(image.config, kept);
    assert.deepEqual([image.architecture, image.os, image.created], [
      "amd64",
      "linux",
      "1970-01-02T00:00:00.000Z",
    ]);
    assert.deepEqual(await json("manifest.json"), [
      { Config: pathOf(config), RepoTags: ["marathon-lb:1"], Layers: layers.map(pathOf) },
    ]);
    const layer = gunzipSync(await readFile(join(layout, pathOf(layers[0]))));
    assert.deepEqual(image.rootfs.diff_ids, [`sha256:${sha256(layer)}`]);
    await writeFile(join(directory, "layer.tar"), layer);
    const listing = execFileSync("tar", [
      "--list",
      "--verbose",
      "--numeric-owner",
      "--utc",
      "--file",
      join(directory, "layer.tar"),
    ], {
      encoding: "utf8",
    }).trimEnd().split("\n").map((line) => line.replaceAll(/ +/g, " "));
    assert.deepEqual(listing, [
      "drwxr-xr-x 0/0 0 1970-01-02 00:00 ./",
      "lrwxrwxrwx 0/0 0 1970-01-02 00:00 ./link -> program",
      "-rwxr-xr-x 0/0 10 1970-01-02 00:00 ./program",
      "drwxrwxrwt 0/0 0 1970-01-02 00:00 ./work/",
    ]);
  }));
