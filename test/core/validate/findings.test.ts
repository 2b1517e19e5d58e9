import assert from "node:assert/strict";
import type { AppVerdict } from "../../../lib/core/explain/verdict.ts";
import type { ProblemCode } from "../../../lib/core/problem.ts";
import { readDefinitions } from "../../../lib/core/validate/definitions.ts";
import {
  annotation,
  type Finding,
  findingsOf,
  isProblem,
  sortFindings,
} from "../../../lib/core/validate/findings.ts";

const text = `{
  "id": "/web",
  "portDefinitions": [{"port": 80}],
  "labels": {
    "HAPROXY_0_VHOST": "a b",
    "HAPROXY_0_BACKEND_HTTP_OPTIONS": "  nonsense here",
    "OTHER": "nonsense"
  }
}`;

function findings(code: ProblemCode, message: string, labelled = true): Finding[] {
  const [definition] = readDefinitions(text);
  const verdict: AppVerdict = {
    app: "/web",
    standing: "not-served",
    labelled,
    reasons: [{ code, message, hint: "Do it.", index: 0 }],
    services: [],
  };
  return findingsOf({ file: "web.json", definition: definition! }, verdict);
}

const places: [code: ProblemCode, message: string, line: number, severity: Finding["severity"]][] = [
  ["service-unreadable", '/web: service 0 is left out: HAPROXY_0_VHOST is "a b"; expected …', 5, "error"],
  ["vhost-taken", "taken by HAPROXY_1_VHOST of another (HAPROXY_0_VHOST, HAPROXY_0_PATH)", 5, "warning"],
  ["port-taken", "/web: service 0: port 80 is taken; give it another (HAPROXY_0_PORT)", 3, "warning"],
  ["haproxy-refuses", "HAProxy refuses it: unknown keyword 'nonsense' in 'backend' section", 6, "error"],
  ["haproxy-refuses", "HAProxy refuses it: it does not say why", 1, "error"],
  ["no-group", "/web: service 0: it has no group", 4, "error"],
  ["disabled", "/web: service 0: the label switches it off", 1, "note"],
];
for (const [code, message, line, severity] of places) {
  Deno.test(`finding: ${code} at line ${line}: ${message.slice(0, 40)}`, () => {
    const [finding] = findings(code, message);
    assert.deepEqual([finding!.line, finding!.severity, finding!.index], [line, severity, 0]);
    assert.equal(isProblem(finding!), severity !== "note");
  });
}

Deno.test("finding: an app without labels of the load balancer may well have no group and no port", () => {
  for (const code of ["no-group", "no-service-port"] as const) {
    assert.equal(findings(code, "/web: none", false)[0]!.severity, "note");
    assert.equal(findings(code, "/web: none", true)[0]!.severity, "error");
  }
});

Deno.test("annotation: one line of GitHub Actions, with what it gives a meaning escaped", () => {
  const finding: Finding = {
    file: "a,b:c%.json",
    line: 3,
    column: 5,
    code: "vhost-taken",
    severity: "warning",
    message: 'HAPROXY_0_VHOST is "50%"; <img src=x onerror=alert(1)>\r\nnext',
    hint: "Mend it.",
  };
  assert.equal(
    annotation(finding),
    "::warning file=a%2Cb%3Ac%25.json,line=3,col=5,title=marathon-lb%3A vhost-taken::" +
      'HAPROXY_0_VHOST is "50%25"; <img src=x onerror=alert(1)>%0D%0Anext%0ATo do: Mend it.',
  );
  const { line: _, column: __, ...whole } = finding;
  assert.match(
    annotation({ ...whole, file: "-", severity: "note" }),
    /^::notice title=marathon-lb%3A vhost-taken::/,
  );
  assert.match(annotation({ ...whole, severity: "error" }), /^::error file=/);
});

Deno.test("sortFindings: by file as given, then by place", () => {
  const at = (file: string, line?: number, column?: number): Finding => ({
    file,
    line,
    column,
    code: "not-json",
    severity: "error",
    message: "",
    hint: "",
  });
  const sorted = sortFindings([at("b", 2, 1), at("a", 9, 9), at("b"), at("b", 1, 7), at("b", 1, 3)], [
    "b",
    "a",
  ]);
  assert.deepEqual(sorted.map(({ file, line, column }) => [file, line, column]), [
    ["b", undefined, undefined],
    ["b", 1, 3],
    ["b", 1, 7],
    ["b", 2, 1],
    ["a", 9, 9],
  ]);
});
