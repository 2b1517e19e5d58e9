import type { Statement } from "./Statement.ts";

interface Meaning {
  readonly meaning: string;
  readonly advice: string;
}

type Kind = "lost" | "changed" | "added";

const templates = "Give this program the templates of the old one: its files, environment and labels.";
const flags = "Give the flags and the environment of the old one.";

/** What statements are for, by slot, and what makes one differ. */
const meanings: readonly (readonly [slot: RegExp, about: string, advice: string])[] = [
  [
    /^use_backend$/,
    "which backend requests go to",
    `${flags} If they are the same, check the labels of the app (VHOST, PATH, BACKEND_WEIGHT).`,
  ],
  [
    /^(?:http-request|tcp-request.*|block|http-response|http-after-response|tcp-response)$/,
    "what is done with requests and answers, and who may send them",
    templates,
  ],
  [/^redirect$/, "which requests are redirected", templates],
  [/^(?:timeout|retries|maxconn|backlog)/, "how long and how many connections are kept", templates],
  [
    /^bind/,
    "where it listens, and for what",
    `${flags} The labels BIND_ADDR, BIND_OPTIONS and SSL_CERT count too.`,
  ],
  [/^(?:balance|hash-type|cookie|stick)/, "which server a request goes to", templates],
  [/^(?:option httpchk|http-check|tcp-check)/, "how servers are found to be alive", templates],
  [
    /^mode$/,
    "whether it is treated as HTTP",
    "Check the label HAPROXY_{n}_MODE and the health checks of the app.",
  ],
  [/^user$/, "who may log in", "Check the label HAPROXY_{n}_AUTH."],
  [/^name$/, "what statistics and dashboards call it", "Change dashboards that know it by name."],
];

/** What a difference in one statement means, and what to do about it. */
export function meaningOf(kind: Kind, { slot, text }: Pick<Statement, "slot" | "text">): Meaning {
  const [, about = "a setting", advice = templates] = meanings.find(([pattern]) => pattern.test(slot)) ?? [];
  const how = {
    lost: "Only the old one has it",
    changed: "It says something else",
    added: "Only the new one has it",
  };
  const ofMap = slot === "use_backend" && text.includes(",map(");
  return {
    meaning: `${how[kind]}; it is about ${about}.`,
    advice: ofMap
      ? "Give --haproxy-map where the old one has it, and only there. If it is so, no vhost is left to look up."
      : advice,
  };
}
