import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, lutimes, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { packagesFor, readElf } from "../build/elf.ts";
import type { Target } from "../build/targets.ts";
import { controlFile, debianChangelog } from "./debianTexts.ts";

const run = promisify(execFile);

export interface PackageInput {
  /** The repository's directory. */
  readonly root: string;
  /** The executable to put in. */
  readonly executable: string;
  readonly target: Target;
  readonly version: string;
  /** Of all files in it, in seconds since 1970. */
  readonly time: number;
  /** The licenses of what the executable contains, as a text. */
  readonly licenses: string;
  /** How dpkg-deb compresses: a test needs no small package. */
  readonly compression: "xz" | "none";
  /** The file to write. */
  readonly output: string;
}

/** A file of the package: where it is installed, and what it holds. */
interface PackagedFile {
  readonly path: string;
  readonly mode?: number;
  /** The file in the repository, or what to write. */
  readonly content: string | Uint8Array;
  /** What an administrator has changed stays at an upgrade. */
  readonly isConfiguration?: boolean;
}

/** What Debian calls the machines. */
export const debianArchitectures = { x86_64: "amd64", aarch64: "arm64" } as const;

const documentation = "/usr/share/doc/marathon-lb";
const scripts = ["postinst", "prerm", "postrm"] as const;

/** Files of the repository, by where they are installed. */
const installed: readonly (Omit<PackagedFile, "content"> & { readonly from: string })[] = [
  {
    path: "/etc/default/marathon-lb",
    from: "packaging/systemd/marathon-lb.default",
    mode: 0o600,
    isConfiguration: true,
  },
  { path: "/usr/lib/systemd/system/marathon-lb.service", from: "packaging/systemd/marathon-lb.service" },
  { path: "/usr/lib/sysusers.d/marathon-lb.conf", from: "packaging/systemd/marathon-lb.sysusers" },
  {
    path: "/usr/share/bash-completion/completions/marathon-lb",
    from: "packaging/completions/marathon-lb.bash",
  },
  { path: "/usr/share/zsh/vendor-completions/_marathon-lb", from: "packaging/completions/_marathon-lb" },
  {
    path: "/usr/share/fish/vendor_completions.d/marathon-lb.fish",
    from: "packaging/completions/marathon-lb.fish",
  },
  { path: `${documentation}/copyright`, from: "packaging/debian/copyright" },
];

/**
 * Makes the Debian package with `dpkg-deb`. The same input makes the same bytes with the same dpkg: names, owners, modes and
 * times depend on nothing else. `DEBFULLNAME` and `DEBEMAIL` name the maintainer, as they do for Debian's own tools.
 *
 * @throws {Error} with what dpkg-deb wrote, where it fails
 */
export async function makeDebianPackage(input: PackageInput): Promise<void> {
  const { target, version, time, compression, output } = input;
  const needs = readElf(input.executable);
  const tree = await mkdtemp(`${output}.`);
  try {
    const maintainer = maintainerOf(process.env);
    const files = await filesOf(input, maintainer);
    for (const { path, mode = 0o644, content } of files) await write(join(tree, path), content, mode);
    const control: Readonly<Record<string, string>> = {
      control: controlFile({
        version,
        architecture: debianArchitectures[target.name],
        maintainer,
        libraries: packagesFor(needs),
        glibc: needs.glibc,
        kibibytes: files.reduce((sum, { content }) => sum + Math.ceil(content.length / 1024), 0),
      }),
      conffiles: files.filter(({ isConfiguration }) => isConfiguration).map(({ path }) => `${path}\n`).join(
        "",
      ),
      md5sums: files.filter(({ isConfiguration }) => !isConfiguration)
        .map(({ path, content }) => `${createHash("md5").update(content).digest("hex")}  ${path.slice(1)}\n`)
        .join(""),
    };
    for (const [name, text] of Object.entries(control)) await write(join(tree, "DEBIAN", name), text, 0o644);
    for (const name of scripts) {
      const text = await readFile(join(input.root, "packaging/debian", name));
      await write(join(tree, "DEBIAN", name), text, 0o755);
    }
    await setTimes(tree, time);
    const words = ["--root-owner-group", `-Z${compression}`, "--build", tree, output];
    await run("dpkg-deb", words, { env: { ...process.env, SOURCE_DATE_EPOCH: String(time) } });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(stderr.trim() || message);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** Such as `Ada <ada@example.com>`. Without a name in the environment it is one that receives no mail. */
function maintainerOf({ DEBFULLNAME, DEBEMAIL }: Readonly<Record<string, string | undefined>>): string {
  return `${DEBFULLNAME || "marathon-lb's maintainers"} <${DEBEMAIL || "maintainers@marathon-lb.invalid"}>`;
}

/** Sorted by path. */
async function filesOf(
  { root, executable, version, time, licenses }: PackageInput,
  maintainer: string,
): Promise<PackagedFile[]> {
  const text = (path: string) => readFile(join(root, path), "utf8");
  const files: PackagedFile[] = [
    { path: "/usr/bin/marathon-lb", mode: 0o755, content: await readFile(executable) },
    { path: "/usr/share/man/man8/marathon-lb.8.gz", content: gzip(await text("docs/marathon-lb.8")) },
    {
      path: `${documentation}/changelog.gz`,
      content: gzip(debianChangelog(await text("CHANGELOG.md"), { version, time, maintainer })),
    },
    { path: `${documentation}/third-party-licenses.gz`, content: gzip(licenses) },
    ...await Promise.all(
      installed.map(async ({ from, ...rest }) => ({ ...rest, content: await readFile(join(root, from)) })),
    ),
  ];
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Has no name and no time in it. */
function gzip(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** Directories are as everyone may enter them, whatever the umask. */
async function write(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode);
}

async function setTimes(tree: string, time: number): Promise<void> {
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    await lutimes(path, time, time);
  }
  await chmod(tree, 0o755);
  await lutimes(tree, time, time);
}
