/** The error of a wait that took too long; `what` did not happen within `milliseconds`. */
export function timeOut(what: string, milliseconds: number): DOMException {
  return new DOMException(`${what} within ${milliseconds / 1000} s`, "TimeoutError");
}
