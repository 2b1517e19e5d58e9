/** Why a request to one URL gave no usable answer, in words without credentials, and what an operator can do about it. */
export interface RequestFailure {
  reason: string;
  advice: string;
  /** Of an HTTP answer that is no success. */
  status?: number;
}

/** The failures of the URLs that were asked, which are the `cause` of the errors of `MarathonClient`; of others none. */
export function failuresOf(error: unknown): readonly RequestFailure[] {
  return error instanceof Error && Array.isArray(error.cause) ? error.cause : [];
}
