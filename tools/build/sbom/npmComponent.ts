import { Buffer } from "node:buffer";
import type { Component, Hash } from "./Component.ts";

/**
 * An npm package as a component. Its name is split and its purl is written as CycloneDX and the package URL specification
 * want it: `@peculiar/x509` is `pkg:npm/%40peculiar/x509@2.2.0`.
 *
 * @param options.integrity of its archive, as lock files have it
 * @param options.license an SPDX identifier
 * @throws {Error} for an integrity that is no SHA-512
 */
export function npmComponent(
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
