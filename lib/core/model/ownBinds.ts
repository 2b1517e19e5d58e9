import type { Options } from "../flags/Options.ts";
import { parseBindAddress } from "../flags/parseBindAddress.ts";
import type { ModelContext } from "./ModelContext.ts";

type Listening = Pick<
  Options,
  "adminBind" | "appidBind" | "httpBind" | "httpsBind" | "bindHttpHttps" | "groupHttpsByVhost"
>;

/**
 * Where the load balancer itself listens. What an operator's own template binds is not known: there no port is kept.
 *
 * @param overrides names of the templates that the operator has replaced
 */
export function ownBinds(
  options: Listening,
  overrides: { has(template: string): boolean },
): NonNullable<ModelContext["ownBinds"]> {
  const httpsHead = options.groupHttpsByVhost ? "HTTPS_GROUPED_FRONTEND_HEAD" : "HTTPS_FRONTEND_HEAD";
  const binds = [
    { flag: "--admin-bind", template: "HEAD", address: options.adminBind },
    { flag: "--appid-bind", template: "HTTP_FRONTEND_APPID_HEAD", address: options.appidBind },
    ...(options.bindHttpHttps
      ? [
        { flag: "--http-bind", template: "HTTP_FRONTEND_HEAD", address: options.httpBind },
        { flag: "--https-bind", template: httpsHead, address: options.httpsBind },
      ]
      : []),
  ];
  return binds.flatMap(({ flag, template, address }) => {
    const parsed = overrides.has(template) ? undefined : parseBindAddress(address);
    return parsed ? [{ flag, ...parsed }] : [];
  });
}
