import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeCertificates } from "../../../lib/shell/certificates/files.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { makeCertificate } from "./support/makeCertificate.ts";

Deno.test("each file is described by its server's certificate, or by an error", () =>
  withDirectory(async (directory) => {
    const now = Date.UTC(2026, 0, 1);
    const issuer = await makeCertificate("issuer", { now });
    const { certificate, key, serial } = await makeCertificate("a.test", { issuer, now });
    const file = join(directory, "a.pem");
    await writeFile(file, key + certificate + issuer.certificate);
    const broken = join(directory, "b.pem");
    await writeFile(broken, key);
    const missing = join(directory, "missing.pem");
    const a = {
      path: file,
      subject: "CN=a.test",
      names: ["a.test"],
      serial,
      notAfter: "2026-04-01T00:00:00.000Z",
    };
    assert.deepEqual(await describeCertificates([file, directory, missing]), [
      a,
      a,
      { path: broken, error: "holds no certificate" },
      {
        path: missing,
        error:
          `Cannot read ${missing}: no such file or directory; check the path, and create the directory if it is missing`,
      },
    ]);
  }));
