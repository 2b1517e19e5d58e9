import { createHash } from "node:crypto";
import type { Package } from "../bundledPackages.ts";
import { lockedPackage, type LockFile } from "../LockFile.ts";
import type { Component } from "./Component.ts";
import { npmComponent } from "./npmComponent.ts";

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
 * What is inside of the bundle and the executables, from the packages that are in the bundle and the lock file. The same
 * input makes the same text: there is no time in it, and its serial number is made from the rest.
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
