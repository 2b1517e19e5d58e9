import type { Condition, Term } from "./Condition.ts";
import type { Statement } from "./Statement.ts";

/** Whether it does not matter which of two rules comes first: they do the same, or no request can match both. */
export function commute(one: Statement, other: Statement): boolean {
  if (one.action === other.action && one.slot !== "http-request") return true;
  return one.condition !== undefined && other.condition !== undefined &&
    exclude(one.condition, other.condition);
}

function exclude(one: Condition, other: Condition): boolean {
  if (one.unless || other.unless) return false;
  return one.anyOf.every((terms) =>
    other.anyOf.every((others) => terms.some((term) => others.some((another) => isDisjoint(term, another))))
  );
}

/** Tests that compare the whole of one text, so that it cannot be two of their values. */
const whole =
  /^(?:path|method|ssl_fc_sni|req\.ssl_sni|(?:req\.)?hdr\(host\)(?:,host_only)?|hdr\(x-marathon-app-id\))(?: -i)?$/;

function isDisjoint(one: Term, other: Term): boolean {
  if (one.negated || other.negated || one.atoms.length === 0 || other.atoms.length === 0) return false;
  const values = new Set(one.atoms.map(({ value }) => value));
  const tests = new Set([...one.atoms, ...other.atoms].map(({ test }) => test));
  const [test = ""] = tests;
  return tests.size === 1 && whole.test(test) &&
    other.atoms.every(({ value }) => !values.has(value));
}
