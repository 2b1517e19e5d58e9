/** The weight of look-ups in a map: they stand behind every other rule, because whatever is more specific comes first. */
export const mapWeight = -1;
