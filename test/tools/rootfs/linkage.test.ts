import assert from "node:assert/strict";
import { type Linkage, parseLdd } from "../../../tools/rootfs/linkage.ts";

const cases: [name: string, output: string, linkage: Linkage][] = [
  [
    "libraries and the loader",
    `\tlinux-vdso.so.1 (0x00007ffbca3f0000)
\tlibssl.so.3 => /lib/x86_64-linux-gnu/libssl.so.3 (0x00007ffbc9f1b000)
\tlibc.so.6 => /opt/a b/libc.so.6 (0x00007ffbc96b4000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007ffbca3f2000)
`,
    {
      loader: "/lib64/ld-linux-x86-64.so.2",
      libraries: [
        { name: "libssl.so.3", path: "/lib/x86_64-linux-gnu/libssl.so.3" },
        { name: "libc.so.6", path: "/opt/a b/libc.so.6" },
      ],
      missing: [],
    },
  ],
  [
    "a library that is not there",
    "\tlibatomic.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0a)\n\t/lib/ld-linux-aarch64.so.1 (0x0b)\n",
    {
      loader: "/lib/ld-linux-aarch64.so.1",
      libraries: [{ name: "libc.so.6", path: "/lib/libc.so.6" }],
      missing: ["libatomic.so.1"],
    },
  ],
  [
    "a program that names its loader",
    "\t/lib64/ld-linux-x86-64.so.2 => /usr/lib64/ld-linux-x86-64.so.2 (0x00007f)\n",
    {
      loader: "/lib64/ld-linux-x86-64.so.2",
      loaderFile: "/usr/lib64/ld-linux-x86-64.so.2",
      libraries: [],
      missing: [],
    },
  ],
  ["a program of one piece", "\tstatically linked\n", { loader: undefined, libraries: [], missing: [] }],
];

for (const [name, output, linkage] of cases) {
  Deno.test(`parseLdd: ${name}`, () => assert.deepEqual(parseLdd(output), linkage));
}

Deno.test("parseLdd: anything else is an error", () => {
  assert.throws(() => parseLdd("\tnot a dynamic executable\n"), {
    message: "ldd printed a line that is not understood: not a dynamic executable",
  });
});
