/** So many pieces of a line are joined at a time: kept one by one, pieces of a byte would take forty times their length. */
const joinedPieces = 4_096;

/**
 * Cuts the bytes of a text in UTF-8 into lines, which end with a line feed, a carriage return, or both. Time and memory
 * are linear in the length of a line, whatever pieces it comes in. What is no UTF-8 becomes U+FFFD; a byte order mark at
 * the start is dropped.
 */
export class LineReader {
  // Deno's drops byte order marks in the middle, too, when they come in pieces.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #atStart = true;
  /** The beginning of a line whose end has not come yet: what is joined already, and pieces after it. */
  #begun = "";
  #pieces: string[] = [];
  #piecesLength = 0;
  /** A line feed that comes next belongs to the line end that was there already. */
  #afterReturn = false;

  /** Characters of the line that has not ended yet. */
  get pendingLength(): number {
    return this.#begun.length + this.#piecesLength;
  }

  /** The lines that end in this piece, without their ends; to be used up before the next piece. */
  *feed(bytes: Uint8Array): Generator<string> {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return;
    const skipped = this.#atStart ? "\ufeff" : this.#afterReturn ? "\n" : undefined;
    let start = skipped !== undefined && text.startsWith(skipped) ? 1 : 0;
    this.#atStart = false;
    this.#afterReturn = text.endsWith("\r");
    let [lineFeed, carriageReturn] = [text.indexOf("\n", start), text.indexOf("\r", start)];
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const end = lineFeed === -1 || (carriageReturn !== -1 && carriageReturn < lineFeed)
        ? carriageReturn
        : lineFeed;
      const line = this.#end(text.slice(start, end));
      start = end + (end === carriageReturn && lineFeed === end + 1 ? 2 : 1);
      if (lineFeed !== -1 && lineFeed < start) lineFeed = text.indexOf("\n", start);
      if (carriageReturn !== -1 && carriageReturn < start) carriageReturn = text.indexOf("\r", start);
      yield line;
    }
    if (start < text.length) this.#add(text.slice(start));
  }

  #add(piece: string): void {
    this.#pieces.push(piece);
    this.#piecesLength += piece.length;
    if (this.#pieces.length < joinedPieces) return;
    this.#begun += this.#pieces.join("");
    this.#pieces = [];
    this.#piecesLength = 0;
  }

  #end(last: string): string {
    if (this.pendingLength === 0) return last;
    const line = this.#begun + this.#pieces.join("") + last;
    this.#begun = "";
    this.#pieces = [];
    this.#piecesLength = 0;
    return line;
  }
}
