import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Package } from "./bundle.ts";
import type { Runtime, Target } from "./targets.ts";

/** A part of the program, as CycloneDX 1.6 wants it: https://cyclonedx.org/docs/1.6/json/#components */
export interface Component {
  readonly type: "application" | "library" | "platform";
  readonly "bom-ref": string;
  /** The scope of an npm package, with its `@`. */
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly Hash[];
  readonly licenses?: readonly { readonly license: { readonly id: string } }[];
  readonly purl: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

export interface Hash {
  readonly alg: "SHA-512";
  /** Hexadecimal. */
  readonly content: string;
}

/** The part of `deno.lock` (version 5) that is read here. */
export interface LockFile {
  readonly npm: Readonly<Record<string, LockedPackage | undefined>>;
  readonly workspace: {
    /** What `deno.json` imports: `npm:commander@15.1.0`. */
    readonly dependencies: readonly string[];
  };
}

export interface LockedPackage {
  /** Of the package's archive, as in Subresource Integrity: `sha512-` and base64. */
  readonly integrity: string;
  /** Names, with `@` and the version where the file has several of that name. */
  readonly dependencies?: readonly string[];
}

export interface SbomInput {
  readonly version: string;
  readonly commit: string;
  /** The npm packages in the bundle. */
  readonly packages: readonly Package[];
  /** Those that are inside of executables. */
  readonly runtimes: readonly Component[];
  readonly lock: LockFile;
}

/** A software bill of materials: https://cyclonedx.org/docs/1.6/json/ */
export interface Sbom {
  readonly $schema: string;
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * The bill of materials of the bundle and the executables, from the packages in the bundle and the lock file. The same
 * input makes the same text: it has no time, and its serial number is computed from the rest.
 */
export function makeSbom({ version, commit, packages, runtimes, lock }: SbomInput): Sbom {
  const program = programComponent(version, commit);
  const libraries = packages.map((one) => ({
    ...one,
    component: npmComponent("library", { ...one, ...lockedPackage(lock, one.name, one.version) }),
  }));
  const unique = new Map(runtimes.map((runtime) => [runtime.purl, runtime]));
  const components = [...libraries.map(({ component }) => component), ...unique.values()];
  /** The references of those that are named, by `name` or `name@version`, and are in the bundle. */
  const references = (names: readonly string[]) =>
    libraries
      .filter(({ name, version }) => names.includes(name) || names.includes(`${name}@${version}`))
      .map(({ component }) => component["bom-ref"]);
  const direct = references(lock.workspace.dependencies.map((specifier) => specifier.replace(/^npm:/, "")));
  const dependencies = [
    { ref: program["bom-ref"], dependsOn: [...direct, ...unique.keys()] },
    ...libraries.map(({ name, version, component }) => ({
      ref: component["bom-ref"],
      dependsOn: references(lockedPackage(lock, name, version).dependencies ?? []),
    })),
    ...[...unique.keys()].map((ref) => ({ ref, dependsOn: [] })),
  ];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([program, components, dependencies]))}`,
    version: 1,
    metadata: { component: program },
    components,
    dependencies,
  };
}

function programComponent(version: string, commit: string): Component {
  const purl = `pkg:generic/marathon-lb@${version}`;
  return {
    type: "application",
    "bom-ref": purl,
    name: "marathon-lb",
    version,
    licenses: [{ license: { id: "Apache-2.0" } }],
    purl,
    properties: [{ name: "marathon-lb:commit", value: commit }],
  };
}

/** A UUID of version 8 (RFC 9562, 5.8) from the hash of a text. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = (0x8 | (parseInt(hex[16]!, 16) & 0x3)).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return [...groups, hex.slice(20, 32)].join("-");
}

/**
 * The runtime inside an executable as a component.
 *
 * @param denoVersion what is compiled in where the runtime is Deno's, which comes from no package
 */
export function runtimeComponent(
  runtime: Runtime,
  { node: { name, version, integrity } }: Target,
  { lock, denoVersion }: { lock: LockFile; denoVersion: string },
): Component {
  if (runtime === "node") {
    const known = integrity ?? lockedPackage(lock, name, version).integrity;
    return npmComponent("platform", { name, version, integrity: known });
  }
  const purl = `pkg:github/denoland/deno@v${denoVersion}`;
  return { type: "platform", "bom-ref": purl, name: "deno", version: denoVersion, purl };
}

/**
 * An npm package as a component. Its name is split and its purl is written as CycloneDX and the package URL
 * specification require. For example, `@peculiar/x509` is `pkg:npm/%40peculiar/x509@2.2.0`.
 *
 * @param options.integrity of its archive, as lock files have it
 * @param options.license an SPDX identifier
 * @throws {Error} for an integrity that is no SHA-512
 */
function npmComponent(
  type: Component["type"],
  { name, version, license, integrity }: {
    name: string;
    version: string;
    license?: string | undefined;
    integrity: string;
  },
): Component {
  const [last = "", scope] = name.split("/").reverse();
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type,
    "bom-ref": purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: last,
    version,
    hashes: [hashOf(integrity, `${name}@${version}`)],
    ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
    purl,
  };
}

function hashOf(integrity: string, what: string): Hash {
  const [, base64] = /^sha512-(\S+)$/.exec(integrity) ?? [];
  if (base64 === undefined) throw new Error(`The integrity of ${what} is no SHA-512: ${integrity}`);
  return { alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") };
}

/**
 * The package in the lock file.
 *
 * @throws {Error} when it is not there
 */
export function lockedPackage(lock: LockFile, name: string, version: string): LockedPackage {
  const key = `${name}@${version}`;
  // With what it was resolved together with after an underscore, where it has peers: ajv-formats@3.0.1_ajv@8.20.0.
  const found = Object.entries(lock.npm).find(([one]) => one === key || one.startsWith(`${key}_`))?.[1];
  if (!found) throw new Error(`deno.lock does not know ${name} ${version}: run deno install`);
  return found;
}
