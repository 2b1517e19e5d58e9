import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileDescriptorLimit } from "../../../lib/shell/run/fileDescriptorLimit.ts";
import { withDirectory } from "../files/withDirectory.ts";

const limits = (hard: string) =>
  "Limit                     Soft Limit           Hard Limit           Units     \n" +
  "Max cpu time              unlimited            unlimited            seconds   \n" +
  `Max open files            1024                 ${hard.padEnd(20)} files     \n`;
const capabilities = (effective: string) =>
  `Name:\tdeno\nCapInh:\t0000000000000000\nCapPrm:\tffffffffffffffff\nCapEff:\t${effective}\nSeccomp:\t0\n`;
const all = capabilities("000001ffffffffff");
const none = capabilities("0000000000000000");
const onlyResource = capabilities("0000000001000000");
const allButResource = capabilities("000001fffeffffff");

const cases: { name: string; proc: Record<string, string>; limit: number | undefined }[] = [
  {
    name: "the hard limit of a process without rights",
    proc: { "self/status": none, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 4096,
  },
  {
    name: "what the kernel allows to a process that may raise its limits",
    proc: { "self/status": onlyResource, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 1_048_576,
  },
  {
    name: "the same for root",
    proc: { "self/status": all, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 1_048_576,
  },
  {
    name: "the hard limit of a root that a container has taken the right from",
    proc: { "self/status": allButResource, "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 4096,
  },
  {
    name: "the hard limit where the kernel's is not to be seen",
    proc: { "self/status": all, "self/limits": limits("4096") },
    limit: 4096,
  },
  {
    name: "the hard limit where the rights are not to be seen",
    proc: { "self/limits": limits("4096"), "sys/fs/nr_open": "1048576\n" },
    limit: 4096,
  },
  {
    name: "unknown where there is none",
    proc: { "self/status": none, "self/limits": limits("unlimited") },
    limit: undefined,
  },
  { name: "unknown without procfs", proc: {}, limit: undefined },
];
for (const { name, proc, limit } of cases) {
  Deno.test(`fileDescriptorLimit: ${name}`, () =>
    withDirectory(async (directory) => {
      for (const [file, text] of Object.entries(proc)) {
        await mkdir(dirname(join(directory, file)), { recursive: true });
        await writeFile(join(directory, file), text);
      }
      assert.equal(await fileDescriptorLimit(directory), limit);
    }));
}

Deno.test({
  name: "fileDescriptorLimit: this system's is a number",
  ignore: Deno.build.os !== "linux",
  fn: async () => assert.ok(Number.isInteger(await fileDescriptorLimit())),
});
