// Offsets in a 64-bit ELF file's header, its program headers and its section headers (elf(5)).
const header = { machine: 18, programs: 32, sections: 40, programSize: 54, programCount: 56 } as const;
const sectionFields = { size: 58, count: 60, names: 62 } as const;

/** A segment or a section: where its bytes are in the file. */
interface Extent {
  readonly offset: number;
  readonly size: number;
}

export interface Section extends Extent {
  /** Where its header is in the file. */
  readonly header: number;
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
}

/** A 64-bit little-endian ELF file, as Linux has it on x86-64 and AArch64. */
export class Elf {
  /** `e_machine`. */
  readonly machine: number;
  readonly #view: DataView;

  /** @throws {Error} when it is none; the message goes after the file's name */
  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const magic = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
    if (bytes.length < 64 || magic.some((byte, index) => bytes[index] !== byte)) {
      throw new Error("is not an ELF file of 64 bits in little-endian order");
    }
    this.machine = this.#view.getUint16(header.machine, true);
  }

  /** What is mapped into memory from the file. */
  get segments(): Extent[] {
    const size = this.#view.getUint16(header.programSize, true);
    return this.#table(header.programs, size, header.programCount)
      .filter((at) => this.#view.getUint32(at, true) === 1)
      .map((at) => ({ offset: this.#word(at + 8), size: this.#word(at + 32) }));
  }

  get sections(): Section[] {
    const headers = this.#table(header.sections, this.sectionHeaderSize, sectionFields.count);
    const names = headers[this.#view.getUint16(sectionFields.names, true)];
    return headers.map((at) => ({
      header: at,
      name: names === undefined ? "" : this.#text(this.#word(names + 24) + this.#view.getUint32(at, true)),
      type: this.#view.getUint32(at + 4, true),
      flags: this.#view.getBigUint64(at + 8, true),
      offset: this.#word(at + 24),
      size: this.#word(at + 32),
    }));
  }

  get sectionHeaderSize(): number {
    return this.#view.getUint16(sectionFields.size, true);
  }

  /** Has the file say that its section headers are at `offset`, and the last of them is that of their names. */
  placeSections(offset: number, count: number): void {
    this.#view.setBigUint64(header.sections, BigInt(offset), true);
    this.#view.setUint16(sectionFields.count, count, true);
    this.#view.setUint16(sectionFields.names, count - 1, true);
  }

  #table(start: number, size: number, count: number): number[] {
    const first = this.#word(start);
    return Array.from({ length: this.#view.getUint16(count, true) }, (_, index) => first + index * size);
  }

  #word(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  #text(at: number): string {
    return new TextDecoder().decode(this.bytes.subarray(at, this.bytes.indexOf(0, at)));
  }
}
