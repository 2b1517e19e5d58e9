import { commandFlags, commandTable, environmentVariable, UsageError } from "./flag.ts";
import { buildOptions, type Options } from "./options.ts";
import { type Environment, type FlagValues, type GivenFlags, isFileUrl, quoteUrl } from "./values.ts";

/** What a command receives beside the words behind its name. */
export interface Given {
  given: GivenFlags;
  values: FlagValues;
  environment: Environment;
}

/** What `explain` is asked. */
export type ExplainQuestion = { readonly app: string } | { readonly url: string };

/** The running instance that answers. */
export type ExplainingInstance =
  /** Reached by its admin port. */
  | { readonly kind: "address"; readonly from: string; readonly trust: ExplainTrust }
  /** The instance on this machine, reached by its control socket. */
  | { readonly kind: "socket"; readonly runDir: string };

/** How the certificate of an HTTPS server is verified. */
export type ExplainTrust = Pick<Options, "marathonCaCert" | "insecureMarathon">;

/** The question to `explain`, and the source of the answer. */
export type ExplainInvocation =
  & { question: ExplainQuestion; json: boolean }
  & (
    | { kind: "explain"; instance: ExplainingInstance }
    /** Answered from Marathon's apps or from a recorded answer, as if an instance with these flags served them. */
    | { kind: "explainMarathon"; options: Options }
  );

/** @throws {UsageError} for wrong use */
export function parseExplain(
  words: readonly string[],
  { given, values, environment }: Given,
): ExplainInvocation {
  const { url, from, json, runDir, marathonCaCert, insecureMarathon } = values;
  const [app, ...more] = words;
  if ((app === undefined) === (url === undefined)) {
    const got = app === undefined ? "neither" : `${JSON.stringify(app)} and --url`;
    throw new UsageError(
      `explain: expected the id of an app, such as explain /shop/web, or --url https://HOST/PATH, got ${got}`,
    );
  }
  refuseWords("explain /APP", more);
  if (url !== undefined && !isHttpUrl(url)) {
    throw new UsageError(
      `--url: expected a URL such as https://shop.example.com/cart, got ${JSON.stringify(url)}`,
    );
  }
  const question = url === undefined ? { app: app!.startsWith("/") ? app! : `/${app}` } : { url };
  if (from !== undefined) {
    if (given.has("marathon")) {
      throw new UsageError("--from and --marathon: expected one of them with explain, got both");
    }
    if (!isHttpUrl(from)) {
      throw new UsageError(
        `--from: expected the admin port of a marathon-lb, such as http://HOST:9090, got ${quoteUrl(from)}`,
      );
    }
    const trust = { marathonCaCert, insecureMarathon };
    return { kind: "explain", question, json, instance: { kind: "address", from, trust } };
  }
  // A variable does not count here: where it configures an instance, that instance has the better answer.
  if (!given.has("marathon")) {
    return { kind: "explain", question, json, instance: { kind: "socket", runDir } };
  }
  const options = buildOptions({ mode: "sse", once: true }, values, environment);
  return { kind: "explainMarathon", question, json, options };
}

/** How `validate` runs. Without groups, the groups in the files count. */
export interface ValidateOptions extends Options {
  /** Paths, and `-` for standard input. */
  readonly files: readonly string[];
  /** Whether there are apps to compare with, of Marathon or of a recorded answer; `marathon` names the source. */
  readonly against: boolean;
}

export interface ValidateInvocation {
  kind: "validate";
  options: ValidateOptions;
}

/** @throws {UsageError} for wrong use */
export function parseValidate(
  files: readonly string[],
  { given, values, environment }: Given,
): ValidateInvocation {
  if (files.length === 0) {
    throw new UsageError(
      "validate: expected files of apps after it, such as validate web.json, or - for standard input",
    );
  }
  const { snapshot } = values;
  if (snapshot !== undefined && given.has("marathon")) {
    throw new UsageError("--snapshot and --marathon: expected one of them with validate, got both");
  }
  const against = snapshot !== undefined || given.has("marathon") ||
    Boolean(environment[environmentVariable("marathon")]?.trim());
  const marathon = snapshot === undefined ? values.marathon : [`file:${snapshot}`];
  const options = buildOptions(
    { mode: "sse", once: true, anyGroup: true },
    { ...values, marathon },
    environment,
  );
  return { kind: "validate", options: { ...options, files, against } };
}

/** How `deploy` is to run. Times are in seconds. */
export interface DeployOptions extends Options {
  /** A path, or `-` for standard input. */
  readonly file: string;
  /** Admin ports; each name may stand for several instances. */
  readonly loadBalancers: readonly string[];
  /** `--steps`, ascending. */
  readonly percents: readonly number[];
  readonly intent: "deploy" | "resume" | "complete" | "rollback";
}

export interface DeployInvocation {
  kind: "deploy";
  options: DeployOptions;
}

/** @throws {UsageError} for wrong use */
export function parseDeploy(
  words: readonly string[],
  { values, environment }: Given,
): DeployInvocation {
  const [file, ...more] = words;
  if (file === undefined) {
    throw new UsageError(
      "deploy: expected the file of an app after it, such as deploy web.json, or - for standard input",
    );
  }
  refuseWords("deploy FILE", more);
  const { marathonLb, resume, completeNow, rollback } = values;
  if (marathonLb === undefined) {
    throw new UsageError(
      "deploy: --marathon-lb is required: the admin port of the load balancer, such as --marathon-lb http://HOST:9090",
    );
  }
  const wanted = [
    ...resume ? ["resume" as const] : [],
    ...completeNow ? ["complete" as const] : [],
    ...rollback ? ["rollback" as const] : [],
  ];
  if (wanted.length > 1) {
    throw new UsageError("--resume, --complete-now and --rollback: expected one of them, got more");
  }
  const wrong = [...marathonLb, ...values.marathon].find(isFileUrl);
  if (wrong !== undefined) {
    throw new UsageError(`deploy: expected the URL of what runs, got ${wrong}`);
  }
  const percents = readSteps(values.steps);
  const options = buildOptions({ mode: "sse", once: true, anyGroup: true }, values, environment);
  const intent = wanted[0] ?? "deploy";
  return { kind: "deploy", options: { ...options, file, loadBalancers: marathonLb, percents, intent } };
}

/** @throws {UsageError} when it is no list of percents that grow */
function readSteps(text: string): number[] {
  const words = text.split(",").map((word) => word.trim());
  const steps = words.map(Number);
  const grows = steps.every((step, index) => index === 0 || step > steps[index - 1]!);
  if (
    words.every((word) => /^\d{1,3}(?:\.\d+)?$/.test(word)) && steps[0]! > 0 && steps.at(-1)! <= 100 && grows
  ) {
    return steps;
  }
  throw new UsageError(
    `--steps: expected percents that grow, from above 0 to 100, such as 10,50,100, got ${
      JSON.stringify(text)
    }`,
  );
}

/** The values of `--format`. */
export const exportFormats = ["gateway-api", "ingress", "haproxy"] as const;

/** What `export` prints. */
export interface ExportOptions extends Options {
  readonly format: typeof exportFormats[number];
}

export interface ExportInvocation {
  kind: "export";
  options: ExportOptions;
}

/** @throws {UsageError} for wrong use */
export function parseExport(words: readonly string[], { values, environment }: Given): ExportInvocation {
  refuseWords("export", words);
  const format = exportFormats.find((one) => one === values.format);
  if (format === undefined) {
    const got = values.format === undefined ? "none" : JSON.stringify(values.format);
    throw new UsageError(`--format: expected one of ${exportFormats.join(", ")} with export, got ${got}`);
  }
  if (!isResourceName(values.className)) {
    const example = "the name of a class, such as haproxy";
    throw new UsageError(`--class: expected ${example}, got ${JSON.stringify(values.className)}`);
  }
  const options = buildOptions({ mode: "sse", once: true }, values, environment);
  return { kind: "export", options: { ...options, format } };
}

/** What `import` prints labels for. */
export interface ImportOptions extends Options {
  /** Pools: paths, and `-` for standard input. */
  readonly files: readonly string[];
  /** The value of `HAPROXY_GROUP`. */
  readonly group: string;
}

export interface ImportInvocation {
  kind: "import";
  options: ImportOptions;
}

/** @throws {UsageError} for wrong use */
export function parseImport(
  [source, ...files]: readonly string[],
  { values, environment }: Given,
): ImportInvocation {
  if (source !== "edgelb") {
    const got = source === undefined ? "nothing" : JSON.stringify(source);
    throw new UsageError(`import: expected edgelb after it, such as import edgelb pool.json, got ${got}`);
  }
  const { groups } = values;
  if (groups.includes("*")) {
    throw new UsageError("--group: expected the groups of the labels with import, such as external, got *");
  }
  const options = buildOptions({ mode: "sse", once: true, anyGroup: true }, values, environment);
  return {
    kind: "import",
    options: { ...options, files, group: groups.length === 0 ? "external" : groups.join(",") },
  };
}

/** Whether Kubernetes accepts a text as the name of an object: a host name in lower case without `_`. */
function isResourceName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(text);
}

/** The value of `--from` where it is required. @throws {UsageError} */
export function requireFrom(from: string | undefined): string {
  if (from !== undefined) return from;
  throw new UsageError(
    "check-migration: --from is required: the admin port of the old load balancer, such as --from http://HOST:9090, " +
      "or its haproxy.cfg",
  );
}

/** Refuses the flags that only other commands have. */
export function refuseOthersFlags(given: GivenFlags, command?: string): void {
  const known: readonly string[] = commandTable.find(({ name }) => name === command)?.flags ?? [];
  const wrong = commandFlags.find(({ name }) => given.has(name) && !known.includes(name));
  if (!wrong) return;
  const owners = commandTable.filter(({ flags }) => (flags as readonly string[]).includes(wrong.name));
  throw new UsageError(
    `--${wrong.name} is for marathon-lb ${owners.map(({ name }) => name).join(", ")} only`,
  );
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
}

/** Refuses words that a command or a mode does not have. @throws {UsageError} */
export function refuseWords(after: string, words: readonly string[]): void {
  if (words.length === 0) return;
  throw new UsageError(
    `${after}: expected flags after it, got the word ${JSON.stringify(words[0])}; see --help`,
  );
}
