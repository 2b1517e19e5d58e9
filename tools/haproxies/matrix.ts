/**
 * The HAProxies that the tests run on besides the machine's own. This module says which there are, which tests depend
 * on HAProxy, and what apt offers of them.
 */
/** A HAProxy that the tests run on. */
export interface MatrixVersion {
  /** Such as `3.0`: the newest package of it is taken. */
  readonly version: string;
  /** The releases of Debian that have a package of it, the best first. */
  readonly suites: readonly [string, ...string[]];
  /** Whether the image has it: the tests of the image run on its packages then. */
  readonly inImage?: boolean;
}

/** Oldest first. Debian has no package of the versions between these; docs/compatibility.md has them. */
export const matrix: readonly MatrixVersion[] = [
  { version: "2.6", suites: ["bookworm"] },
  { version: "3.0", suites: ["trixie"], inImage: true },
  { version: "3.2", suites: ["forky", "sid"] },
];

/** Tests whose result depends on HAProxy. All others run once, on the machine's own. */
export const testsOfEach: readonly string[] = [
  // The default templates and whole configurations, with HAProxy's warnings as failures, and the property test of runtime commands.
  "test/golden",
  "test/shell/haproxy",
  "test/shell/certificates/prepare.test.ts",
  "test/shell/certificates/watcher.test.ts",
  // What a generated configuration does.
  "test/e2e/features",
  // What HAProxy follows at run time, and what it answers.
  ...[
    "adoption",
    "arrivals",
    "certificates",
    "deploy",
    "direct",
    "endpoints",
    "haproxyDeath",
    "listeners",
    "oldWorkers",
    "ports",
    "refusedConfiguration",
    "rollout",
    "runtimeUpdates",
    "signals",
    "status",
  ].map((name) => `test/e2e/${name}.test.ts`),
  // Faults in HAProxy and in what it reads.
  ...[
    "bindFailure",
    "brokenCertificate",
    "haproxyKilled",
    "haproxyStopped",
    "killed",
    "manyRefused",
    "terminated",
  ].map((name) => `test/e2e/faults/${name}.test.ts`),
];

/** What runs besides on the version that the image has. */
export const testsOfImage: readonly string[] = ["test/e2e/image.test.ts", "test/e2e/imageContents.test.ts"];

/** The tests that run on one HAProxy of the matrix, or another one. */
export function testsOn(version: string): readonly string[] {
  const inImage = matrix.some((row) => row.version === version && row.inImage);
  return [...testsOfEach, ...inImage ? testsOfImage : []];
}

/** The version of the matrix that a HAProxy belongs to, by its full version: `2.6` for `2.6.12-1`. */
export function minorOf(text: string): string | undefined {
  return /^\d+\.\d+/.exec(text)?.[0];
}

/**
 * The newest package of a version that `apt-cache madison haproxy` lists, such as `3.2.26-1`; undefined where there is none.
 *
 * @param listed lines such as `haproxy | 3.2.26-1 | ADDRESS forky/main amd64 Packages`, newest first
 */
export function newestPackage(listed: string, version: string): string | undefined {
  return listed.split("\n")
    .map((line) => line.split("|")[1]?.trim() ?? "")
    .find((candidate) => minorOf(candidate) === version);
}

/**
 * Where apt gets Debian's own packages from, by `apt-get indextargets --format '$(LABEL)|$(COMPONENT)|$(REPO_URI)'`; undefined
 * where it has no archive of Debian. Archives of security updates, which have a label of their own, do not have all releases.
 */
export function archiveOf(targets: string): string | undefined {
  return targets.split("\n").map((line) => line.split("|"))
    .find(([label, component]) => label === "Debian" && component === "main")?.[2];
}
