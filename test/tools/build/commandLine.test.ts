import assert from "node:assert/strict";
import { CommanderError } from "commander";
import { commandLine, readCommandLine } from "../../../tools/build/commandLine.ts";

function read(...words: string[]) {
  const command = commandLine().exitOverride().configureOutput({ writeErr: () => {} });
  const { runtime, targets } = readCommandLine(command, words, "x64");
  return [runtime, targets.map(({ name }) => name)];
}

Deno.test("build: this machine and whatever runtime there is, unless flags say otherwise", () => {
  assert.deepEqual(read(), [undefined, ["x86_64"]]);
  assert.deepEqual(read("--runtime", "node"), ["node", ["x86_64"]]);
  assert.deepEqual(read("--runtime=deno", "--target", "aarch64"), ["deno", ["aarch64"]]);
});

Deno.test("build: targets as uname and as Deno name them, each once", () => {
  assert.deepEqual(read("--target", "aarch64-unknown-linux-gnu"), [undefined, ["aarch64"]]);
  assert.deepEqual(read("--target", "x86_64-unknown-linux-gnu", "--target", "x86_64"), [undefined, [
    "x86_64",
  ]]);
  assert.deepEqual(read("--target", "aarch64", "--target", "x86_64"), [undefined, ["aarch64", "x86_64"]]);
});

for (
  const [words, message] of [
    [
      ["--runtime", "bun"],
      /'--runtime <runtime>' argument 'bun' is invalid\. Allowed choices are deno, node\./,
    ],
    [
      ["--target", "sparc"],
      /'--target <machine>' argument 'sparc' is invalid\. It must be x86_64 or aarch64\./,
    ],
    [["--fast"], /unknown option '--fast'/],
    [["aarch64"], /too many arguments/],
  ] as const
) {
  Deno.test(`build: ${words.join(" ")} is refused`, () => {
    assert.throws(
      () => read(...words),
      (error) => error instanceof CommanderError && message.test(error.message),
    );
  });
}

Deno.test("build: on a machine without a build a target has to be named", () => {
  const on = (words: string[]) =>
    readCommandLine(commandLine(), words, "riscv64").targets.map(({ name }) => name);
  assert.throws(() => on([]), /This machine is of kind riscv64, .* give --target x86_64 or aarch64$/);
  assert.deepEqual(on(["--target", "aarch64"]), ["aarch64"]);
});
