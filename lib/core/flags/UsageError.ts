/** The program was called wrongly. The message is one line: which flag, what was given, what is expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode = 2;
}
