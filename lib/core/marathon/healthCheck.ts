import { integerOf, isObject, type JsonObject, numberOf, portOf, textOf } from "../json.ts";
import { isCheckPath } from "../paths.ts";
import { quoted } from "../text.ts";

/** A health check of an app, with Marathon's defaults for members that the answer omits. */
export interface HealthCheck {
  readonly protocol: string;
  readonly port?: number;
  readonly portIndex?: number;
  readonly path: string;
  readonly timeoutSeconds: number;
  readonly intervalSeconds: number;
  readonly gracePeriodSeconds: number;
  readonly maxConsecutiveFailures: number;
  /** What in it cannot be written into a configuration: a sentence, reported if it is used. */
  readonly unfit?: string;
}

/** Characters of the longest path of a check, as the request has to fit a buffer of HAProxy (tune.bufsize, 16 KiB). */
const longestPath = 4_096;
/** HAProxy's timers are milliseconds in 31 bits (configuration manual, section 2.5, "time format"). */
const mostSeconds = 2_147_483;

/**
 * A member of `healthChecks`; undefined when it is no object or has no protocol. All of it may be written into a
 * configuration. What cannot be is `unfit`, for the service that would use it.
 *
 * @throws {TypeError} when HAProxy could not perform it: one sentence
 */
export function readHealthCheck(value: unknown): HealthCheck | undefined {
  if (!isObject(value)) return undefined;
  const protocol = textOf(value.protocol);
  if (protocol === undefined) return undefined;
  const path = textOf(value.path) ?? "/";
  if (path.length > longestPath) {
    const length = `${path.length} characters`;
    throw new TypeError(`the path of a health check has ${length}; expected ${longestPath} at the most`);
  }
  const seconds = (name: string, other: number) => {
    const number = numberOf(value[name]) ?? other;
    if (number >= 0 && number <= mostSeconds) return number;
    const expected = `from 0 to ${mostSeconds} seconds`;
    throw new TypeError(`the ${name} of a health check is ${quoted(number)}; expected ${expected}`);
  };
  const maxConsecutiveFailures = numberOf(value.maxConsecutiveFailures) ?? 3;
  if (!Number.isSafeInteger(maxConsecutiveFailures) || maxConsecutiveFailures < 0) {
    const found = quoted(maxConsecutiveFailures);
    throw new TypeError(
      `the maxConsecutiveFailures of a health check is ${found}; expected a whole number from 0`,
    );
  }
  const unfit = findUnfit(value);
  return {
    protocol,
    port: portOf(value.port),
    portIndex: integerOf(value.portIndex),
    path,
    // Marathon's own defaults for what an app definition omits.
    timeoutSeconds: seconds("timeoutSeconds", 20),
    intervalSeconds: seconds("intervalSeconds", 60),
    gracePeriodSeconds: seconds("gracePeriodSeconds", 300),
    maxConsecutiveFailures,
    ...unfit === undefined ? {} : { unfit },
  };
}

/** Otherwise members of a wrong type would count as absent. */
function findUnfit(check: JsonObject): string | undefined {
  for (const [member, fits, expected] of membersOfChecks) {
    const value = check[member];
    if (value === undefined || value === null || fits(value)) continue;
    return `${member} of its health check is ${quoted(value)}; expected ${expected}`;
  }
  return undefined;
}

const isSeconds = (value: unknown) =>
  typeof value === "number" &&
  (Number.isSafeInteger(value) && value >= 0 || /^\d+(\.\d{1,3})?$/.test(String(value)));
const isWhole = (value: unknown) => integerOf(value) !== undefined;

const membersOfChecks: readonly (readonly [string, (value: unknown) => boolean, expected: string])[] = [
  ["protocol", (text) => /^[A-Za-z0-9_]{1,32}$/.test(String(text)), "a name such as MESOS_HTTP"],
  [
    "path",
    (text) => typeof text === "string" && isCheckPath(text),
    "a path, with a query or without, and no quotes, blanks, `#`, `$` or backslashes",
  ],
  ["port", isWhole, "a port"],
  ["portIndex", isWhole, "a whole number"],
  ["timeoutSeconds", isSeconds, "seconds"],
  ["intervalSeconds", isSeconds, "seconds"],
  ["gracePeriodSeconds", isSeconds, "seconds"],
  ["maxConsecutiveFailures", (value) => typeof value === "number", "a whole number"],
];
