/** Why a request to one URL gave no usable answer, in words without credentials, and what an operator can do about it. */
export interface RequestFailure {
  reason: string;
  advice: string;
}
