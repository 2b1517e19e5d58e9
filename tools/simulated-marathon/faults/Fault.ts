import { isObject } from "../JsonObject.ts";

/** What to do wrong with requests. Several of the effects may be combined. */
export interface Fault {
  /** The path of the requests, without query; `*` at the end matches whatever follows. All paths by default. */
  readonly path?: string;
  readonly method?: string;
  /** Only the n-th, 2n-th, … matching request. */
  readonly every?: number;
  /** Only so many requests, then never again. */
  readonly times?: number;
  /** Milliseconds before the answer. */
  readonly delayMs?: number;
  /** This status instead of the answer, with a message as body. */
  readonly status?: number;
  /** This body instead of the answer's, with the type of JSON. */
  readonly body?: string;
  /** A body that stops in the middle of its JSON, in a complete HTTP answer. */
  readonly malformed?: boolean;
  /** Half of the answer, then a closed connection. */
  readonly truncate?: boolean;
  /** `{"apps": []}`, `{"tasks": []}` or `[]`: nothing there. */
  readonly empty?: boolean;
  /** The connection is closed without an answer. */
  readonly drop?: boolean;
  /** Never an answer, and the connection stays open. */
  readonly hang?: boolean;
}

interface MemberType {
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
}

const text: MemberType = { name: "text", holds: (value) => typeof value === "string" };
const flag: MemberType = { name: "true or false", holds: (value) => typeof value === "boolean" };
const numberFrom = (min: number, max = Infinity): MemberType => ({
  name: `whole number from ${min}${max < Infinity ? ` to ${max}` : ""}`,
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
});

const members: Record<keyof Fault, MemberType> = {
  path: text,
  method: text,
  every: numberFrom(1),
  times: numberFrom(1),
  delayMs: numberFrom(0),
  status: numberFrom(200, 599),
  body: text,
  malformed: flag,
  truncate: flag,
  empty: flag,
  drop: flag,
  hang: flag,
};

/** A fault from JSON. Throws a TypeError that names the first member that is no good. */
export function readFault(value: unknown): Fault {
  if (!isObject(value)) throw new TypeError(`A fault is an object, not ${JSON.stringify(value)}`);
  for (const [name, given] of Object.entries(value)) {
    const type = members[name as keyof Fault];
    if (!type) {
      throw new TypeError(`A fault has no member ${name}; there are ${Object.keys(members).join(", ")}`);
    }
    if (!type.holds(given)) {
      throw new TypeError(`The member ${name} of a fault is ${type.name}, not ${JSON.stringify(given)}`);
    }
  }
  return value as Fault;
}
