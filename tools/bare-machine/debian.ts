/** Root file systems of Debian's smallest kind, with this machine's Node.js and its settings for package archives. */
import { execFile } from "node:child_process";
import { chmod, copyFile, cp, mkdir, readFile, realpath, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { debianArchive } from "../haproxies/provide.ts";
import { findProgram, installMissing } from "../install/installMissing.ts";

const run = promisify(execFile);

/** Where the certificate authorities are in the root that this machine's environment names, which Node.js and Deno need. */
const authorities = "/usr/local/share/authorities";

/** How the environment says where packages come from: passed on, with files copied. */
const settings =
  /^(?:npm_config_(?:registry|https?_proxy|proxy|noproxy|strict_ssl)|(?:https?|all|no)_proxy)$/i;
const certificateFiles = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "DENO_CERT", "npm_config_cafile"];

/**
 * Makes the root file system of a release in an empty directory, from the archive that this machine's apt gets its packages
 * from. Needs root.
 *
 * @param release such as `bookworm`
 * @param say gets a line for what is about to be done
 * @param packages to install beside the smallest system, with what they depend on
 * @returns the environment for programs in it
 * @throws {Error} of one line where it cannot be made; the reason of `signal` when it is aborted
 */
export async function makeDebian(
  release: string,
  directory: string,
  say: (line: string) => void,
  signal: AbortSignal,
  packages: readonly string[] = [],
): Promise<Record<string, string>> {
  if (process.getuid?.() !== 0) throw new Error("only root can make a root file system: run it as root");
  await installMissing(["debootstrap", { package: "util-linux", program: "unshare" }], say);
  const archive = await findArchive();
  // Users other than root must be able to enter it.
  await chmod(directory, 0o755);
  say(`Making a minimal Debian ${release} in ${directory}`);
  await debootstrap(release, directory, { archive, packages }, signal);
  await copyNode(directory);
  return await copySettings(directory);
}

/** The address of Debian's archive. @throws {Error} where apt on this machine has none */
async function findArchive(): Promise<string> {
  let address = await debianArchive();
  if (address === undefined) {
    // A new machine has no lists yet.
    await run("apt-get", ["-qq", "update"]);
    address = await debianArchive();
  }
  if (address === undefined) throw new Error("apt has no archive of Debian: add one to its sources");
  return address;
}

async function debootstrap(
  release: string,
  directory: string,
  { archive, packages }: { archive: string; packages: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const include = packages.length === 0 ? [] : [`--include=${packages.join(",")}`];
  try {
    // In a namespace of its own its mounts go with it, however it ends: nothing of this machine is in what is removed later.
    await run("unshare", [
      "--mount",
      "debootstrap",
      "--variant=minbase",
      ...include,
      release,
      directory,
      archive,
    ], {
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.split("\n").findLast((line) => /^[EW]: /.test(line));
    throw new Error(`debootstrap of ${release} from ${archive} failed: ${said ?? message}`);
  }
}

/** Copies this machine's Node.js and npm to where an installation by hand puts them. */
async function copyNode(directory: string): Promise<void> {
  const [node, npm] = await Promise.all(["node", "npm"].map(async (name) => {
    const found = await findProgram(name, process.env.PATH);
    if (found === undefined) throw new Error(`${name} is not on the PATH`);
    return await realpath(found);
  })) as [string, string];
  const modules = join(directory, "usr/local/lib/node_modules");
  const bin = join(directory, "usr/local/bin");
  await mkdir(modules, { recursive: true });
  await copyFile(node, join(bin, "node"));
  // npm is a link to bin/npm-cli.js in its package.
  await cp(dirname(dirname(npm)), join(modules, "npm"), { recursive: true });
  for (const name of ["npm", "npx"]) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  }
}

/** The environment for the root: what says where packages come from, with the files that it names copied. */
async function copySettings(directory: string): Promise<Record<string, string>> {
  const environment: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    npm_config_update_notifier: "false",
  };
  for (const [name, value = ""] of Object.entries(process.env)) {
    if (settings.test(name)) environment[name] = value;
  }
  await mkdir(join(directory, authorities), { recursive: true });
  for (const name of certificateFiles) {
    const file = process.env[name];
    if (file === undefined) continue;
    environment[name] = join(authorities, `${name}-${basename(file)}`);
    await copyFile(file, join(directory, environment[name]));
  }
  const npmrc = await readFile(join(process.env.HOME ?? "/root", ".npmrc")).catch(() => undefined);
  if (npmrc) await copyFile(join(process.env.HOME ?? "/root", ".npmrc"), join(directory, "root/.npmrc"));
  return environment;
}
