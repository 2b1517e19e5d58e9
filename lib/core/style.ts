/**
 * How words stand out on a terminal. The words say everything without it: elsewhere, and where colours are off, a style
 * leaves its text as it is.
 */
export interface Style {
  /** What the next lines are about. */
  emphasis(text: string): string;
  ok(text: string): string;
  warning(text: string): string;
  failure(text: string): string;
  /** Less important text. */
  quiet(text: string): string;
}

/** Control Sequence Introducer of ECMA-48, which terminals know. */
const escape = "\u001b[";
const reset = `${escape}0m`;

/** Select Graphic Rendition: `code` begins a style. */
function sgr(code: number): (text: string) => string {
  return (text) => `${escape}${code}m${text}${reset}`;
}

const colours: Style = { emphasis: sgr(1), ok: sgr(32), warning: sgr(33), failure: sgr(31), quiet: sgr(2) };

const same = (text: string) => text;
const plain: Style = { emphasis: same, ok: same, warning: same, failure: same, quiet: same };

/** @param colourful whether a terminal shows the text */
export function styleFor(colourful: boolean): Style {
  return colourful ? colours : plain;
}

/** The pieces of a line: texts, and what begins or ends a style between them. */
function piecesOf(line: string): { piece: string; isStyle: boolean }[] {
  const [first = "", ...rest] = line.split(escape);
  return [
    { piece: first, isStyle: false },
    ...rest.flatMap((piece) => {
      const end = piece.indexOf("m") + 1;
      return [
        { piece: escape + piece.slice(0, end), isStyle: true },
        { piece: piece.slice(end), isStyle: false },
      ];
    }),
  ];
}

/** How many columns a line takes on a terminal, where each character takes one. */
export function columnsOf(line: string): number {
  return piecesOf(line).reduce((sum, { piece, isStyle }) => sum + (isStyle ? 0 : [...piece].length), 0);
}

/** The line cut to a number of columns, with an ellipsis at its end. A style that is cut ends there. */
export function fitted(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  let [left, text, last] = [columns - 1, "", reset];
  for (const { piece, isStyle } of piecesOf(line)) {
    if (left <= 0) break;
    const shown = isStyle ? piece : [...piece].slice(0, left).join("");
    if (isStyle) last = piece;
    else left -= [...shown].length;
    text += shown;
  }
  return `${text}…${last === reset ? "" : reset}`;
}

/** The text with spaces up to a number of columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}
