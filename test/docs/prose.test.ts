import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** Every page but the change log, which quotes what was. */
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(new URL(folder, root)).filter((name) => name.endsWith(".md")).sort()
      .map((name) => `${folder}/${name}`)
  ),
];

const mostWords = 25;

/** What must go from prose, each with what to write in its place. */
const banned: readonly [phrase: RegExp, instead: string][] = [
  [/\b(?:is|are|was|were|be|been) told\b/i, "name what happens: logs, reports, receives"],
  [/\bgo(?:es)? on\b/i, "continues, keeps"],
  [/\banew\b/i, "again"],
  [/\blooks? after\b/i, "supervises, manages"],
  [/\bno longer so\b/i, "resolved"],
  [/\bpeople are called\b/i, "page on"],
  [/\bmemory owes\b/i, "saves"],
  [/\bnow all of it\b/i, "retrying with full validation"],
  [/\bby SIGCONT\b/i, "with SIGCONT"],
  [/\bgive it more\b/i, "set it higher"],
  [/\bas the highest: none\b/i, "set both to 0 to disable"],
  [/\bin our hands\b/i, "name what happens"],
  [/\bbec[ao]mes? of\b/i, "happens to"],
  [/\b(?:no|some|every)body\b/i, "a process is no person: no client, another process"],
  [/\bof choice\b/i, "chosen"],
];

/** What must go from the program's messages and comments, and from titles of tests, too. */
const bannedInCode: readonly [phrase: RegExp, instead: string][] = [
  ...banned,
  [/\bwent on\b/i, "continued, kept"],
  [/\blook(?:ed|ing) after\b/i, "supervised, managed"],
  [/\bwhoever\b/i, "a process is no person: the caller, the client"],
  [/\bfor want of\b/i, "because … is missing"],
  [/\btells? of\b/i, "reports, logs, names"],
  [/\btold of\b/i, "reported, logged"],
  [/\btook over\b/i, "adopted, loaded"],
];

interface Sentence {
  /** Of the page, from 1. */
  readonly line: number;
  readonly text: string;
}

/** The prose of a page, sentence by sentence: paragraphs, items of lists and cells of tables, without code. */
function sentencesOf(markdown: string): Sentence[] {
  return blocksOf(markdown).flatMap(({ line, text }) =>
    splitSentences(plain(text)).map((sentence) => ({ line, text: sentence }))
  );
}

/** What ends only at an empty line, a heading, the next item of a list or the end of a cell. */
function blocksOf(markdown: string): Sentence[] {
  const blocks: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | undefined;
  let fence: string | undefined;
  for (const [index, row] of markdown.split("\n").entries()) {
    const line = index + 1;
    const mark = /^\s*(`{3,}|~{3,})/.exec(row)?.[1];
    if (fence !== undefined || mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark === fence) fence = undefined;
      open = undefined;
    } else if (/^\s*(?:#+\s|$|<!--)/.test(row)) {
      open = undefined;
    } else if (row.startsWith("|")) {
      open = undefined;
      // A bar in a cell is written with a backslash.
      for (const cell of row.split(/(?<!\\)\|/)) blocks.push({ line, text: cell });
    } else if (!open || /^\s*(?:[-*]|\d+\.) /.test(row)) {
      blocks.push(open = { line, text: row.replace(/^\s*(?:[-*]|\d+\.) /, "") });
    } else {
      open.text += ` ${row.trim()}`;
    }
  }
  return blocks;
}

/** Without what is no prose: code is one word, and so is a list of names in code; a link is its text. */
function plain(text: string): string {
  return text.replaceAll(/`[^`]*`|\{@link [^}]*\}/g, "code").replaceAll(/code(?:,\s+code)+/g, "code")
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[*_]{1,2}([^*_]+)[*_]{1,2}/g, "$1");
}

/** A sentence ends at a mark before a space and a capital letter or code; a colon or semicolon continues it. */
function splitSentences(text: string): string[] {
  return text.split(/(?<=[.!?]["')]?)\s+(?=["'(]?(?:[\p{Lu}\d]|code\b))/u).map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

function countWords(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

for (const path of pages) {
  const sentences = sentencesOf(readFileSync(new URL(path, root), "utf8"));

  Deno.test(`prose: no sentence of ${path} has more than ${mostWords} words`, () => {
    assert.ok(sentences.length > 5, `only ${sentences.length} sentences found`);
    const long = sentences.filter(({ text }) => countWords(text) > mostWords)
      .map(({ line, text }) => `${path}:${line}: ${countWords(text)} words: ${text}`);
    assert.deepEqual(long, []);
  });

  Deno.test(`prose: ${path} has none of the phrases that the house rules ban`, () => {
    const found = sentences.flatMap(({ line, text }) =>
      banned.filter(([phrase]) => phrase.test(text)).map(([phrase, instead]) =>
        `${path}:${line}: ${phrase.exec(text)![0]} (write: ${instead}): ${text}`
      )
    );
    assert.deepEqual(found, []);
  });
}

/** The lines of a source that hold a phrase: comments and strings are one text, also where a comment goes to a new line. */
function phrasesIn(source: string): string[] {
  const text = source.replaceAll(
    /\n\s*(?:\/\/|\*(?!\/))\s?/g,
    (gap) => " ".repeat(gap.length - 1) + "\u2028",
  );
  return bannedInCode.flatMap(([{ source, flags }, instead]) => {
    const phrase = new RegExp(source.replaceAll(" ", "\\s+"), `${flags}g`);
    return [...text.matchAll(phrase)].map(({ 0: found, index }) => {
      const line = text.slice(0, index).split(/[\n\u2028]/).length;
      return `${line}: ${found.replaceAll(/\s+/g, " ")} (write: ${instead})`;
    });
  });
}

/** The files and folders whose comments have short sentences. */
const withShortComments: readonly string[] = ["main.ts", "build.ts", "lib", "page", "tools", "bench"];

/** The sentences of a source's comments: of a docstring, of line comments that follow each other, of one at a line's end. */
function commentsOf(source: string): Sentence[] {
  const comments: { line: number; kind: "block" | "lines" | "end"; rows: string[] }[] = [];
  let open: typeof comments[number] | undefined;
  for (const [index, row] of source.split("\n").entries()) {
    const [, before, mark] = /^(.*?)(?<![^\s{([])(\/\/|\/\*)/.exec(row) ?? [];
    if (open?.kind !== "block") {
      const kind = mark === undefined
        ? undefined
        : mark === "/*"
        ? "block"
        : before!.trim() === ""
        ? "lines"
        : "end";
      if (kind === undefined) open = undefined;
      else if (kind !== "lines" || open?.kind !== "lines") {
        comments.push(open = { line: index + 1, kind, rows: [] });
      }
    }
    if (!open) continue;
    open.rows.push(
      (open.rows.length === 0 ? row.slice(before!.length) : row.trim())
        .replace(/^(?:\/\*+|\/\/|\*(?!\/)) ?/, "").replace(/\*+\/.*$/, "")
        // What a tag explains begins a sentence.
        .replace(/^@(?:param \S+|\w+)/, "-"),
    );
    if (open.kind === "block" ? row.includes("*/", before?.length) : open.kind === "end") open = undefined;
  }
  return comments.flatMap(({ line: first, rows }) =>
    sentencesOf(rows.join("\n")).map(({ line, text }) => ({ line: first + line - 1, text }))
  );
}

Deno.test(`prose: no sentence of a comment has more than ${mostWords} words`, () => {
  const paths = withShortComments.flatMap((path) => path.endsWith(".ts") ? [path] : filesUnder(path));
  const sentences = paths.flatMap((path) =>
    commentsOf(readFileSync(new URL(path, root), "utf8")).map((sentence) => ({ path, ...sentence }))
  );
  assert.ok(sentences.length > paths.length, `only ${sentences.length} sentences found`);
  const long = sentences.filter(({ text }) => countWords(text) > mostWords)
    .map(({ path, line, text }) => `${path}:${line}: ${countWords(text)} words: ${text}`);
  assert.deepEqual(long, []);
});

Deno.test("prose: sentences are found in docstrings, line comments, tags and items, not in code and strings", () => {
  const source = [
    "/**",
    " * A docstring over",
    " * two lines. Its `code. In code` and {@link Some.type} are one word.",
    " *",
    " * A paragraph",
    " * - and an item",
    " * #private is no heading.",
    " * @param name what it is",
    " * @returns what it makes",
    " */",
    'const url = "https://example.com/a"; // At the end.',
    "/** On one line. */",
    "// Two lines are",
    "// one text.",
    "const text = 1;",
    "// After code.",
    "  call(/* inside */ 1);",
    "// Another text,",
    "//",
    "// and one more",
    "/* A block */",
  ].join("\n");
  assert.deepEqual(commentsOf(source), [
    { line: 2, text: "A docstring over two lines." },
    { line: 2, text: "Its code and code are one word." },
    { line: 5, text: "A paragraph" },
    { line: 6, text: "and an item #private is no heading." },
    { line: 8, text: "what it is" },
    { line: 9, text: "what it makes" },
    { line: 11, text: "At the end." },
    { line: 12, text: "On one line." },
    { line: 13, text: "Two lines are one text." },
    { line: 16, text: "After code." },
    { line: 17, text: "inside" },
    { line: 18, text: "Another text," },
    { line: 20, text: "and one more" },
    { line: 21, text: "A block" },
  ]);
});

/** The titles of a file's tests, each on its line. */
function titlesIn(source: string): string {
  return source.split("\n").map((line) =>
    /\b(?:Deno\.test|endToEnd|feature|test|managed|\w+Test)\(\s*(["`].*["`]),/.exec(line)?.[1] ?? ""
  ).join("\n");
}

function filesUnder(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name)).sort().map((name) => `${folder}/${name}`);
}

Deno.test("prose: no message and no comment in lib/ has one of the phrases that the house rules ban", () => {
  const found = ["main.ts", ...filesUnder("lib")].flatMap((path) =>
    phrasesIn(readFileSync(new URL(path, root), "utf8")).map((phrase) => `${path}:${phrase}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("prose: no title of a test has one of the phrases that the house rules ban", () => {
  const found = filesUnder("test").filter((path) => !path.endsWith("/prose.test.ts")).flatMap((path) =>
    phrasesIn(titlesIn(readFileSync(new URL(path, root), "utf8"))).map((phrase) => `${path}:${phrase}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("prose: phrases are found in comments, also over two lines, in strings and in titles", () => {
  const source = [
    "/**",
    " * HAProxy goes",
    " * on.",
    " */",
    'const text = "the operator is told";',
    "// It is made",
    "// anew.",
    'Deno.test("nobody answers", () => assert.match(line, /somebody/));',
  ].join("\n");
  assert.deepEqual(phrasesIn(source).map((found) => found.replace(/ \(.*/, "")).sort(), [
    "2: goes on",
    "5: is told",
    "7: anew",
    "8: nobody",
    "8: somebody",
  ]);
  assert.deepEqual(phrasesIn(titlesIn(source)).map((found) => found.replace(/ \(.*/, "")), ["8: nobody"]);
});

Deno.test("prose: sentences are found in paragraphs, lists and tables, not in code, headings and link targets", () => {
  const page = [
    "# A heading. It is skipped.",
    "",
    "One `code. In code.` here. Two goes",
    "on [in a link. Three](https://example.com/a.b) ends.",
    "- An item, version 2.6 and later. `code` begins a sentence.",
    "  It continues.",
    "- The next item: with a colon; with a semicolon",
    "",
    "```sh",
    "Not. A. Sentence.",
    "```",
    "",
    "| a cell | another \\| cell. With two |",
    "| ------ | ------------------------- |",
  ].join("\n");
  assert.deepEqual(sentencesOf(page).filter(({ text }) => countWords(text) > 0), [
    { line: 3, text: "One code here." },
    { line: 3, text: "Two goes on in a link." },
    { line: 3, text: "Three ends." },
    { line: 5, text: "An item, version 2.6 and later." },
    { line: 5, text: "code begins a sentence." },
    { line: 5, text: "It continues." },
    { line: 7, text: "The next item: with a colon; with a semicolon" },
    { line: 13, text: "a cell" },
    { line: 13, text: "another \\| cell." },
    { line: 13, text: "With two" },
  ]);
});

Deno.test("prose: examples of what must go are recognised, what may stay is not", () => {
  const examples = [
    "give it more before whatever starts it kills it",
    "People are called by this",
    "which memory owes 50 MB",
    "No longer so",
    "Now all of it is checked",
    "let it go on by SIGCONT",
    "0 here and as the highest: none",
    "the operator is told",
    "it is written anew",
    "it looks after HAProxy",
  ];
  for (const example of examples) assert.ok(banned.some(([phrase]) => phrase.test(example)), example);
  assert.ok(!banned.some(([phrase]) => phrase.test("HAProxy keeps serving, and the log names the cause")));
});
