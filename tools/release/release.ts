import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { version } from "../../lib/core/version.ts";
import { build, executableName, sha256Of, writeChecksums } from "../build/build.ts";
import { nodeFor } from "../build/nodeExecutable.ts";
import { hostTarget, type Target, targets } from "../build/targets.ts";
import { buildImage } from "../image/buildImage.ts";
import { installMissing } from "../install/installMissing.ts";
import { debianArchitectures, makeDebianPackage } from "./debianPackage.ts";
import { writeImageArchive } from "./imageArchive.ts";
import { type Component, licenseTexts } from "./licenses.ts";
import { makeProvenance } from "./provenance.ts";

export interface ReleaseOptions {
  /** The repository's directory. */
  readonly root: string;
  /** The directory to fill; what is there is removed. */
  readonly output: string;
  /** Of git, in full. Undefined where there is none, or files differ from it. */
  readonly commit: string | undefined;
  /** Of everything in the release, in seconds since 1970. */
  readonly time: number;
  /** Gets a line for what is about to be done. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What the parts are made from. */
interface Ingredients extends ReleaseOptions {
  /** The path of an executable. @throws {Error} where there is none, with the reason */
  executable(target: Target): string;
  readonly components: readonly Component[];
  /** Of what is inside the executables. */
  readonly licenses: string;
}

/** One file of a release. */
export interface Part<From = Ingredients> {
  readonly file: string;
  readonly title: string;
  /** The kind of machine that it can be made on, where that is one only: `process.arch`. */
  readonly madeOn?: string;
  /** Writes it. @throws {Error} where it cannot be made here */
  make(from: From, path: string): Promise<void>;
}

/** A file of a release that was made, or why it is missing. */
export type Made =
  & Pick<Part, "file" | "title">
  & ({ readonly bytes: number } | {
    readonly missing: string;
    /** No machine of this kind can make it. */
    readonly isForOthers: boolean;
  });

/** Every file of a release, in the order in which they are made: the last ones describe those before them. */
export const parts: readonly Part[] = [
  ...targets.map((target): Part => ({
    file: `marathon-lb-${target.name}`,
    title: `the executable for ${target.name}`,
    make: ({ executable }, path) => copyFile(executable(target), path),
  })),
  ...targets.map((target): Part => ({
    file: `marathon-lb_${version}_${debianArchitectures[target.name]}.deb`,
    title: `the Debian package for ${target.name}`,
    async make({ root, executable, time, licenses, say }, output) {
      await installMissing([{ package: "dpkg", program: "dpkg-deb" }], say);
      say(`Packing ${output}`);
      const input = { root, executable: executable(target), target, version, time, licenses, output };
      await makeDebianPackage({ ...input, compression: "xz" });
    },
  })),
  ...targets.map((target): Part => ({
    file: `marathon-lb-image-${target.name}.tar`,
    title: `the image for ${target.name}`,
    madeOn: target.arch,
    async make({ root, time, say, signal }, output) {
      await installMissing(["buildah"], say);
      const directory = await mkdtemp(join(tmpdir(), "marathon-lb-image-"));
      try {
        const image = await buildImage(root, directory, say, signal);
        const architecture = debianArchitectures[target.name];
        await writeImageArchive({ image, name: `marathon-lb:${version}`, architecture, time, output });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  })),
  {
    file: "marathon-lb.js",
    title: "the bundle",
    make: ({ root }, path) => copyFile(join(root, "dist/marathon-lb.js"), path),
  },
  {
    file: "marathon-lb.cdx.json",
    title: "the bill of materials",
    make: ({ root }, path) => copyFile(billOfMaterials(root), path),
  },
  {
    file: "marathon-lb.licenses.txt",
    title: "the licenses of what the executables contain",
    make: ({ licenses }, path) => writeFile(path, licenses),
  },
  {
    file: "marathon-lb.provenance.json",
    title: "the provenance",
    async make({ output, commit, time, components }, path) {
      if (commit === undefined) throw new Error("the files are not those of a commit: commit them first");
      const subjects = await Promise.all(
        (await readdir(output)).sort().map(async (name) => ({
          name,
          sha256: await sha256Of(join(output, name)),
        })),
      );
      const tools = { deno: Deno.version.deno, node: hostTarget(process.arch).node.version };
      const statement = makeProvenance({ version, commit, time, subjects, materials: components, tools });
      await writeFile(path, JSON.stringify(statement, undefined, 2) + "\n");
    },
  },
  {
    file: "SHA256SUMS",
    title: "the checksums",
    make: async ({ output }) => writeChecksums(output, await readdir(output)),
  },
];

/**
 * Builds the executables and makes each file of a release from them. A file that cannot be made here does not stop the
 * others.
 *
 * @throws {Error} where nothing can be built; the reason of `signal` when it is aborted
 */
export async function makeRelease(options: ReleaseOptions): Promise<Made[]> {
  const { output } = options;
  const from = await prepare(options);
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  return await makeParts(parts, from);
}

/** Makes one file after the other; resolves to all of them, in the order of their names. */
export async function makeParts<From extends Pick<Ingredients, "output" | "signal">>(
  parts: readonly Part<From>[],
  from: From,
): Promise<Made[]> {
  const made: Made[] = [];
  for (const part of parts) {
    from.signal.throwIfAborted();
    made.push(await makePart(part, from));
  }
  return made.sort((a, b) => a.file < b.file ? -1 : 1);
}

async function makePart<From extends Pick<Ingredients, "output" | "signal">>(
  { file, title, madeOn = process.arch, make }: Part<From>,
  from: From,
): Promise<Made> {
  const path = join(from.output, file);
  if (madeOn !== process.arch) {
    return { file, title, missing: `only a machine of kind ${madeOn} makes it`, isForOthers: true };
  }
  try {
    await make(from, path);
    return { file, title, bytes: (await stat(path)).size };
  } catch (error) {
    from.signal.throwIfAborted();
    await rm(path, { force: true });
    const [missing = ""] = (error as Error).message.split("\n");
    return { file, title, missing, isForOthers: false };
  }
}

/** Builds with Node.js inside, which the npm registry has for each target: the same sources make the same executables. */
async function prepare(options: ReleaseOptions): Promise<Ingredients> {
  const { root, say } = options;
  const withoutRuntime = new Map<Target, string>();
  for (const target of targets) {
    // The one for this machine is there: it is a dependency.
    await nodeFor(target, root).catch((error: Error) => withoutRuntime.set(target, error.message));
  }
  const built = targets.filter((target) => !withoutRuntime.has(target));
  for (const line of await build({ runtime: "node", targets: built }, root)) say(line);
  const { components } = JSON.parse(await readFile(billOfMaterials(root), "utf8"));
  return {
    ...options,
    components,
    licenses: await licenseTexts(components, root, process.arch),
    executable(target) {
      const reason = withoutRuntime.get(target);
      if (reason !== undefined) throw new Error(reason);
      return join(root, "dist", executableName(target));
    },
  };
}

function billOfMaterials(root: string): string {
  return join(root, "dist/marathon-lb.cdx.json");
}

/** Lines for a terminal: each file with its size, or why it is missing. A kB has a thousand bytes. */
export function describeRelease(made: readonly Made[]): string[] {
  const width = Math.max(...made.map(({ file }) => file.length));
  return made.map((one) => {
    const name = `  ${one.file.padEnd(width)}`;
    if ("missing" in one) return `${name}  missing: ${one.title}: ${one.missing}`;
    return `${name}  ${Math.ceil(one.bytes / 1000).toLocaleString("en").padStart(7)} kB`;
  });
}
