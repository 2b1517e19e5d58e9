import type { Frame, Line, Run, Size } from "./terminal.ts";

/** In pixels. A character of 13.3 px is 8 px wide in the fonts below. */
const wide = 8;
const high = 18;
const padding = 12;

/** How long the last frame stays before the recording begins again, in milliseconds. */
const rest = 4000;

/** The looks of `terminal.ts`, each as a class of two characters: there are many of them. Bright on dark. */
const classes: Readonly<Record<string, { readonly name: string; readonly rule: string }>> = {
  bold: { name: "b", rule: "font-weight:bold" },
  faint: { name: "f", rule: "fill:#8b949e" },
  red: { name: "r", rule: "fill:#ff7b72" },
  green: { name: "g", rule: "fill:#3fb950" },
  yellow: { name: "y", rule: "fill:#d29922" },
  cyan: { name: "c", rule: "fill:#39c5cf" },
};

/** A line at its place, in frames one after the other. */
interface Span {
  readonly row: number;
  readonly line: Line;
  readonly from: number;
  /** The first frame without it. */
  to: number;
}

/**
 * An animated picture of a terminal. It needs no script: each line is visible in its frames, by CSS alone. Where a reader
 * wants no motion, and in a viewer without animation, it shows the last frame.
 *
 * @param title for those who cannot see it
 */
export function animate(frames: readonly Frame[], { columns, rows }: Size, title: string): string {
  const duration = frames.at(-1)!.at + rest;
  const percent = (frame: number) => `${+(100 * frames[frame]!.at / duration).toFixed(2)}%`;
  const [width, height] = [columns * wide + 2 * padding, rows * high + 2 * padding];
  const groups = Map.groupBy(spansOf(frames), ({ from, to }) => `${from}-${to}`);
  const rules: string[] = [];
  const texts = [...groups.values()].map((spans, index) => {
    const { from, to } = spans[0]!;
    const isLast = to === frames.length;
    const start = from === 0 ? "" : `0%{visibility:hidden}`;
    const end = isLast ? "" : `${percent(to)}{visibility:hidden}`;
    rules.push(`@keyframes v${index}{${start}${percent(from)}{visibility:visible}${end}}`);
    const lines = spans.map(({ row, line }) => lineElement(row, line));
    return `<g style="animation-name:v${index}"${isLast ? ' class="l"' : ""}>${lines.join("")}</g>`;
  });
  const scroll = frames.map(({ top }, index) => `${percent(index)}{transform:translateY(${-top * high}px)}`)
    .filter((_, index) => frames[index]!.top !== frames[index - 1]?.top);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
    escape(title)
  }">
<title>${escape(title)}</title>
<style>
text{font:13.3px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#e6edf3;white-space:pre}
${Object.values(classes).map(({ name, rule }) => `.${name}{${rule}}`).join("")}
#s{transform:translateY(${-frames.at(-1)!.top * high}px)}
#s g{visibility:hidden}
#s g.l{visibility:visible}
@media (prefers-reduced-motion:no-preference){
#s,#s g{animation:${duration}ms step-end infinite}
#s{animation-name:s}
}
@keyframes s{${scroll.join("")}}
${rules.join("\n")}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#57606a"/>
<svg x="${padding}" y="${padding}" width="${columns * wide}" height="${rows * high}"><g id="s">
${texts.join("\n")}
</g></svg>
</svg>
`;
}

function spansOf(frames: readonly Frame[]): Span[] {
  const spans: Span[] = [];
  let open = new Map<number, Span>();
  for (const [index, { lines }] of frames.entries()) {
    const next = new Map<number, Span>();
    for (const [row, line] of lines.entries()) {
      if (line.length === 0) continue;
      const before = open.get(row);
      if (before !== undefined && JSON.stringify(before.line) === JSON.stringify(line)) {
        before.to++;
        next.set(row, before);
      } else {
        const span = { row, line, from: index, to: index + 1 };
        spans.push(span);
        next.set(row, span);
      }
    }
    open = next;
  }
  return spans;
}

/** As long as in a terminal, whatever font a viewer has. */
function lineElement(row: number, line: Line): string {
  const columns = line.reduce((sum, { text }) => sum + [...text].length, 0);
  const runs = line.map(runElement).join("");
  // The base line is above the lower edge of the row.
  return `<text y="${row * high + 13}" textLength="${columns * wide}">${runs}</text>`;
}

function runElement({ text, look }: Run): string {
  if (look === "") return escape(text);
  const names = look.split(" ").map((one) => classes[one]!.name);
  return `<tspan class="${names.join(" ")}">${escape(text)}</tspan>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
