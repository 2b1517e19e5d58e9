import type { Clock } from "../system/clock.ts";

export interface WriteBehindOptions<Content> {
  readonly write: (content: Content) => Promise<void>;
  /** Called when a write has failed: nothing is written then until `settle` is called. */
  readonly failed: () => void;
  readonly clock: Clock;
}

/** Of the time: it rests four times as long as the last write took, up to this many milliseconds. */
const longestRest = 1_000;

/**
 * Writes to the disk what is in service already, so that no change waits for the disk. The first content is written at
 * once, later only the latest. The longer a write takes, the longer the rest after it.
 */
export class WriteBehind<Content extends object> {
  readonly #options: WriteBehindOptions<Content>;
  /** What is not, or not wholly, on the disk. */
  #next: Content | undefined;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;
  #restUntil = -Infinity;
  /** How many wait for everything to be on the disk. */
  #waiting = 0;
  /** Ends the rest that is under way. */
  #wake = new AbortController();

  constructor(options: WriteBehindOptions<Content>) {
    this.#options = options;
  }

  /** Whether the disk lacks something. */
  get behind(): boolean {
    return this.#next !== undefined;
  }

  /** Whether the last writing failed, and nothing was written since. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Writes this soon, unless something newer comes first. Returns at once. */
  follow(content: Content): void {
    this.#next = content;
    if (!this.#failure) void this.#run();
  }

  /**
   * Resolves when everything is on the disk. After a failure, it writes again.
   *
   * @throws {Error} why it cannot be written
   */
  async settle(): Promise<void> {
    this.#waiting++;
    try {
      this.#wake.abort();
      await this.#running;
      this.#failure = undefined;
      await this.#run();
      if (this.#failure) throw this.#failure;
    } finally {
      this.#waiting--;
    }
  }

  /** Ends all writing, and resolves to the content that may not be on the disk. Other content replaces it. */
  async cancel(): Promise<Content | undefined> {
    const lacking = this.#next;
    this.#next = undefined;
    this.#wake.abort();
    await this.#running;
    this.#failure = undefined;
    return lacking;
  }

  async #run(): Promise<void> {
    if (this.#next) this.#running ??= this.#write();
    await this.#running;
  }

  async #write(): Promise<void> {
    const { clock } = this.#options;
    try {
      while (this.#next && !this.#failure) {
        const early = this.#restUntil - clock.monotonic();
        this.#wake = new AbortController();
        if (early > 0 && this.#waiting === 0) {
          await clock.sleep(early, this.#wake.signal).catch(() => {/* a caller waits */});
        }
        if (this.#next) await this.#writeOnce(this.#next);
      }
    } finally {
      // Set in the same turn in which nothing was left: content that comes in the next turn needs a new run.
      this.#running = undefined;
    }
  }

  async #writeOnce(content: Content): Promise<void> {
    const { write, failed, clock } = this.#options;
    const began = clock.monotonic();
    try {
      await write(content);
      if (this.#next === content) this.#next = undefined;
    } catch (error) {
      this.#failure = error as Error;
      failed();
    }
    const now = clock.monotonic();
    this.#restUntil = now + Math.min(4 * (now - began), longestRest);
  }
}
