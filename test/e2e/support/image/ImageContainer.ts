import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { instruction, words } from "../../../support/readDockerfile.ts";
import type { Bench, Run } from "../Bench.ts";
import { deadline, eventually } from "../../../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../../../tools/harness/MarathonLb.ts";
import { nobody } from "../unprivileged.ts";

export interface ContainerOptions {
  /** User and group; `nobody` by default. */
  readonly user?: number;
  /** The one capability it has; none by default. */
  readonly capability?: "cap_net_bind_service";
  /** Whether the root file system is read-only; yes by default. */
  readonly readOnly?: boolean;
  /** Whose network namespace it is in; the one of the tests by default. */
  readonly network?: "own" | "host";
  /** More lines of /etc/hosts. */
  readonly hosts?: string;
  /** A directory with the root file system of an image that was built; it is assembled by the repository's task by default. */
  readonly built?: string;
}

const enter = fileURLToPath(new URL("enterContainer.sh", import.meta.url));
const assemble = fileURLToPath(new URL("../../../../tools/rootfs/main.ts", import.meta.url));
/** The places that docs/image.md has tmpfs mounted on when the root is read-only. */
export const writable = ["/marathon-lb", "/run/haproxy", "/var/state/haproxy"];
/** The variables that docs/image.md has set when the root is read-only. */
export const readOnlyVariables = { MARATHON_LB_CERT_DIR: "/marathon-lb/ssl" };

const run = promisify(execFile);

/** Has the image assembled from the packages of another Debian release, where `TEST_IMAGE_TREE` names a root with them. */
export function treeWords(): string[] {
  const { TEST_IMAGE_TREE: tree } = process.env;
  return tree === undefined ? [] : ["--tree", tree];
}

/**
 * The image, run as a container engine runs it: its file system as the root, mount and process namespaces of its own,
 * the program as PID 1 with no privilege but those it is given. Needs root.
 */
export class ImageContainer {
  readonly #options: ContainerOptions;
  #lb: MarathonLb | undefined;
  /** The program, as the tests see it. */
  #pid: number | undefined;

  private constructor(readonly bench: Bench, options: ContainerOptions) {
    this.#options = options;
  }

  /** The directory that the root file system was assembled in. */
  get root(): string {
    return this.bench.path("rootfs");
  }

  /** Assembles the image; from here on the bench starts what is in it. */
  static async prepare(bench: Bench, options: ContainerOptions = {}): Promise<ImageContainer> {
    const container = new ImageContainer(bench, options);
    const { root } = container;
    if (options.built !== undefined) await run("cp", ["-a", options.built, root]);
    else await run(process.execPath, ["run", "-A", assemble, "--output", root, ...treeWords()]);
    // An engine lays these into every container.
    await writeFile(`${root}/etc/hosts`, `127.0.0.1 localhost\n${options.hosts ?? ""}`);
    await writeFile(`${root}/etc/resolv.conf`, "");
    const { user = nobody, capability = "none", readOnly = true, network = "host" } = options;
    const namespaces = ["--mount", "--pid", "--fork", ...network === "own" ? ["--net"] : []];
    const script = ["/bin/sh", enter, root, String(user), capability, readOnly ? "ro" : "rw", network];
    bench.launcher = ["/usr/bin/unshare", ...namespaces, ...script, readOnly ? writable.join(":") : ""];
    return container;
  }

  /**
   * Starts it with the image's own command and more flags, as `docker run IMAGE` with these words does.
   *
   * @param env the variables beside those of the image
   */
  start(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): MarathonLb {
    const own = this.#options.readOnly === false ? {} : readOnlyVariables;
    this.#pid = undefined;
    this.#lb = this.bench.spawn([...words("CMD"), ...flags], { ...imageVariables(), ...own, ...env });
    return this.#lb;
  }

  /** The process id, here, of what is PID 1 in there. */
  async pid(): Promise<number> {
    return this.#pid ??= await eventually(() => {
      if (!this.#lb?.running) throw new Error("The container has ended");
      const pid = Number(readFileSync(`/proc/${this.#lb.pid}/task/${this.#lb.pid}/children`, "utf8"));
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(words("ENTRYPOINT")[0]!)) {
        throw new Error("The program has not begun");
      }
      return pid;
    });
  }

  /** Sends a signal to the program, as `docker stop` and `docker kill` do. */
  async signal(name: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(), name);
  }

  /** Stops it as `docker stop` does; it has to end with 0, and with all of its processes. */
  async stop(): Promise<void> {
    await this.signal("SIGTERM");
    assert.deepEqual(await this.#lb!.exited, { code: 0, signal: null });
    this.bench.assertNothingRuns();
  }

  /** Ends whatever of it still runs. `unshare` cannot be relied on: the kernel forgets who dies with whom at a change of user. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#lb?.running) return;
    await this.signal("SIGKILL").catch(() => {/* it has ended meanwhile, or never begun */});
  }

  /** Runs a program of the image in the container, as `docker exec` does. */
  async exec(...words: readonly string[]): Promise<Run> {
    const { user = nobody } = this.#options;
    const ids = [`--setuid=${user}`, `--setgid=${user}`];
    const where = [`--target=${await this.pid()}`, "--mount", "--pid", "--net", "--root", "--wd", ...ids];
    const own = this.#options.readOnly === false ? {} : readOnlyVariables;
    const env = { ...imageVariables(), ...own };
    const { code, stdout, stderr } = await run("/usr/bin/nsenter", [...where, ...words], {
      env,
      timeout: deadline,
    })
      .then(
        (done) => ({ ...done, code: 0 }),
        (error: { code: number | null; stdout: string; stderr: string }) => error,
      );
    return { code, output: stdout, lines: stderr.split("\n").filter(Boolean) };
  }

  /** Words before a program of this machine, which has it run in the container's network. */
  async inNetwork(): Promise<string[]> {
    return ["/usr/bin/nsenter", `--target=${await this.pid()}`, "--net"];
  }

  /** Where a path of the container is for the tests. */
  async path(inside: string): Promise<string> {
    return `/proc/${await this.pid()}/root${inside}`;
  }

  /** The processes of its PID namespace, by the ids they have here. */
  async processes(): Promise<{ pid: number; state: string; name: string }[]> {
    const namespace = await namespaceOf(await this.pid());
    const found = [];
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)) {
      try {
        if (await namespaceOf(pid) !== namespace) continue;
        const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))!;
        found.push({ pid, state: state!, name: name! });
      } catch { /* it has ended meanwhile */ }
    }
    return found;
  }
}

function namespaceOf(pid: number): Promise<string> {
  return Deno.readLink(`/proc/${pid}/ns/pid`);
}

/** The variables of the image. */
function imageVariables(): Record<string, string> {
  return Object.fromEntries(instruction("ENV").split(" ").map((text) => text.split("=", 2)));
}
