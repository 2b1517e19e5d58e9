import { dirname, resolve } from "node:path";
import type { Options } from "../../core/flags/Options.ts";
import { needsDistinctNames } from "../../core/haproxy/needsDistinctNames.ts";
import type { HaproxyVersion } from "../../core/haproxy/parseHaproxyVersion.ts";
import { ownBinds } from "../../core/model/ownBinds.ts";
import { defaultOptions } from "../../core/render/defaultOptions.ts";
import { findTemplateOverrides } from "../../core/templates/findTemplateOverrides.ts";
import { TemplateSet } from "../../core/templates/TemplateSet.ts";
import type { Clock } from "../clock/Clock.ts";
import { HostResolver } from "../dns/HostResolver.ts";
import type { Logger } from "../log/Logger.ts";
import { Generator } from "../sync/Generator.ts";
import { readTemplateFiles } from "./readTemplateFiles.ts";

export interface GeneratorSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Certificates of the HTTPS frontend. */
  readonly sslCerts: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The HAProxy that reads the configuration; without it any supported one may. */
  readonly haproxyVersion?: HaproxyVersion;
  /** Whether this machine has a system log; a configuration for another machine takes it that it has. */
  readonly systemLog?: boolean;
  /** Where limits of this machine are to be kept; a configuration for another machine knows none. */
  readonly fileDescriptorLimit?: number;
}

/**
 * The generator for the command line, with the templates of environment and files.
 *
 * @throws {RangeError} when a template of the operator cannot be compiled
 */
export async function createGenerator(options: Options, settings: GeneratorSettings): Promise<Generator> {
  const { environment, sslCerts, clock, systemLog = true, fileDescriptorLimit } = settings;
  const supervised = options.mode !== "direct";
  const directories = [resolve(supervised ? options.workDir : ".", options.templatesDir)];
  if (supervised && environment.MESOS_SANDBOX) directories.push(`${environment.MESOS_SANDBOX}/templates`);
  const overrides = findTemplateOverrides(environment, await readTemplateFiles(directories));
  const templates = new TemplateSet(overrides);
  for (const warning of templates.warnings) settings.logger.warning(warning);

  const { minServicePort: minimum, maxServicePort: maximum, hardStopAfter } = options;
  return new Generator({
    model: {
      // DC/OS writes an app's id with the / or without.
      frameworkName: environment.FRAMEWORK_NAME?.replace(/^\//, ""),
      healthCheck: options.healthCheck,
      strictMode: options.strictMode,
      groups: options.groups,
      templateLabels: options.allowTemplateLabels,
      ownBinds: ownBinds(options, overrides),
      servicePortRange: minimum && maximum ? { minimum, maximum } : undefined,
    },
    render: {
      templates,
      haproxyDir: dirname(options.haproxyConfig),
      bindHttpHttps: options.bindHttpHttps,
      groupHttpsByVhost: options.groupHttpsByVhost,
      haproxyMap: options.haproxyMap,
      sslCerts,
      frontendSuffix: settings.haproxyVersion && needsDistinctNames(settings.haproxyVersion) ? "_in" : "",
      head: {
        supervised,
        workDir: options.workDir,
        runDir: options.runDir,
        stateDir: options.stateDir,
        adminBind: options.adminBind,
        adminAllow: options.adminAllow.join(" "),
        httpBind: options.httpBind,
        httpsBind: options.httpsBind,
        appidBind: options.appidBind,
        defaultOptions: defaultOptions(environment.HAPROXY_GLOBAL_DEFAULT_OPTIONS),
        logToStdout: Boolean(environment.HAPROXY_SYSLOGD),
        logToSyslog: systemLog,
        hardStopAfter: Number.isInteger(hardStopAfter) ? `${hardStopAfter}s` : `${hardStopAfter * 1000}ms`,
        mworkerMaxReloads: options.mworkerMaxReloads,
      },
    },
    lruCacheCapacity: options.lruCacheCapacity,
    resolver: new HostResolver(clock),
    fileDescriptorLimit,
    warn: (message) => settings.logger.warning(message),
  });
}
