import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import {
  isWord,
  socketCommand,
  TooLongForSocket,
  toWorker,
  UnfitForSocket,
  withPayload,
} from "../../../lib/core/haproxy/socketCommand.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const fit = [
  ...[
    "a.test",
    "*.a.test",
    "a_b-c.test",
    "/group/web",
    "victim_33100",
    "10.0.0.1",
    "5s",
    "-1",
    "h2,http/1.1",
  ],
  ...["req.hdr(host)", "/etc/ssl/a+b=c~d.pem", "[::1]", "layer7", "a@b", "50%"],
];
for (const text of fit) {
  Deno.test(`socketCommand: ${JSON.stringify(text)} is a word`, () => {
    assert.ok(isWord(text));
    assert.equal(socketCommand`add map /m ${text} b`, `add map /m ${text} b`);
  });
}

const unfit: [what: string, text: string][] = [
  ["nothing", ""],
  ["a blank", "e8.com victim_33100"],
  ["a tab", "a\tb"],
  ["another blank", "a\u00a0b"],
  ["a line feed", "a\nhard-reload"],
  ["a carriage return", "a\rb"],
  ["a NUL", "a\0b"],
  ["a semicolon", "e2.com;@master;hard-reload"],
  ["a payload", "e6.com <<"],
  ["a payload alone", "<<"],
  ["a payload with an end of its own", "<<END"],
  ["a backslash", "a\\;b"],
  ["quotes", 'a"b'],
  ["single quotes", "a'b"],
  ["a comment", "a#b"],
  ["an id", "#0x55d0"],
  ["a variable", "$HOME"],
  ["a version of a map", "@1"],
  ["a worker", "@!77"],
  ["an option", "-v"],
  ["a dash", "-"],
  ["a wide character", "bücher.test"],
  ["a control character", "a\u0085b"],
  ["half a character", "\ud800"],
];
for (const [what, text] of unfit) {
  Deno.test(`socketCommand: ${what} is refused, whole, in a list, and in a part of a word`, () => {
    assert.ok(!isWord(text));
    for (
      const make of [
        () => socketCommand`add map /m ${text} b`,
        () => socketCommand`add server a/b 10.0.0.1:80 ${["check", text]}`,
        () => socketCommand`enable server ${text}/s`,
        () => socketCommand`enable server b/${text}`,
      ]
    ) assert.throws(make, UnfitForSocket);
  });
}

Deno.test("socketCommand: a part of a word is a name: it brings no slash of its own", () => {
  assert.equal(socketCommand`enable server ${"a.b:c_1"}/${"s-1"}`, "enable server a.b:c_1/s-1");
  assert.throws(() => socketCommand`enable server ${"a"}/${"b/c"}`, /"b\/c" cannot stand in a command/);
});

Deno.test("socketCommand: a list is a word for each member, and leaves no blank where it is empty", () => {
  assert.equal(socketCommand`add server a/b ${["check", "inter", "5s"]}`, "add server a/b check inter 5s");
  assert.equal(socketCommand`add server a/b ${[]}`, "add server a/b");
});

Deno.test("socketCommand: 63 words go, 64 do not: HAProxy drops those behind, and 2.6 ends at 65 of them", () => {
  const words = (count: number) => Array.from({ length: count - 2 }, () => "check");
  assert.equal(socketCommand`add server ${words(63)}`.split(" ").length, 63);
  assert.throws(() => socketCommand`add server ${words(64)}`, TooLongForSocket);
});

Deno.test("socketCommand: what HAProxy's buffer does not hold is refused", () => {
  assert.equal(socketCommand`x ${"a".repeat(14_998)}`.length, 15_000);
  assert.throws(() => socketCommand`x ${"a".repeat(14_999)}`, TooLongForSocket);
  const set = socketCommand`set ssl cert /a.pem`;
  assert.throws(() => withPayload(set, `${"A".repeat(15_000)}\n`), TooLongForSocket);
});

const pem = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nAA+/==\n-----END EC PRIVATE KEY-----\n";

Deno.test("withPayload: a PEM text stands behind the command", () => {
  const set = socketCommand`set ssl cert /a.pem`;
  assert.equal(toWorker(7, withPayload(set, pem)), `@!7 set ssl cert /a.pem <<\n${pem}`);
  assert.equal(toWorker("serving", set), "@1 set ssl cert /a.pem");
});

const payloads: [what: string, payload: string][] = [
  ["nothing", ""],
  ["no line feed at its end", "AA=="],
  ["an empty line", "AA==\n\nhard-reload\n"],
  ["an empty line at its end", "AA==\n\n"],
  ["a line of blanks", "AA==\n  \nhard-reload\n"],
  ["a carriage return", "AA==\r\n\r\nhard-reload\n"],
  ["a semicolon", "AA==;x\n"],
  ["a NUL", "AA==\0\n"],
];
for (const [what, payload] of payloads) {
  Deno.test(`withPayload: ${what} is refused, and the message has nothing of it`, () => {
    assert.throws(
      () => withPayload(socketCommand`set ssl cert /a.pem`, payload),
      (error) => error instanceof UnfitForSocket && !/AA|hard/.test(error.message),
    );
  });
}

/** How HAProxy reads what it is sent: lines, then commands, then words (management guide 9.3). */
function asHaproxyReads(text: string): string[][] {
  const commands: string[][] = [];
  for (const line of text.split(/[\n\r\0]/)) {
    for (const command of line.match(/(?:\\[^]|[^;\\])+/g) ?? []) {
      const words = command.match(/(?:\\[^]|[^ \t\\])+/g) ?? [];
      if (words.length > 0) commands.push(words);
    }
  }
  return commands;
}

const dangers = [
  "a",
  "b.test",
  " ",
  "\t",
  "\n",
  "\r",
  ";",
  "<<",
  "\\",
  "#",
  '"',
  "'",
  "@master",
  "@1",
  "-",
  "$",
  "\0",
  "é",
];
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...dangers), { maxLength: 5 }).map((parts) => parts.join("")),
);

Deno.test(`property: of whatever texts a command is made, HAProxy reads one command of exactly those words, or there is none (SEED=${seed})`, () => {
  let made = 0;
  fc.assert(
    fc.property(text, text, fc.array(text, { maxLength: 4 }), (one, two, list) => {
      const makes: [expected: string[], make: () => string][] = [
        [["add", "map", "/m", one, two], () => socketCommand`add map /m ${one} ${two}`],
        [["enable", "server", `${one}/${two}`], () => socketCommand`enable server ${one}/${two}`],
        [["add", "server", "b/s", ...list], () => socketCommand`add server b/s ${list}`],
      ];
      for (const [expected, make] of makes) {
        let command: string;
        try {
          command = make();
        } catch (error) {
          assert.ok(error instanceof UnfitForSocket);
          continue;
        }
        made++;
        assert.deepEqual(asHaproxyReads(command), [expected]);
        assert.doesNotMatch(command, /<<|[^\x20-\x7e]/);
        assert.ok(expected.slice(2).every((word) => !/^[@#]/.test(word)));
      }
    }),
    { seed, numRuns: 2_000 },
  );
  assert.ok(made > 200, `${made} commands`);
});
