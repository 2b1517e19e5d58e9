import assert from "node:assert/strict";
import { makeProvenance } from "../../../tools/release/provenance.ts";

Deno.test("the provenance is a statement of in-toto with SLSA's predicate", () => {
  const statement = makeProvenance({
    version: "1.1.0",
    commit: "c".repeat(40),
    time: 7,
    subjects: [{ name: "marathon-lb-x86_64", sha256: "ab" }],
    materials: [
      { purl: "pkg:npm/a@1", hashes: [{ alg: "SHA-512", content: "12" }] },
      { purl: "pkg:github/denoland/deno@v2" },
    ],
    tools: { deno: "2.9.6" },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(statement)), {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "marathon-lb-x86_64", digest: { sha256: "ab" } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:marathon-lb:release:1",
        externalParameters: { command: "deno task release", version: "1.1.0" },
        internalParameters: { SOURCE_DATE_EPOCH: 7 },
        resolvedDependencies: [
          { name: "marathon-lb", digest: { gitCommit: "c".repeat(40) } },
          { uri: "pkg:npm/a@1", digest: { sha512: "12" } },
          { uri: "pkg:github/denoland/deno@v2" },
        ],
      },
      runDetails: { builder: { id: "urn:marathon-lb:unsigned-local-build", version: { deno: "2.9.6" } } },
    },
  });
});
