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
