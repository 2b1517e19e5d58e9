import { Ajv } from "ajv";
import { readFileSync } from "node:fs";

/** The schemas of CycloneDX 1.6, as the CycloneDX project's own library has them. */
const directory = new URL(
  "../../../../node_modules/@cyclonedx/cyclonedx-library/res/schema/",
  import.meta.url,
);
const schema = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.SNAPSHOT.schema.json`, directory), "utf8"));

// Its formats (IRIs, dates, addresses) are of a package that we have not; none of them is in what we write.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
for (const name of ["spdx", "jsf-0.82"]) {
  ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
}
const validate = ajv.compile(schema("bom-1.6"));

/** What CycloneDX's schema has against it; nothing when it is one of its bills of materials. */
export function whyNotCycloneDx(value: unknown): string[] {
  if (validate(value)) return [];
  return validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}
