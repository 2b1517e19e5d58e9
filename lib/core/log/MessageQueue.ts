/** Messages that wait to be sent, in their order; where they would take too much memory the oldest are dropped. */
export class MessageQueue {
  #messages: Uint8Array[] = [];
  /** Where the oldest message is: taking it out does not move the others. */
  #start = 0;
  #octets = 0;
  #dropped = 0;

  /** @param maxOctets what all messages together may take */
  constructor(readonly maxOctets: number) {}

  get size(): number {
    return this.#messages.length - this.#start;
  }

  /** How many messages were dropped since `forgetDropped`. */
  get dropped(): number {
    return this.#dropped;
  }

  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#octets += message.length;
    while (this.#octets > this.maxOctets) {
      this.take();
      this.#dropped++;
    }
  }

  /** Takes the oldest message out. */
  take(): Uint8Array | undefined {
    const message = this.#messages[this.#start];
    if (message === undefined) return undefined;
    this.#octets -= message.length;
    this.#start++;
    if (this.#start * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#start);
      this.#start = 0;
    }
    return message;
  }

  /** Makes a message that was taken the oldest again; it is dropped if there is no room for it any more. */
  putBack(message: Uint8Array): void {
    if (this.#octets + message.length > this.maxOctets) {
      this.#dropped++;
      return;
    }
    this.#octets += message.length;
    if (this.#start > 0) this.#messages[--this.#start] = message;
    else this.#messages.unshift(message);
  }

  forgetDropped(): void {
    this.#dropped = 0;
  }
}
