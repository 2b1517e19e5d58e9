import assert from "node:assert/strict";
import { installMissing } from "../../../tools/install/installMissing.ts";

Deno.test("nothing is installed where programs and files are there", async () => {
  const said: string[] = [];
  const [program, file] = ["sh", "/etc/passwd"];
  await installMissing([program, { package: "of-sh", program }, { package: "of-file", file }], (line) => {
    said.push(line);
  });
  assert.deepEqual(said, []);
});
