/** Builds the project's Dockerfile as it is, without a Docker engine and without a registry of images. */
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { makeDebian } from "../bare-machine/debian.ts";

const run = promisify(execFile);

/** Bytes of output that a build may write. */
const maxBuffer = 256 * 1024 * 1024;

/** What an engine reads besides the files, in Docker's own spelling. */
export interface ImageSettings {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly StopSignal?: string;
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  readonly Labels?: Readonly<Record<string, string>>;
  /** Durations are in nanoseconds. */
  readonly Healthcheck?: {
    readonly Test: readonly string[];
    readonly Interval?: number;
    readonly Timeout?: number;
  };
}

export interface BuiltImage {
  readonly settings: ImageSettings;
  /** The directory with its root file system. */
  readonly root: string;
}

/**
 * Builds it with Debian's `buildah`: chroot isolation and plain directories, which need neither an engine nor an overlay. The base
 * image that the Dockerfile names is made here, from Debian's packages and this machine's Node.js. Needs root.
 *
 * @param repository the directory with the Dockerfile
 * @param directory an empty one, for everything that the build writes
 * @param say gets a line for what is about to be done
 * @throws {Error} with the end of what `buildah` wrote, where the build fails; the reason of `signal` when it is aborted
 */
export async function buildImage(
  repository: string,
  directory: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<BuiltImage> {
  const base = baseOf(await readFile(join(repository, "Dockerfile"), "utf8"));
  const buildah = await Buildah.prepare(join(directory, "buildah"), signal);
  const tree = join(directory, "base");
  await mkdir(tree);
  const environment = await makeDebian(base.release, tree, say, signal);
  say(`Making the base image ${base.name}`);
  const file = join(directory, "base.Dockerfile");
  const variables = Object.entries(environment).map(([name, value]) =>
    `ENV ${name}=${JSON.stringify(value)}\n`
  );
  await writeFile(file, `FROM scratch\nCOPY . /\n${variables.join("")}`);
  await buildah.build(`docker.io/library/${base.name}`, file, tree);
  await rm(tree, { recursive: true });
  say("Building the Dockerfile");
  const name = "localhost/marathon-lb:built";
  await buildah.build(name, join(repository, "Dockerfile"), repository);
  return await buildah.open(name);
}

/** The image that the first stage begins with, and the release of Debian in it. */
export function baseOf(dockerfile: string): { name: string; release: string } {
  const [, name, release] = /^FROM (node:\d+-([a-z]+)-slim) AS /m.exec(dockerfile) ?? [];
  if (name === undefined || release === undefined) {
    throw new Error(
      "The Dockerfile does not begin FROM node:VERSION-RELEASE-slim: teach tools/image its base image",
    );
  }
  return { name, release };
}

/** buildah with a store and settings of its own: it reads and writes nothing of this machine's images. */
class Buildah {
  private constructor(private readonly directory: string, private readonly signal: AbortSignal) {}

  static async prepare(directory: string, signal: AbortSignal): Promise<Buildah> {
    await mkdir(directory);
    // No image is pulled, so that there is no signature to check and no registry to ask.
    await writeFile(
      join(directory, "policy.json"),
      '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
    );
    await writeFile(join(directory, "registries.conf"), 'unqualified-search-registries = ["docker.io"]\n');
    return new Buildah(directory, signal);
  }

  /** Builds an image in Docker's format: that of OCI has no place for a HEALTHCHECK. */
  async build(name: string, file: string, context: string): Promise<void> {
    const options = ["--isolation", "chroot", "--format", "docker", "--pull-never", ...this.#policy];
    await this.#run("build", ...options, "--tag", name, "--file", file, context);
  }

  /** Lays out the files of an image. */
  async open(name: string): Promise<BuiltImage> {
    const { Docker: { config } } = JSON.parse(await this.#run("inspect", "--type", "image", name));
    const container = (await this.#run("from", "--pull-never", ...this.#policy, name)).trim();
    return { settings: config, root: (await this.#run("mount", container)).trim() };
  }

  get #policy(): string[] {
    return ["--signature-policy", join(this.directory, "policy.json")];
  }

  /** Runs it in a mount namespace of its own: nothing that it mounts is left when it ends. */
  async #run(...words: readonly string[]): Promise<string> {
    const store = ["--root", join(this.directory, "store"), "--runroot", join(this.directory, "run")];
    try {
      const { stdout } = await run("unshare", [
        "--mount",
        "buildah",
        ...store,
        "--storage-driver",
        "vfs",
        ...words,
      ], {
        env: { ...process.env, CONTAINERS_REGISTRIES_CONF: join(this.directory, "registries.conf") },
        maxBuffer,
        signal: this.signal,
      });
      return stdout;
    } catch (error) {
      this.signal.throwIfAborted();
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      const end = `${stdout}\n${stderr}`.trimEnd().split("\n").slice(-20).join("\n");
      throw new Error(`buildah ${words[0]} failed: ${end || message}`);
    }
  }
}
