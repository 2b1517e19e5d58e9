/** What HAProxy 2.6 to 3.5 know about one action of `http-request`, `http-response` or `http-after-response`. */
export interface RuleAction {
  readonly name: string;
  /** In which of the three it may stand. */
  readonly rules: readonly ("http-request" | "http-response" | "http-after-response")[];
  /** Least number of arguments in every version. */
  readonly least: number;
  /** Most; absent where it has options, whose number nobody can tell. */
  readonly most?: number;
}

const request = ["http-request"] as const;
const response = ["http-response"] as const;
const either = ["http-request", "http-response"] as const;
const late = ["http-response", "http-after-response"] as const;
const all = ["http-request", "http-response", "http-after-response"] as const;

/**
 * Every action, by name. One that some version has but another has not is here: whether it is too new, HAProxy says.
 * Names that end in `(` take an argument in parentheses; `track-sc` a digit.
 */
export const ruleActions: readonly RuleAction[] = [
  { name: "add-acl(", rules: either, least: 1, most: 1 },
  { name: "add-header", rules: all, least: 2, most: 2 },
  { name: "add-headers-bin", rules: all, least: 1 },
  { name: "allow", rules: all, least: 0, most: 0 },
  { name: "auth", rules: request, least: 0 },
  { name: "cache-store", rules: response, least: 1, most: 1 },
  { name: "cache-use", rules: request, least: 1 },
  { name: "capture", rules: all, least: 3 },
  { name: "del-acl(", rules: all, least: 1, most: 1 },
  { name: "del-header", rules: all, least: 1 },
  { name: "del-headers-bin", rules: all, least: 1 },
  { name: "del-map(", rules: all, least: 1, most: 1 },
  { name: "deny", rules: either, least: 0 },
  { name: "disable-l7-retry", rules: request, least: 0, most: 0 },
  { name: "do-log", rules: all, least: 0 },
  { name: "do-resolve(", rules: request, least: 1 },
  { name: "early-hint", rules: request, least: 2, most: 2 },
  { name: "lua.", rules: all, least: 0 },
  { name: "normalize-uri", rules: request, least: 1 },
  { name: "ot-group", rules: all, least: 2 },
  { name: "otel-group", rules: all, least: 2 },
  { name: "pause", rules: either, least: 1 },
  { name: "redirect", rules: either, least: 2 },
  { name: "reject", rules: request, least: 0, most: 0 },
  { name: "replace-header", rules: all, least: 3, most: 3 },
  { name: "replace-path", rules: request, least: 2, most: 2 },
  { name: "replace-pathq", rules: request, least: 2, most: 2 },
  { name: "replace-uri", rules: request, least: 2, most: 2 },
  { name: "replace-value", rules: all, least: 3, most: 3 },
  { name: "return", rules: either, least: 0 },
  { name: "sc-add-gpc(", rules: all, least: 1 },
  { name: "sc-inc-gpc(", rules: all, least: 0, most: 0 },
  { name: "sc-inc-gpc0(", rules: all, least: 0, most: 0 },
  { name: "sc-inc-gpc1(", rules: all, least: 0, most: 0 },
  { name: "sc-set-gpt(", rules: all, least: 0 },
  { name: "sc-set-gpt0(", rules: all, least: 0 },
  { name: "send-spoe-group", rules: either, least: 2, most: 2 },
  { name: "set-bandwidth-limit", rules: either, least: 1 },
  { name: "set-bc-mark", rules: request, least: 1 },
  { name: "set-bc-tos", rules: request, least: 1 },
  { name: "set-dst", rules: request, least: 1 },
  { name: "set-dst-port", rules: request, least: 1 },
  { name: "set-fc-mark", rules: either, least: 1 },
  { name: "set-fc-tos", rules: either, least: 1 },
  { name: "set-header", rules: all, least: 2, most: 2 },
  { name: "set-headers-bin", rules: all, least: 1 },
  { name: "set-log-level", rules: all, least: 1, most: 1 },
  { name: "set-map(", rules: all, least: 2, most: 2 },
  { name: "set-mark", rules: either, least: 1 },
  { name: "set-method", rules: request, least: 1, most: 1 },
  { name: "set-nice", rules: either, least: 1, most: 1 },
  { name: "set-path", rules: request, least: 1, most: 1 },
  { name: "set-pathq", rules: request, least: 1, most: 1 },
  { name: "set-priority-class", rules: request, least: 1 },
  { name: "set-priority-offset", rules: request, least: 1 },
  { name: "set-query", rules: request, least: 1, most: 1 },
  { name: "set-retries", rules: request, least: 1 },
  { name: "set-src", rules: request, least: 1 },
  { name: "set-src-port", rules: request, least: 1 },
  { name: "set-status", rules: late, least: 1 },
  { name: "set-timeout", rules: either, least: 2 },
  { name: "set-tos", rules: either, least: 1 },
  { name: "set-uri", rules: request, least: 1, most: 1 },
  { name: "set-var(", rules: all, least: 1 },
  { name: "set-var-fmt(", rules: all, least: 1, most: 1 },
  { name: "silent-drop", rules: either, least: 0 },
  { name: "strict-mode", rules: all, least: 1, most: 1 },
  { name: "tarpit", rules: request, least: 0 },
  { name: "track-sc", rules: either, least: 1 },
  { name: "unset-var(", rules: all, least: 0, most: 0 },
  { name: "use-service", rules: request, least: 1 },
  { name: "wait-for-body", rules: either, least: 2 },
  { name: "wait-for-handshake", rules: request, least: 0, most: 0 },
];
