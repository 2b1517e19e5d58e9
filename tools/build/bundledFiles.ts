/** The part of esbuild's metafile that is read here. */
export interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: InputsOfOutput }>>;
}

type InputsOfOutput = Readonly<Record<string, { readonly bytesInOutput: number }>>;

/** The files, sorted, that something in the bundle comes from; what was read and left out is not among them. */
export function bundledFiles({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path).sort();
}
