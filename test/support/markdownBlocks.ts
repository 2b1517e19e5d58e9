/** A fenced block of a page in Markdown. */
export interface MarkdownBlock {
  readonly language: string;
  readonly text: string;
  /** The prose right before it, or nothing where another block is there. */
  readonly before: string;
}

/** The fenced blocks of a page, in their order. */
export function markdownBlocks(markdown: string): MarkdownBlock[] {
  const pieces = markdown.split(/^```(\w*)\n([^]*?)\n```$/m);
  const blocks: MarkdownBlock[] = [];
  for (let index = 1; index < pieces.length; index += 3) {
    const before = pieces[index - 1]!.trim();
    blocks.push({ language: pieces[index]!, text: pieces[index + 1]!, before });
  }
  return blocks;
}
