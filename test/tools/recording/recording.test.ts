import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { animate } from "../../../tools/recording/svg.ts";
import { type Frame, framesOf, type Line, looks, withoutPauses } from "../../../tools/recording/terminal.ts";

const size = { columns: 10, rows: 3 };

const textOf = (line: Line) => line.map(({ text }) => text).join("");

function shown(text: string): { lines: readonly string[]; top: number } {
  const { lines, top } = framesOf([{ at: 0, text }], size, 100)[0]!;
  return { lines: lines.map(textOf), top };
}

const terminals: readonly [what: string, text: string, lines: readonly string[], top: number][] = [
  ["lines", "a\r\nb", ["a", "b"], 0],
  ["a line end alone stays in its column", "ab\nc", ["ab", "  c"], 0],
  ["a line is overwritten from its start", "abc\rx", ["xbc"], 0],
  ["a long line wraps", "0123456789a", ["0123456789", "a"], 0],
  ["the screen scrolls", "1\r\n2\r\n3\r\n4", ["1", "2", "3", "4"], 1],
  ["a block is erased, and drawn again", "1\r\n2\r\n\x1b[1A\x1b[Jx\r\n", ["1", "x", ""], 0],
  ["the cursor does not leave the screen", "1\r\n2\r\n3\r\n4\x1b[9A\rx", ["1", "x", "3", "4"], 1],
  ["what has scrolled stays so", "1\r\n2\r\n3\r\n4\r\n\x1b[2A\x1b[J", ["1", "2", ""], 2],
  ["a column is chosen, and the rest of the line erased", "abc\x1b[2G\x1b[0Kx\x1b[1G", ["ax"], 0],
  ["a line is erased", "a\r\nbc\x1b[2K\x1b[1Gd", ["a", "d"], 0],
  ["characters outside of ASCII", "■■", ["■■"], 0],
];

for (const [what, text, lines, top] of terminals) {
  Deno.test(`terminal: ${what}`, () => assert.deepEqual(shown(text), { lines, top }));
}

Deno.test("terminal: looks begin and end; spaces belong to what is before them", () => {
  const [{ lines }] = framesOf(
    [{ at: 0, text: "\x1b[1mA\x1b[0m \x1b[2ma\x1b[32mb\x1b[0m  " }],
    size,
    100,
  ) as [Frame];
  assert.deepEqual(lines, [[
    { text: "A ", look: "bold" },
    { text: "a", look: "faint" },
    { text: "b", look: "faint green" },
  ]]);
});

Deno.test("terminal: an unknown control sequence is refused", () => {
  assert.throws(() => shown("\x1b[5B"), /"\\u001b\[5B" is not known/);
  assert.throws(() => shown("\x1b[45m"), /"\\u001b\[45m" is not known/);
  assert.throws(() => shown("\x1b]0;title\x07"), /is not known/);
});

Deno.test("terminal: one frame an interval, and none where nothing changes", () => {
  const written = [[0, "a"], [40, "b"], [120, "c"], [230, "\x1b[0m"], [390, "d"]] as const;
  const frames = framesOf(written.map(([at, text]) => ({ at, text })), size, 100);
  assert.deepEqual(frames.map(({ at, lines }) => [at, textOf(lines[0]!)]), [[0, "ab"], [100, "abc"], [
    300,
    "abcd",
  ]]);
});

Deno.test("terminal: long pauses are cut", () => {
  const written = [0, 500, 9000, 9100].map((at) => ({ at, text: "" }));
  assert.deepEqual(withoutPauses(written, 1000).map(({ at }) => at), [0, 500, 1500, 1600]);
});

Deno.test("recording: a text is there once for the frames in which it stays, and the last frame needs no motion", () => {
  const frames = framesOf(
    [
      { at: 0, text: "stays\r\n" },
      { at: 1000, text: "<goes>\r\n" },
      { at: 2000, text: "\x1b[1A\x1b[J\x1b[1mlast\x1b[0m" },
    ],
    size,
    100,
  );
  const picture = animate(frames, size, "A & B");
  assert.equal(picture.match(/stays/g)?.length, 1);
  assert.match(picture, /aria-label="A &amp; B"/);
  // The duration is the last frame's time and the rest of 4 s.
  assert.match(picture, /#s,#s g\{animation:6000ms step-end infinite\}/);
  const rules = new Map(
    [...picture.matchAll(/@keyframes (v\d+)(\{.*\})/g)].map(([, name, rule]) => [name, rule]),
  );
  const groups = [...picture.matchAll(/<g style="animation-name:(v\d+)"( class="l")?>(.*?)<\/g>/g)]
    .map(([, name, isLast, texts]) => ({
      rule: rules.get(name),
      isLast: isLast !== undefined,
      texts: [...texts!.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, text]) => text),
    }));
  assert.deepEqual(groups, [
    { rule: "{0%{visibility:visible}}", isLast: true, texts: ["stays"] },
    {
      rule: "{0%{visibility:hidden}16.67%{visibility:visible}33.33%{visibility:hidden}}",
      isLast: false,
      texts: ["&lt;goes>"],
    },
    {
      rule: "{0%{visibility:hidden}33.33%{visibility:visible}}",
      isLast: true,
      texts: ['<tspan class="b">last</tspan>'],
    },
  ]);
});

Deno.test("recording: every look has a class of its own", () => {
  for (const [code, look] of Object.entries(looks)) {
    const frames = framesOf([{ at: 0, text: `\x1b[${code}ma` }], size, 100);
    const [, name] = /<tspan class="(\w)">a</.exec(animate(frames, size, "")) ?? [];
    assert.match(animate(frames, size, ""), new RegExp(`[\n}]\\.${name}\\{`), look);
  }
});

Deno.test("recording: that of the README is small, of a run in which no request failed, and stands still where asked to", () => {
  const picture = readFileSync(new URL("../../../docs/images/demo.svg", import.meta.url), "utf8");
  assert.ok(picture.length < 100_000, `${picture.length} bytes`);
  assert.match(
    picture,
    /class="l">.*>Stopped by --seconds \d+: \d+ s, \d{3,} requests, (?:<tspan[^>]*>)?none failed</,
  );
  assert.match(picture, /@media \(prefers-reduced-motion:no-preference\)/);
  assert.doesNotMatch(picture, /<script|href/);
});
