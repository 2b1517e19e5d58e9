import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { version } from "../../lib/core/version.ts";
import { makeDebian } from "../../tools/bare-machine/debian.ts";
import { hostTarget } from "../../tools/build/targets.ts";
import { findProgram } from "../../tools/install/installMissing.ts";
import { makeDebianPackage } from "../../tools/release/debianPackage.ts";
import { whyNoContainer } from "./support/image/inImage.ts";
import { built } from "./support/programs.ts";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../..", import.meta.url));

const whyNot = await whyNoContainer() ??
  (await findProgram("debootstrap", process.env.PATH) ? undefined : "there is no debootstrap: install it");

/** Like the image's, it fetches Debian's packages. Where they cannot be reached, it fails: it is not passed over. */
const name =
  "Debian package: it installs in a minimal Debian, keeps its configuration at an upgrade, and a purge leaves nothing";

/** Files that dpkg and the programs that it runs write for themselves. */
const ofDebian =
  /^(?:var\/(?:lib\/(?:dpkg|systemd|apt)|cache|log|backups)|etc\/(?:(?:passwd|group|g?shadow|sub[ug]id)-?|\.pwd\.lock))(?:\/|$)/;

/** A minimal Debian in which packages are installed; no service starts in it. */
class DebianRoot implements AsyncDisposable {
  private constructor(readonly directory: string, readonly env: Readonly<Record<string, string>>) {}

  static async make(release: string, packages: readonly string[]): Promise<DebianRoot> {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-debian-"));
    try {
      const env = await makeDebian(
        release,
        directory,
        console.log,
        new AbortController().signal,
        packages,
      );
      await writeFile(join(directory, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
      return new DebianRoot(directory, { ...env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" });
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** What a command there writes to standard output. Its processes and mounts end with it. */
  async run(...words: readonly string[]): Promise<string> {
    const inside = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
    const command = [...namespaces, "sh", "-c", inside, this.directory, ...words];
    const { stdout } = await run("unshare", command, { env: this.env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  /** Everything in it but what Debian's own programs keep. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    return entries.map((entry) => relative(this.directory, join(entry.parentPath, entry.name)))
      .filter((path) => !ofDebian.test(path)).sort();
  }

  async hasUser(): Promise<boolean> {
    return /^marathon-lb:/m.test(await readFile(this.path("etc/passwd"), "utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Makes the package with the built executable, as this version. */
async function makePackage(root: DebianRoot, version: string): Promise<string> {
  const path = `/marathon-lb_${version}.deb`;
  await makeDebianPackage({
    root: repository,
    executable: built("marathon-lb"),
    target: hostTarget(process.arch),
    version,
    time: 1_790_000_000,
    licenses: "The licenses of what is inside.",
    compression: "none",
    output: root.path(path),
  });
  return path;
}

if (whyNot !== undefined) {
  Deno.test.ignore(`${name} (not run: ${whyNot})`, () => {});
} else {
  Deno.test(name, async (test) => {
    await using root = await DebianRoot.make("bookworm", ["haproxy", "adduser"]);
    // The change log has both.
    const [older, newer] = [await makePackage(root, "1.0.0"), await makePackage(root, version)];
    const before = await root.files();
    const configuration = root.path("etc/default/marathon-lb");
    const enabled = root.path("etc/systemd/system/multi-user.target.wants/marathon-lb.service");

    await test.step("apt installs it, and nothing is enabled", async () => {
      await root.run("apt-get", "-qq", "-y", "--no-install-recommends", "install", older);
      assert.match(await root.run("marathon-lb", "--version"), /^marathon-lb \d/);
      assert.equal(await root.run("dpkg", "--verify", "marathon-lb"), "");
      assert.ok(await root.hasUser());
      assert.ok(!existsSync(enabled));
      const added = (await root.files()).filter((path) => !before.includes(path));
      const modes: Record<string, string> = {};
      for (const path of added) {
        const { mode, uid, gid } = await lstat(root.path(path));
        assert.deepEqual([uid, gid], [0, 0], path);
        modes[path] = (mode & 0o7777).toString(8);
      }
      const listed = (await root.run("dpkg", "--listfiles", "marathon-lb")).trimEnd().split("\n");
      for (const path of added) assert.ok(listed.includes(`/${path}`), `${path} is of the package`);
      assert.equal(modes["usr/bin/marathon-lb"], "755");
      assert.equal(modes["etc/default/marathon-lb"], "600");
      const readable = Object.entries(modes).filter(([, mode]) => mode !== "755" && mode !== "644");
      assert.deepEqual(readable.map(([path]) => path), ["etc/default/marathon-lb"]);
      for (const name of ["changelog.gz", "copyright", "third-party-licenses.gz"]) {
        assert.equal(modes[`usr/share/doc/marathon-lb/${name}`], "644", name);
      }
    });

    await test.step("an upgrade keeps a configuration that was edited, with its mode", async () => {
      await appendFile(configuration, "# edited\n");
      await chmod(configuration, 0o640);
      // What systemctl enable does.
      await mkdir(join(enabled, ".."), { recursive: true });
      await symlink("/lib/systemd/system/marathon-lb.service", enabled);
      await root.run("dpkg", "--install", newer);
      assert.match(await readFile(configuration, "utf8"), /\n# edited\n$/);
      assert.equal((await lstat(configuration)).mode & 0o777, 0o640);
      assert.ok((await lstat(enabled)).isSymbolicLink());
      assert.equal(await root.run("dpkg-query", "--show", "marathon-lb"), `marathon-lb\t${version}\n`);
    });

    await test.step("a removal keeps configuration and state", async () => {
      for (const directory of ["var/lib/marathon-lb", "run/marathon-lb", "etc/marathon-lb/templates"]) {
        await mkdir(root.path(directory), { recursive: true });
      }
      await writeFile(root.path("var/lib/marathon-lb/haproxy.cfg"), "");
      await root.run("dpkg", "--remove", "marathon-lb");
      assert.ok(!existsSync(root.path("usr/bin/marathon-lb")));
      for (const path of [configuration, root.path("var/lib/marathon-lb/haproxy.cfg")]) {
        assert.ok(existsSync(path), path);
      }
      assert.ok(await root.hasUser());
    });

    await test.step("a purge keeps what the administrator has put into /etc/marathon-lb, and its owner", async () => {
      const key = root.path("etc/marathon-lb/key.pem");
      await writeFile(key, "");
      await root.run("dpkg", "--purge", "marathon-lb");
      const left = (await root.files()).filter((path) => !before.includes(path));
      assert.deepEqual(left, ["etc/marathon-lb", "etc/marathon-lb/key.pem"]);
      assert.ok(await root.hasUser());
      await rm(root.path("etc/marathon-lb"), { recursive: true });
    });

    await test.step("an installation and a purge leave nothing", async () => {
      await root.run("dpkg", "--install", newer);
      await mkdir(root.path("etc/marathon-lb"));
      await root.run("dpkg", "--purge", "marathon-lb");
      assert.deepEqual(await root.files(), before);
      assert.ok(!await root.hasUser());
      assert.doesNotMatch(await readFile(root.path("etc/group"), "utf8"), /^marathon-lb:/m);
    });
  });
}
