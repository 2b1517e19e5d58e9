import type { TemplateName } from "../templates/templateTable.ts";

/** The templates of one service in a vhost frontend, in their order. */
export interface VhostRules {
  /** Once, before the hosts. */
  readonly first?: TemplateName;
  /** Once for each host. */
  readonly eachHost: readonly TemplateName[];
  /** Once, behind the hosts. */
  readonly last?: TemplateName;
}

/** What decides which templates a service with a vhost gets. */
export type VhostForm = `${"single" | "multi"}${"" | " path"}${"" | " auth"}`;

/** Rules in the HTTP frontend. */
export const httpRules: Readonly<Record<VhostForm, VhostRules>> = {
  "single": { eachHost: ["HTTP_FRONTEND_ACL"] },
  "single auth": { eachHost: ["HTTP_FRONTEND_ACL_WITH_AUTH"] },
  "single path": { eachHost: ["HTTP_FRONTEND_ACL_WITH_PATH"] },
  "single path auth": { eachHost: ["HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH"] },
  "multi": { eachHost: ["HTTP_FRONTEND_ACL_ONLY"], last: "HTTP_FRONTEND_ROUTING_ONLY" },
  "multi auth": { eachHost: ["HTTP_FRONTEND_ACL_ONLY"], last: "HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH" },
  "multi path": {
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH",
    eachHost: ["HTTP_FRONTEND_ACL_ONLY"],
    last: "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH",
  },
  "multi path auth": {
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH",
    eachHost: ["HTTP_FRONTEND_ACL_ONLY"],
    last: "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH",
  },
};

const redirect: VhostRules = { eachHost: ["HTTP_FRONTEND_ACL"], last: "BACKEND_REDIRECT_HTTP_TO_HTTPS" };
const redirectPath: VhostRules = {
  eachHost: ["HTTP_FRONTEND_ACL_ONLY", "HTTP_FRONTEND_ACL_ONLY_WITH_PATH"],
  last: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
};
const redirectHosts: VhostRules = {
  eachHost: ["HTTP_FRONTEND_ACL_ONLY"],
  last: "BACKEND_REDIRECT_HTTP_TO_HTTPS",
};

/** Rules in the HTTP frontend of a service with `REDIRECT_TO_HTTPS`: who asks for a login there is sent on first. */
export const redirectRules: Readonly<Record<VhostForm, VhostRules>> = {
  "single": redirect,
  "single auth": redirect,
  "single path": redirectPath,
  "single path auth": redirectPath,
  "multi": redirectHosts,
  "multi auth": redirectHosts,
  "multi path": {
    ...redirectHosts,
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH",
    last: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
  },
  "multi path auth": {
    ...redirectHosts,
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH",
    last: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
  },
};

const https: VhostRules = { eachHost: ["HTTPS_FRONTEND_ACL"] };
const httpsAuth: VhostRules = { eachHost: ["HTTPS_FRONTEND_ACL_WITH_AUTH"] };
const httpsPath: VhostRules = {
  first: "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH",
  eachHost: ["HTTPS_FRONTEND_ACL_WITH_PATH"],
};
const httpsPathAuth: VhostRules = {
  first: "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH",
  eachHost: ["HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH"],
};

/** Rules in the HTTPS frontend. */
export const httpsRules: Readonly<Record<VhostForm, VhostRules>> = {
  "single": https,
  "single auth": httpsAuth,
  "single path": httpsPath,
  "single path auth": httpsPathAuth,
  "multi": https,
  "multi auth": httpsAuth,
  "multi path": httpsPath,
  "multi path auth": httpsPathAuth,
};
