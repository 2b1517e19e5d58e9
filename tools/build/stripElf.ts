import { Elf, type Section } from "./Elf.ts";

const allocated = 2n;
const infoIsSection = 0x40n;
const noBits = 8;
const stringTable = 3;

/**
 * An executable without what running it does not need: symbols and what debuggers want, as by `strip --strip-all` (which
 * not every machine has, and not for the executables of others). What is loaded into memory stays as and where it is.
 *
 * Has to be done before something else is put into the file: what is added by others may lie where this cuts.
 *
 * @throws {Error} when it is no ELF file that this can read
 */
export function stripElf(file: Uint8Array): Uint8Array {
  const elf = new Elf(file);
  const kept = elf.sections.filter(({ flags }, index) => index === 0 || (flags & allocated) !== 0n);
  const contents = [...elf.segments, ...kept.filter(({ type }) => type !== noBits)];
  const end = Math.max(...contents.map(({ offset, size }) => offset + size));
  const { text: names, starts } = nameTable([...kept.map(({ name }) => name), ".shstrtab"]);
  const table = aligned(end + names.length);
  const size = elf.sectionHeaderSize;
  const stripped = new Uint8Array(table + (kept.length + 1) * size);
  stripped.set(file.subarray(0, end));
  stripped.set(names, end);
  const view = new DataView(stripped.buffer);
  const indexOf = newIndices(elf.sections, kept);
  for (const [index, section] of kept.entries()) {
    const at = table + index * size;
    stripped.set(file.subarray(section.header, section.header + size), at);
    view.setUint32(at, starts[index]!, true);
    view.setUint32(at + 40, indexOf(view.getUint32(at + 40, true)), true);
    if (section.flags & infoIsSection) view.setUint32(at + 44, indexOf(view.getUint32(at + 44, true)), true);
  }
  writeNameSection(view, table + kept.length * size, {
    name: starts.at(-1)!,
    offset: end,
    size: names.length,
  });
  new Elf(stripped).placeSections(table, kept.length + 1);
  return stripped;
}

/** Where a section that another one refers to by its place is now; one that is gone is none (0). */
function newIndices(before: readonly Section[], after: readonly Section[]): (index: number) => number {
  const places = new Map(after.map(({ header }, index) => [header, index]));
  return (index) => places.get(before[index]?.header ?? -1) ?? 0;
}

/** Texts that end with a zero byte, and where each begins. */
function nameTable(names: readonly string[]): { text: Uint8Array; starts: number[] } {
  const starts: number[] = [];
  let text = "";
  for (const name of names) {
    starts.push(text.length);
    text += `${name}\0`;
  }
  return { text: new TextEncoder().encode(text), starts };
}

function writeNameSection(
  view: DataView,
  at: number,
  { name, offset, size }: { name: number; offset: number; size: number },
): void {
  view.setUint32(at, name, true);
  view.setUint32(at + 4, stringTable, true);
  view.setBigUint64(at + 24, BigInt(offset), true);
  view.setBigUint64(at + 32, BigInt(size), true);
  view.setBigUint64(at + 48, 1n, true);
}

function aligned(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
