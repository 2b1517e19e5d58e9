import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { BuiltImage } from "../image/buildImage.ts";

const run = promisify(execFile);

export interface ArchiveInput {
  readonly image: BuiltImage;
  /** With a tag, such as `marathon-lb:1.0.0`. */
  readonly name: string;
  /** As Go names it. */
  readonly architecture: "amd64" | "arm64";
  /** Of the image and all files in it, in seconds since 1970. */
  readonly time: number;
  /** The file to write. */
  readonly output: string;
}

/** A blob of the archive: https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes an image as an archive of OCI's image layout. A `manifest.json` beside it lets `docker load` read it, too.
 *
 * `buildah push` would drop the HEALTHCHECK, for which OCI's format has no place. Docker's engine and buildah read it from the
 * config all the same, where this writes it. The same files and settings make the same bytes.
 */
export async function writeImageArchive(
  { image, name, architecture, time, output }: ArchiveInput,
): Promise<void> {
  const directory = await mkdtemp(`${output}.`);
  try {
    const layout = join(directory, "layout");
    const blobs = join(layout, "blobs/sha256");
    await mkdir(blobs, { recursive: true });
    const json = async (mediaType: string, value: unknown): Promise<Descriptor> => {
      const file = join(directory, "json");
      await writeFile(file, JSON.stringify(value));
      return await addBlob(blobs, file, mediaType);
    };

    const layer = join(directory, "layer");
    // buildah's own directory is one that its owner cannot write to.
    await chmod(image.root, 0o755);
    await tar(image.root, layer, time);
    const unpacked = await digestOf(layer);
    await run("gzip", ["--no-name", layer]);
    const packed = await addBlob(blobs, `${layer}.gz`, "application/vnd.oci.image.layer.v1.tar+gzip");
    const created = new Date(time * 1000).toISOString();
    const config = await json("application/vnd.oci.image.config.v1+json", {
      architecture,
      os: "linux",
      created,
      config: settingsOf(image),
      rootfs: { type: "layers", diff_ids: [unpacked] },
      history: [{ created, created_by: "deno task release" }],
    });
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = await json(mediaType, { schemaVersion: 2, mediaType, config, layers: [packed] });
    const annotations = { "org.opencontainers.image.ref.name": name };
    const files: Readonly<Record<string, unknown>> = {
      "oci-layout": { imageLayoutVersion: "1.0.0" },
      "index.json": { schemaVersion: 2, manifests: [{ ...manifest, annotations }] },
      "manifest.json": [{ Config: pathOf(config), RepoTags: [name], Layers: [pathOf(packed)] }],
    };
    for (const [file, value] of Object.entries(files)) {
      await writeFile(join(layout, file), JSON.stringify(value));
    }
    await tar(layout, output, time);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Those that the Dockerfile may set; buildah adds others of the machine that it runs on. */
function settingsOf({ settings }: BuiltImage) {
  const { Env, Entrypoint, Cmd, WorkingDir, User, StopSignal, ExposedPorts, Labels, Healthcheck } = settings;
  return { User, ExposedPorts, Env, Entrypoint, Cmd, WorkingDir, Labels, StopSignal, Healthcheck };
}

/** Moves a file to where its digest says. */
async function addBlob(blobs: string, file: string, mediaType: string): Promise<Descriptor> {
  const digest = await digestOf(file);
  const { size } = await stat(file);
  await rename(file, join(blobs, digest.slice("sha256:".length)));
  return { mediaType, digest, size };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}

function pathOf({ digest }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** Nothing of the machine is in it: no order of a directory, no owner, no time. */
async function tar(directory: string, output: string, time: number): Promise<void> {
  const fixed = [
    "--format=ustar",
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    `--mtime=@${time}`,
  ];
  await run("tar", [...fixed, "--file", output, "--create", "--directory", directory, "."]);
}
