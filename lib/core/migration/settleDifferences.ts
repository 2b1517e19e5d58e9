import { type Difference, isInEffect } from "./Difference.ts";

/**
 * The differences of two comparisons, one after the other: what only one of them found came of tasks and apps that changed
 * meanwhile, and is `moving`.
 */
export function settleDifferences(first: readonly Difference[], second: readonly Difference[]): Difference[] {
  const [early, late] = [first, second].map((list) => new Set(list.filter(isInEffect).map(identity)));
  const lasting = second.map((difference) =>
    !isInEffect(difference) || early!.has(identity(difference)) ? difference : moving(difference)
  );
  const gone = first.filter((difference) => isInEffect(difference) && !late!.has(identity(difference)));
  const rest = lasting.filter(({ kind }) => kind !== "intended");
  return [
    ...rest.filter(isInEffect),
    ...rest.filter((difference) => !isInEffect(difference)),
    ...gone.map(moving),
    ...lasting.filter(({ kind }) => kind === "intended"),
  ];
}

function moving(difference: Difference): Difference {
  return {
    ...difference,
    kind: "moving",
    meaning: "It was so in one of two comparisons: something changed meanwhile.",
    advice: undefined,
  };
}

function identity({ kind, section, what, before = "", after = "" }: Difference): string {
  return JSON.stringify([kind, section, what, before, after]);
}
