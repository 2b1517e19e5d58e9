/** HAProxies of other Debian releases, made to run beside the machine's own from packages in a cache folder. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { parseHaproxyVersion } from "../../lib/core/haproxy/versions.ts";
import { describeAptFailure, findProgram, installMissing } from "../install/installMissing.ts";
import { archiveOf, type MatrixVersion, minorOf, newestPackage } from "./matrix.ts";

const run = promisify(execFile);

/** A HAProxy that can be run. */
export interface ProvidedHaproxy {
  /** All of its version, such as `3.0.11-1+deb13u4`. */
  readonly version: string;
  /** A directory with `haproxy` and nothing else: put before the others on `PATH`, it is the one that is found. */
  readonly directory: string;
  /**
   * The root of its release, with the unchanged package and the libraries. Absent for one that is not from a package here.
   */
  readonly tree?: string;
}

/** Milliseconds for one command of apt. */
const patience = 300_000;

const keyrings = ["gpg", "pgp"].map((kind) => `/usr/share/keyrings/debian-archive-keyring.${kind}`);

/**
 * Where what was downloaded is kept from run to run. Root's is open to the users that some tests run HAProxy as, which root's
 * home directory is not.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  isRoot: boolean,
): string {
  const cache = environment.XDG_CACHE_HOME || (isRoot ? "/var/cache" : join(homedir(), ".cache"));
  return join(cache, "marathon-lb/haproxies");
}

/**
 * The machine's own HAProxy, on `PATH`.
 *
 * @throws {Error} where there is none, or it does not run
 */
export async function machineHaproxy(path = process.env.PATH): Promise<ProvidedHaproxy> {
  const found = await findProgram("haproxy", path);
  if (found === undefined) throw new Error("haproxy is not on the PATH: install it");
  return { version: await versionOf(found), directory: join(found, "..") };
}

/** All of the version that a HAProxy says it has. */
export async function versionOf(haproxy: string): Promise<string> {
  const { stdout } = await run(haproxy, ["-v"], { timeout: 10_000 });
  const version = parseHaproxyVersion(stdout);
  if (version === undefined) throw new Error(`${haproxy} -v prints no version: it is not HAProxy`);
  return version.text;
}

/**
 * Makes the newest package of a version ready to run, from the archive of this machine's apt. Where the archive cannot be
 * reached, one that an earlier run has kept does.
 *
 * @param folder the cache folder
 * @param say gets a line for what is about to be done
 * @throws {Error} of one line that says why it cannot be had
 */
export async function provideHaproxy(
  { version, suites }: MatrixVersion,
  folder: string,
  say: (line: string) => void,
): Promise<ProvidedHaproxy> {
  await mkdir(folder, { recursive: true });
  const why: string[] = [];
  for (const suite of suites) {
    try {
      const apt = await OwnApt.open(join(folder, "apt", suite), suite);
      const wanted = newestPackage(await apt.ask("madison", "haproxy"), version);
      if (wanted === undefined) {
        why.push(`the archive has no HAProxy ${version} in ${suite}`);
        continue;
      }
      const target = join(folder, wanted);
      if (!existsSync(target)) {
        await installMissing(["patchelf", { package: "dpkg", program: "dpkg-deb" }], say);
        say(`Downloading HAProxy ${wanted} and its libraries from Debian ${suite}`);
        await assemble(apt, wanted, target);
      }
      return await provided(target);
    } catch (error) {
      why.push((error as Error).message);
    }
  }
  const kept = await newestKept(folder, version);
  if (kept === undefined) throw new Error([...new Set(why)].join("; "));
  say(`HAProxy ${version} is the one of an earlier run: ${why.join("; ")}`);
  return await provided(kept);
}

async function provided(target: string): Promise<ProvidedHaproxy> {
  const directory = join(target, "bin");
  return { version: await versionOf(join(directory, "haproxy")), directory, tree: join(target, "tree") };
}

/** The directory of the package of a version that was kept last. */
async function newestKept(folder: string, version: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => minorOf(name) === version);
  const kept = await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    return { path, time: (await stat(path)).mtimeMs };
  }));
  return kept.sort((a, b) => b.time - a.time)[0]?.path;
}

/** Downloads the package and all its dependencies, and makes one tree of them that needs nothing of this machine. */
async function assemble(apt: OwnApt, version: string, target: string): Promise<void> {
  const temporary = await mkdtemp(`${target}-`);
  try {
    const packages = await apt.download(`haproxy=${version}`, join(temporary, "packages"));
    const tree = join(temporary, "tree");
    for (const file of packages) await run("dpkg-deb", ["--extract", file, tree]);
    await rm(join(temporary, "packages"), { recursive: true });
    for (const name of ["etc", "var", "usr/share"]) {
      await rm(join(tree, name), { recursive: true, force: true });
    }
    await mkdir(join(temporary, "bin"));
    const haproxy = join(temporary, "bin/haproxy");
    await copyFile(join(tree, "usr/sbin/haproxy"), haproxy);
    await rebase(haproxy, { from: tree, to: join(target, "tree") });
    // Users other than the one who made it run it.
    await run("chmod", ["-R", "a+rX", temporary]);
    await rename(temporary, target).catch((error) => {
      // Another run was faster.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Makes a program use the interpreter and the libraries of a tree. Their paths are written into the program. A script
 * around it would not suffice, as the master starts itself again by its own name.
 *
 * @param from where the tree is now
 * @param to where it is when the program runs
 */
async function rebase(program: string, { from, to }: { from: string; to: string }): Promise<void> {
  const { stdout } = await run("patchelf", ["--print-interpreter", program]);
  // Before Debian 13, packages had files in /lib and /lib64, which are links to those in /usr since.
  const interpreter = ["", "/usr"].map((prefix) => prefix + stdout.trim()).find((path) =>
    existsSync(from + path)
  );
  if (interpreter === undefined) throw new Error(`the packages have no ${stdout.trim()}`);
  const libraries: string[] = [];
  for (const parent of ["/lib", "/usr/lib"]) {
    const names = existsSync(from + parent) ? await readdir(from + parent) : [];
    libraries.push(
      ...names.filter((name) => /-linux-gnu/.test(name)).map((name) => `${to}${parent}/${name}`),
    );
  }
  // The older kind of path counts for the libraries of libraries, too.
  const path = ["--force-rpath", "--set-rpath", libraries.join(":")];
  await run("patchelf", ["--set-interpreter", to + interpreter, ...path, program]);
}

/** The address of Debian's archive, as apt on this machine has it; undefined where it has none, or no lists yet. */
export async function debianArchive(): Promise<string | undefined> {
  const format = ["--format", "$(LABEL)|$(COMPONENT)|$(REPO_URI)", "Identifier: Packages"];
  return archiveOf(await ask("apt-get", ["indextargets", ...format], "indextargets"));
}

/** apt with lists and a state of its own: it knows one release, and nothing of what is installed. */
class OwnApt {
  private constructor(private readonly options: readonly string[], private readonly cache: string) {}

  /**
   * Makes one, and has it read what the release has.
   *
   * @throws {Error} of one line where apt has no archive of Debian, or that cannot be reached
   */
  static async open(directory: string, suite: string): Promise<OwnApt> {
    if (!await findProgram("apt-get", process.env.PATH)) throw new Error("there is no apt-get here");
    const archive = await debianArchive();
    if (archive === undefined) {
      throw new Error("apt has no archive of Debian, or apt-get update has not been run");
    }
    const [state, cache, list] = ["state", "cache", "sources.list"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(join(state, "lists/partial"), { recursive: true });
    await mkdir(join(cache, "archives/partial"), { recursive: true });
    const keyring = keyrings.find((path) => existsSync(path));
    await writeFile(list, `deb ${keyring ? `[signed-by=${keyring}] ` : ""}${archive} ${suite} main\n`);
    // No package is installed here, so that everything is downloaded that the package depends on.
    await writeFile(join(state, "status"), "");
    const settings = {
      "Dir::Etc::sourcelist": list,
      "Dir::Etc::sourceparts": "-",
      "Dir::Etc::preferences": "-",
      "Dir::Etc::preferencesparts": "-",
      "Dir::State": state,
      "Dir::State::status": join(state, "status"),
      "Dir::Cache": cache,
      // Its own user could not write here.
      "APT::Sandbox::User": "root",
      // A mirror or a snapshot may lag behind: for a test the newest that it has will do.
      "Acquire::Check-Valid-Until": "false",
      "Acquire::Retries": "1",
      "Acquire::http::Timeout": "20",
      "Acquire::https::Timeout": "20",
    };
    const apt = new OwnApt(
      Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
      cache,
    );
    await apt.#run("apt-get", ["-qq", "--error-on=any", "update"], `update for ${suite}`);
    return apt;
  }

  /** What apt-cache prints. */
  ask(...words: string[]): Promise<string> {
    return this.#run("apt-cache", words, words.join(" "));
  }

  /** Downloads a package and all that it depends on; resolves to their files, moved into `directory`. */
  async download(name: string, directory: string): Promise<string[]> {
    const words = ["-qq", "-y", "--no-install-recommends", "--download-only", "install", name];
    await this.#run("apt-get", words, `install ${name}`);
    await mkdir(directory);
    const archives = join(this.cache, "archives");
    const names = (await readdir(archives)).filter((file) => file.endsWith(".deb"));
    for (const file of names) await rename(join(archives, file), join(directory, file));
    return names.map((file) => join(directory, file));
  }

  #run(program: string, words: readonly string[], what: string): Promise<string> {
    return ask(program, [...this.options, ...words], what);
  }
}

/** What a command of apt prints; rejects with one line that says why it failed. */
async function ask(program: string, words: readonly string[], what: string): Promise<string> {
  try {
    const { stdout } = await run(program, words, {
      timeout: patience,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    });
    return stdout;
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`${program} ${what} failed: ${describeAptFailure(stderr, message)}`);
  }
}
