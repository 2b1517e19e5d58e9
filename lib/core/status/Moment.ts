/** A point in time, by both clocks: dates come from the one, durations from the other, which never jumps. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Milliseconds from an arbitrary start, the same for all moments of a process. */
  readonly monotonic: number;
}
