/** An in-toto statement with SLSA provenance, made from values alone. */

/** A file of the release. */
export interface Subject {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A component of the bill of materials that a package registry has. */
export interface Material {
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

export interface ProvenanceInput {
  readonly version: string;
  /** Of git, in full. */
  readonly commit: string;
  /** In seconds since 1970: `SOURCE_DATE_EPOCH`. */
  readonly time: number;
  readonly subjects: readonly Subject[];
  readonly materials: readonly Material[];
  /** What made the release: names of programs, and their versions. */
  readonly tools: Readonly<Record<string, string>>;
}

/**
 * How the files of a release came to be: https://slsa.dev/spec/v1.0/provenance in a statement of
 * https://github.com/in-toto/attestation. It is not signed, and proves nothing by itself. It has no time and no id of the
 * run, so that the same sources make the same statement.
 */
export function makeProvenance(
  { version, commit, time, subjects, materials, tools }: ProvenanceInput,
): Record<string, unknown> {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:marathon-lb:release:1",
        externalParameters: { command: "deno task release", version },
        internalParameters: { SOURCE_DATE_EPOCH: time },
        resolvedDependencies: [
          { name: "marathon-lb", digest: { gitCommit: commit } },
          ...materials.map(({ purl, hashes = [] }) => ({ uri: purl, ...digestOf(hashes) })),
        ],
      },
      runDetails: { builder: { id: "urn:marathon-lb:unsigned-local-build", version: tools } },
    },
  };
}

function digestOf(hashes: NonNullable<Material["hashes"]>) {
  const [hash] = hashes.filter(({ alg }) => alg === "SHA-512");
  return hash === undefined ? {} : { digest: { sha512: hash.content } };
}
