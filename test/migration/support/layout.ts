/** The sections of a configuration: a first line, and those under it. */
function blocksOf(text: string): string[][] {
  const blocks: string[][] = [];
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    if (/^[a-z]/.test(line)) blocks.push([line]);
    else blocks.at(-1)!.push(line);
  }
  return blocks;
}

/**
 * The same configuration with other blanks, comments, names of ACLs and order of sections. Each proxy gets the `defaults`
 * it has before it, as it inherits from those.
 *
 * @param next gives whole numbers, by which all of this is chosen
 */
export function inAnotherLayout(text: string, next: () => number): string {
  const [head, proxies]: [string[][], { order: number; lines: string[] }[]] = [[], []];
  let defaults: string[] = [];
  for (const block of blocksOf(text)) {
    if (block[0]!.startsWith("defaults")) {
      defaults = block;
      if (!head.includes(block) && !head.some(([first]) => first!.startsWith("defaults"))) head.push(block);
    } else if (/^(?:frontend|backend|userlist) /.test(block[0]!)) {
      proxies.push({ order: next(), lines: [...defaults, ...block] });
    } else {
      head.push(block);
    }
  }
  const lines = [...head.flat(), ...proxies.sort((a, b) => a.order - b.order).flatMap(({ lines }) => lines)];
  const acls = new Set([...text.matchAll(/^\s+acl (\S+)/gm)].map(([, name]) => name!));
  return lines.map((line) => inOtherWords(line, acls, next)).join("\n");
}

function inOtherWords(line: string, acls: ReadonlySet<string>, next: () => number): string {
  const [, indent = "", rest = ""] = /^(\s*)(.*)$/.exec(line)!;
  // Words in quotes keep their blanks.
  const spaced = /["'\\]/.test(rest) ? rest : rest.replaceAll(" ", () => " ".repeat(1 + next() % 3));
  const renamed = spaced.replaceAll(/(?<=[\s!])[^\s!]+/g, (word) => acls.has(word) ? `my_${word}` : word);
  const comment = next() % 3 === 0 ? " # a comment" : "";
  const before = next() % 4 === 0 ? "\n# a line of its own\n" : "";
  return `${before}${indent === "" ? "" : indent + " ".repeat(next() % 3)}${renamed}${comment}`;
}

/** What is not found by purpose: what stands for nothing, and what flags and machines make different. */
const free = [
  // It holds without being said.
  /^\s+(?:mode tcp|balance roundrobin)$/,
  /^\s+server-state-base /,
  /^\s+http-request set-header Host None$/,
  // The address of the load balancer itself is a matter of flags.
  /^\s+bind (?:\*:80|\*:443|\*:9091|:9090)\b/,
];

/**
 * Positions of lines whose loss or change has an effect.
 *
 * @param altered whether something is added at their end rather than the line lost
 */
export function generatedLines(lines: readonly string[], altered: boolean): number[] {
  return [...lines.keys()].filter((index) => {
    const line = lines[index]!;
    if (!/^\s+\S/.test(line) || /^\s+\./.test(line) || free.some((pattern) => pattern.test(line))) {
      return false;
    }
    if (altered && line.endsWith("}") || !isInherited(lines, index)) return false;
    const [, acl] = /^\s+acl (\S+)/.exec(line) ?? [];
    return acl === undefined || isUsed(lines, index, acl);
  });
}

/** Whether a line is in no `defaults`, or in some that a proxy follows. */
function isInherited(lines: readonly string[], index: number): boolean {
  const own = lines.findLast((line, at) => at < index && /^[a-z]/.test(line))!;
  const next = lines.find((line, at) => at > index && /^[a-z]/.test(line));
  if (own !== "defaults") return true;
  const ofFrontends = lines[index]!.endsWith("idle-close-on-response");
  return next !== undefined && next !== "defaults" && !(ofFrontends && next.startsWith("backend"));
}

/** Whether an ACL is used in its section, and nothing else in it says the same of that ACL. */
function isUsed(lines: readonly string[], index: number, acl: string): boolean {
  let first = index;
  while (!/^[a-z]/.test(lines[first]!)) first--;
  const end = lines.findIndex((line, at) => at > index && /^[a-z]/.test(line));
  const section = lines.slice(first, end < 0 ? undefined : end);
  const words = section.filter((line) => !line.trim().startsWith("acl ")).flatMap((line) =>
    line.split(/\s+/)
  );
  const same = section.filter((line) => line === lines[index]);
  return same.length === 1 && words.some((word) => word.replace("!", "") === acl);
}
