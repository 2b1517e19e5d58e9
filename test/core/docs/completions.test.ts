import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Flag } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { readFlagValue } from "../../../lib/core/flags/values.ts";
import { generatedFiles } from "../../../tools/docs/generatedFiles.ts";
import { valueCompletion } from "../../../tools/docs/valueCompletion.ts";

const flags: readonly Flag[] = flagTable;
const completions = fileURLToPath(new URL("../../../packaging/completions/", import.meta.url));
const limit = { encoding: "utf8", timeout: 60_000 } as const;

for (const flag of flags.filter((flag) => valueCompletion(flag).words.length > 0)) {
  Deno.test(`each value that shells offer for --${flag.name} is one`, () => {
    for (const word of valueCompletion(flag).words) {
      readFlagValue(flag, { origin: `--${flag.name}`, texts: [word] });
    }
  });
}

/** What is typed, with the tab key as `\t`, and the words that the program is then started with. */
const typed: readonly [line: string, words: readonly string[]][] = [
  ["marathon-lb ev\t", ["event"]],
  ["marathon-lb ss\t--haproxy-m\t", ["sse", "--haproxy-map"]],
  ["marathon-lb sse --log-le\tDE\t", ["sse", "--log-level", "DEBUG"]],
  ["marathon-lb sse -m http://a http://b --haproxy-m\t", [
    "sse",
    "-m",
    "http://a",
    "http://b",
    "--haproxy-map",
  ]],
  ["marathon-lb --work-dir di\t", ["--work-dir", "dir"]],
  ["marathon-lb vali\ta.p\tb.p\t", ["validate", "a.pem", "b.pem"]],
  ["marathon-lb explain a.p\t", ["explain", "a.p"]],
  ["marathon-lb --ssl-certs a.pem,b\t", ["--ssl-certs", "a.pem,b.pem"]],
  ["marathon-lb --allow-template-labels none,USERL\t", ["--allow-template-labels", "none,USERLIST_HEAD"]],
];

Deno.test("bash completes what is typed", () =>
  inDirectory((directory) => {
    writeFileSync(
      join(directory, "rc"),
      `source '${completions}marathon-lb.bash'\nmarathon-lb() { printf 'GOT'; printf ' <%s>' "$@"; echo; }\n`,
    );
    // Readline completes what comes from a pipe too, where the shell takes itself for interactive. In a session of its own
    // it leaves alone the terminal that the tests may run in.
    const input = typed.map(([line]) => `${line}\n`).join("");
    const { stdout, stderr, error } = spawnSync("setsid", [
      "--wait",
      "bash",
      "--noprofile",
      "--rcfile",
      "rc",
      "-i",
    ], {
      ...limit,
      cwd: directory,
      input,
      env: { PATH: process.env.PATH, HISTFILE: "", INPUTRC: "/dev/null" },
    });
    assert.equal(error, undefined);
    assert.deepEqual(wordsIn(stdout), typed.map(([, words]) => words), stderr);
  }));

Deno.test({
  name: "zsh completes what is typed (ignored where there is no zsh)",
  ignore: !isThere("zsh"),
  fn: () =>
    inDirectory((directory) => {
      const lines = typed.map(([line]) => `$'${line.replaceAll("\t", "\\t")}'`).join(" ");
      const show = `marathon-lb() { print "GO""T <\${(j:> <:)@}> E""ND" }; print REA""DY`;
      const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; fpath=(${completions} $fpath); autoload -U compinit; compinit -u -D; ${show}'
zpty -r z line '*READY*'
for typed in ${lines}; do
  zpty -w z $typed
  zpty -r z line '*GOT*END*' && print -r -- \${(M)\${(f)line}:#*GOT*}
done
zpty -d z
`;
      const { stdout, stderr } = spawnSync("zsh", ["-f", "-c", script], { ...limit, cwd: directory });
      assert.deepEqual(wordsIn(stdout), typed.map(([, words]) => words), stderr);
    }),
});

Deno.test({
  name: "fish completes what is typed (ignored where there is no fish)",
  ignore: !isThere("fish"),
  fn: () =>
    inDirectory((directory) => {
      const offered = (line: string) => {
        const script = `source '${completions}marathon-lb.fish'; complete -C '${line}'`;
        const { stdout } = spawnSync("fish", ["--no-config", "-c", script], { ...limit, cwd: directory });
        return stdout.trimEnd().split("\n").map((line) => line.split("\t")[0]);
      };
      assert.deepEqual(offered("marathon-lb ev"), ["event"]);
      assert.deepEqual(offered("marathon-lb sse --haproxy-m"), ["--haproxy-map"]);
      assert.deepEqual(offered("marathon-lb sse --log-level DE"), ["DEBUG"]);
      assert.deepEqual(offered("marathon-lb --work-dir di"), ["dir/"]);
      assert.deepEqual(offered("marathon-lb --allow-template-labels none,USERL"), ["none,USERLIST_HEAD"]);
    }),
});

Deno.test("each completion knows every flag", () => {
  for (
    const [path, make] of Object.entries(generatedFiles).filter(([path]) => path.includes("completions"))
  ) {
    for (const { name } of flags) {
      assert.match(
        make(),
        new RegExp(`(--|-l )${name}[^a-z-]`),
        `${path}: ${name}`,
      );
    }
  }
});

Deno.test({
  name: "groff and mandoc have nothing to say of the manual page (ignored where there is neither)",
  ignore: !isThere("groff") && !isThere("mandoc"),
  fn: () => {
    const page = fileURLToPath(new URL("../../../docs/marathon-lb.8", import.meta.url));
    const formatters = [["groff", "-man", "-ww", "-z", page], ["mandoc", "-T", "lint", page]];
    for (const [program, ...words] of formatters.filter(([program]) => isThere(program!))) {
      const { stdout, stderr, status } = spawnSync(program!, words, limit);
      assert.deepEqual([stdout, stderr, status], ["", "", 0], program);
    }
  },
});

/**
 * The words of each line that the stand-in for the program printed. Directories lose the slash that some shells leave,
 * and `--flag=value`, which zsh makes of a flag and its value, counts as two words.
 */
function wordsIn(output: string): string[][] {
  return [...output.matchAll(/GOT <(.*)>/g)].map(([, words]) =>
    words!.replaceAll(/(<|^)(--[a-z-]+)=/g, "$1$2> <").split("> <").map((word) => word.replace(/\/$/, ""))
  );
}

function isThere(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

function inDirectory(test: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "marathon-lb-completions-"));
  try {
    mkdirSync(join(directory, "dir"));
    for (const name of ["a.pem", "b.pem"]) writeFileSync(join(directory, name), "");
    test(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
