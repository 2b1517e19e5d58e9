/** Programs of Debian packages that are not installed: a package that starts a service would do so on this machine. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { describeAptFailure, findProgram } from "./installMissing.ts";

const run = promisify(execFile);

/** Milliseconds for one command. */
const patience = 300_000;

/** Where the files of a package are kept from run to run. */
export function extractedFolder(
  name: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  isRoot = process.getuid?.() === 0,
): string {
  const cache = environment.XDG_CACHE_HOME || (isRoot ? "/var/cache" : join(homedir(), ".cache"));
  return join(cache, "marathon-lb/packages", name);
}

/**
 * The absolute path of a program of a package: the installed one, else the extracted one. Undefined where there is neither.
 *
 * @param path in the form of `$PATH`
 * @param folder of the extracted package
 */
export async function findExtracted(
  program: string,
  folder: string,
  path = process.env.PATH,
): Promise<string | undefined> {
  const extracted = join(folder, "usr/bin", program);
  return await findProgram(program, path) ?? (existsSync(extracted) ? extracted : undefined);
}

/**
 * Downloads a package with apt-get and extracts it, unless it is there. Needs no other user's rights where apt has its lists.
 * The package's dependencies are not downloaded.
 *
 * @param folder where its files go, such as `usr/bin/…`
 * @param path where apt-get and dpkg-deb are searched, in the form of `$PATH`
 * @throws {Error} of one line that says why it cannot be had
 */
export async function extractPackage(name: string, folder: string, path = process.env.PATH): Promise<void> {
  if (existsSync(folder)) return;
  const [apt, dpkg] = await Promise.all([findProgram("apt-get", path), findProgram("dpkg-deb", path)]);
  if (!apt || !dpkg) throw new Error(`${name}: there is no ${apt ? "dpkg-deb" : "apt-get"} to get it with`);
  let temporary: string | undefined;
  try {
    await mkdir(join(folder, ".."), { recursive: true });
    temporary = await mkdtemp(`${folder}-`);
    const options = { cwd: temporary, timeout: patience };
    await run(apt, ["-qq", "download", name], options).catch(async () => {
      // A new machine has no lists yet; where this user may not fetch them, the second failure says so.
      await run(apt, ["-qq", "update"], options).catch(() => undefined);
      await run(apt, ["-qq", "download", name], options);
    });
    const [file] = (await readdir(temporary)).filter((file) => file.endsWith(".deb"));
    if (file === undefined) throw new Error("apt-get download made no file");
    await run(dpkg, ["--extract", file, "tree"], options);
    await rename(join(temporary, "tree"), folder);
  } catch (error) {
    // Another run was faster.
    if (existsSync(folder)) return;
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`${name} cannot be downloaded: ${describeAptFailure(stderr, message)}`);
  } finally {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  }
}
