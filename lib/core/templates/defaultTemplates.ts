import head from "../../../templates/HAPROXY_HEAD.hbs" with { type: "text" };
import userlistHead from "../../../templates/HAPROXY_USERLIST_HEAD.hbs" with { type: "text" };
import httpFrontendHead from "../../../templates/HAPROXY_HTTP_FRONTEND_HEAD.hbs" with { type: "text" };
import httpFrontendAppidHead from "../../../templates/HAPROXY_HTTP_FRONTEND_APPID_HEAD.hbs" with {
  type: "text",
};
import httpsFrontendHead from "../../../templates/HAPROXY_HTTPS_FRONTEND_HEAD.hbs" with { type: "text" };
import httpsGroupedFrontendHead from "../../../templates/HAPROXY_HTTPS_GROUPED_FRONTEND_HEAD.hbs" with {
  type: "text",
};
import httpsGroupedVhostFrontendAcl from "../../../templates/HAPROXY_HTTPS_GROUPED_VHOST_FRONTEND_ACL.hbs" with {
  type: "text",
};
import httpsGroupedVhostBackendHead from "../../../templates/HAPROXY_HTTPS_GROUPED_VHOST_BACKEND_HEAD.hbs" with {
  type: "text",
};
import httpsGroupedVhostFrontendHead from "../../../templates/HAPROXY_HTTPS_GROUPED_VHOST_FRONTEND_HEAD.hbs" with {
  type: "text",
};
import httpsPassthroughFrontendHead from "../../../templates/HAPROXY_HTTPS_PASSTHROUGH_FRONTEND_HEAD.hbs" with {
  type: "text",
};
import httpsPassthroughFrontendAcl from "../../../templates/HAPROXY_HTTPS_PASSTHROUGH_FRONTEND_ACL.hbs" with {
  type: "text",
};
import httpsPassthroughOthers from "../../../templates/HAPROXY_HTTPS_PASSTHROUGH_OTHERS.hbs" with {
  type: "text",
};
import httpsPassthroughMisdirected from "../../../templates/HAPROXY_HTTPS_PASSTHROUGH_MISDIRECTED.hbs" with {
  type: "text",
};
import frontendHead from "../../../templates/HAPROXY_FRONTEND_HEAD.hbs" with { type: "text" };
import frontendBackendGlue from "../../../templates/HAPROXY_FRONTEND_BACKEND_GLUE.hbs" with { type: "text" };
import backendHead from "../../../templates/HAPROXY_BACKEND_HEAD.hbs" with { type: "text" };
import backendRedirectHttpToHttps from "../../../templates/HAPROXY_BACKEND_REDIRECT_HTTP_TO_HTTPS.hbs" with {
  type: "text",
};
import backendRedirectHttpToHttpsWithPath from "../../../templates/HAPROXY_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH.hbs" with {
  type: "text",
};
import backendHstsOptions from "../../../templates/HAPROXY_BACKEND_HSTS_OPTIONS.hbs" with { type: "text" };
import backendHttpOptions from "../../../templates/HAPROXY_BACKEND_HTTP_OPTIONS.hbs" with { type: "text" };
import backendStickyOptions from "../../../templates/HAPROXY_BACKEND_STICKY_OPTIONS.hbs" with {
  type: "text",
};
import httpFrontendAcl from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL.hbs" with { type: "text" };
import httpFrontendAclWithAuth from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL_WITH_AUTH.hbs" with {
  type: "text",
};
import httpFrontendAclWithPath from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL_WITH_PATH.hbs" with {
  type: "text",
};
import httpFrontendAclWithAuthAndPath from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH.hbs" with {
  type: "text",
};
import httpFrontendAclOnly from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL_ONLY.hbs" with { type: "text" };
import httpFrontendAclOnlyWithPath from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL_ONLY_WITH_PATH.hbs" with {
  type: "text",
};
import httpFrontendAclOnlyWithPathAndAuth from "../../../templates/HAPROXY_HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH.hbs" with {
  type: "text",
};
import httpFrontendRoutingOnly from "../../../templates/HAPROXY_HTTP_FRONTEND_ROUTING_ONLY.hbs" with {
  type: "text",
};
import httpFrontendRoutingOnlyWithAuth from "../../../templates/HAPROXY_HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH.hbs" with {
  type: "text",
};
import httpFrontendRoutingOnlyWithPath from "../../../templates/HAPROXY_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH.hbs" with {
  type: "text",
};
import httpFrontendRoutingOnlyWithPathAndAuth from "../../../templates/HAPROXY_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH.hbs" with {
  type: "text",
};
import httpsFrontendAcl from "../../../templates/HAPROXY_HTTPS_FRONTEND_ACL.hbs" with { type: "text" };
import httpsFrontendAclWithAuth from "../../../templates/HAPROXY_HTTPS_FRONTEND_ACL_WITH_AUTH.hbs" with {
  type: "text",
};
import httpsFrontendAclWithPath from "../../../templates/HAPROXY_HTTPS_FRONTEND_ACL_WITH_PATH.hbs" with {
  type: "text",
};
import httpsFrontendAclWithAuthAndPath from "../../../templates/HAPROXY_HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH.hbs" with {
  type: "text",
};
import httpsFrontendAclOnlyWithPath from "../../../templates/HAPROXY_HTTPS_FRONTEND_ACL_ONLY_WITH_PATH.hbs" with {
  type: "text",
};
import httpsFrontendAuthAclOnly from "../../../templates/HAPROXY_HTTPS_FRONTEND_AUTH_ACL_ONLY.hbs" with {
  type: "text",
};
import httpsFrontendAuthRequestOnly from "../../../templates/HAPROXY_HTTPS_FRONTEND_AUTH_REQUEST_ONLY.hbs" with {
  type: "text",
};
import httpsFrontendRoutingOnlyWithPathAndAuth from "../../../templates/HAPROXY_HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH.hbs" with {
  type: "text",
};
import mapHttpFrontendAcl from "../../../templates/HAPROXY_MAP_HTTP_FRONTEND_ACL.hbs" with { type: "text" };
import mapHttpFrontendAclOnly from "../../../templates/HAPROXY_MAP_HTTP_FRONTEND_ACL_ONLY.hbs" with {
  type: "text",
};
import mapHttpsFrontendAcl from "../../../templates/HAPROXY_MAP_HTTPS_FRONTEND_ACL.hbs" with { type: "text" };
import mapHttpFrontendAppidAcl from "../../../templates/HAPROXY_MAP_HTTP_FRONTEND_APPID_ACL.hbs" with {
  type: "text",
};
import httpFrontendAppidAcl from "../../../templates/HAPROXY_HTTP_FRONTEND_APPID_ACL.hbs" with {
  type: "text",
};
import httpBackendProxypassGlue from "../../../templates/HAPROXY_HTTP_BACKEND_PROXYPASS_GLUE.hbs" with {
  type: "text",
};
import httpBackendRevproxyGlue from "../../../templates/HAPROXY_HTTP_BACKEND_REVPROXY_GLUE.hbs" with {
  type: "text",
};
import httpBackendRedir from "../../../templates/HAPROXY_HTTP_BACKEND_REDIR.hbs" with { type: "text" };
import httpBackendNetworkAllowedAcl from "../../../templates/HAPROXY_HTTP_BACKEND_NETWORK_ALLOWED_ACL.hbs" with {
  type: "text",
};
import tcpBackendNetworkAllowedAcl from "../../../templates/HAPROXY_TCP_BACKEND_NETWORK_ALLOWED_ACL.hbs" with {
  type: "text",
};
import httpBackendAuth from "../../../templates/HAPROXY_HTTP_BACKEND_AUTH.hbs" with { type: "text" };
import httpBackendRateLimit from "../../../templates/HAPROXY_HTTP_BACKEND_RATE_LIMIT.hbs" with {
  type: "text",
};
import tcpBackendRateLimit from "../../../templates/HAPROXY_TCP_BACKEND_RATE_LIMIT.hbs" with { type: "text" };
import backendLimits from "../../../templates/HAPROXY_BACKEND_LIMITS.hbs" with { type: "text" };
import frontendTimeouts from "../../../templates/HAPROXY_FRONTEND_TIMEOUTS.hbs" with { type: "text" };
import httpBackendAclAllowDeny from "../../../templates/HAPROXY_HTTP_BACKEND_ACL_ALLOW_DENY.hbs" with {
  type: "text",
};
import tcpBackendAclAllowDeny from "../../../templates/HAPROXY_TCP_BACKEND_ACL_ALLOW_DENY.hbs" with {
  type: "text",
};
import backendHttpHealthcheckOptions from "../../../templates/HAPROXY_BACKEND_HTTP_HEALTHCHECK_OPTIONS.hbs" with {
  type: "text",
};
import backendTcpHealthcheckOptions from "../../../templates/HAPROXY_BACKEND_TCP_HEALTHCHECK_OPTIONS.hbs" with {
  type: "text",
};
import backendServerHttpHealthcheckOptions from "../../../templates/HAPROXY_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS.hbs" with {
  type: "text",
};
import backendServerTcpHealthcheckOptions from "../../../templates/HAPROXY_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS.hbs" with {
  type: "text",
};
import backendServerOptions from "../../../templates/HAPROXY_BACKEND_SERVER_OPTIONS.hbs" with {
  type: "text",
};
import type { TemplateName } from "./templateTable.ts";

/**
 * The default of every template, in Handlebars. They are files of their own under `templates/`; imported as text,
 * they become part of the bundle, so that the executable needs nothing beside it.
 */
export const defaultTemplates: Readonly<Record<TemplateName, string>> = {
  HEAD: head,
  USERLIST_HEAD: userlistHead,
  HTTP_FRONTEND_HEAD: httpFrontendHead,
  HTTP_FRONTEND_APPID_HEAD: httpFrontendAppidHead,
  HTTPS_FRONTEND_HEAD: httpsFrontendHead,
  HTTPS_GROUPED_FRONTEND_HEAD: httpsGroupedFrontendHead,
  HTTPS_GROUPED_VHOST_FRONTEND_ACL: httpsGroupedVhostFrontendAcl,
  HTTPS_GROUPED_VHOST_BACKEND_HEAD: httpsGroupedVhostBackendHead,
  HTTPS_GROUPED_VHOST_FRONTEND_HEAD: httpsGroupedVhostFrontendHead,
  HTTPS_PASSTHROUGH_FRONTEND_HEAD: httpsPassthroughFrontendHead,
  HTTPS_PASSTHROUGH_FRONTEND_ACL: httpsPassthroughFrontendAcl,
  HTTPS_PASSTHROUGH_OTHERS: httpsPassthroughOthers,
  HTTPS_PASSTHROUGH_MISDIRECTED: httpsPassthroughMisdirected,
  FRONTEND_HEAD: frontendHead,
  FRONTEND_BACKEND_GLUE: frontendBackendGlue,
  BACKEND_HEAD: backendHead,
  BACKEND_REDIRECT_HTTP_TO_HTTPS: backendRedirectHttpToHttps,
  BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH: backendRedirectHttpToHttpsWithPath,
  BACKEND_HSTS_OPTIONS: backendHstsOptions,
  BACKEND_HTTP_OPTIONS: backendHttpOptions,
  BACKEND_STICKY_OPTIONS: backendStickyOptions,
  HTTP_FRONTEND_ACL: httpFrontendAcl,
  HTTP_FRONTEND_ACL_WITH_AUTH: httpFrontendAclWithAuth,
  HTTP_FRONTEND_ACL_WITH_PATH: httpFrontendAclWithPath,
  HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH: httpFrontendAclWithAuthAndPath,
  HTTP_FRONTEND_ACL_ONLY: httpFrontendAclOnly,
  HTTP_FRONTEND_ACL_ONLY_WITH_PATH: httpFrontendAclOnlyWithPath,
  HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH: httpFrontendAclOnlyWithPathAndAuth,
  HTTP_FRONTEND_ROUTING_ONLY: httpFrontendRoutingOnly,
  HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH: httpFrontendRoutingOnlyWithAuth,
  HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH: httpFrontendRoutingOnlyWithPath,
  HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH: httpFrontendRoutingOnlyWithPathAndAuth,
  HTTPS_FRONTEND_ACL: httpsFrontendAcl,
  HTTPS_FRONTEND_ACL_WITH_AUTH: httpsFrontendAclWithAuth,
  HTTPS_FRONTEND_ACL_WITH_PATH: httpsFrontendAclWithPath,
  HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH: httpsFrontendAclWithAuthAndPath,
  HTTPS_FRONTEND_ACL_ONLY_WITH_PATH: httpsFrontendAclOnlyWithPath,
  HTTPS_FRONTEND_AUTH_ACL_ONLY: httpsFrontendAuthAclOnly,
  HTTPS_FRONTEND_AUTH_REQUEST_ONLY: httpsFrontendAuthRequestOnly,
  HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH: httpsFrontendRoutingOnlyWithPathAndAuth,
  MAP_HTTP_FRONTEND_ACL: mapHttpFrontendAcl,
  MAP_HTTP_FRONTEND_ACL_ONLY: mapHttpFrontendAclOnly,
  MAP_HTTPS_FRONTEND_ACL: mapHttpsFrontendAcl,
  MAP_HTTP_FRONTEND_APPID_ACL: mapHttpFrontendAppidAcl,
  HTTP_FRONTEND_APPID_ACL: httpFrontendAppidAcl,
  HTTP_BACKEND_PROXYPASS_GLUE: httpBackendProxypassGlue,
  HTTP_BACKEND_REVPROXY_GLUE: httpBackendRevproxyGlue,
  HTTP_BACKEND_REDIR: httpBackendRedir,
  HTTP_BACKEND_NETWORK_ALLOWED_ACL: httpBackendNetworkAllowedAcl,
  TCP_BACKEND_NETWORK_ALLOWED_ACL: tcpBackendNetworkAllowedAcl,
  HTTP_BACKEND_AUTH: httpBackendAuth,
  HTTP_BACKEND_RATE_LIMIT: httpBackendRateLimit,
  TCP_BACKEND_RATE_LIMIT: tcpBackendRateLimit,
  BACKEND_LIMITS: backendLimits,
  FRONTEND_TIMEOUTS: frontendTimeouts,
  HTTP_BACKEND_ACL_ALLOW_DENY: httpBackendAclAllowDeny,
  TCP_BACKEND_ACL_ALLOW_DENY: tcpBackendAclAllowDeny,
  BACKEND_HTTP_HEALTHCHECK_OPTIONS: backendHttpHealthcheckOptions,
  BACKEND_TCP_HEALTHCHECK_OPTIONS: backendTcpHealthcheckOptions,
  BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS: backendServerHttpHealthcheckOptions,
  BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS: backendServerTcpHealthcheckOptions,
  BACKEND_SERVER_OPTIONS: backendServerOptions,
};
