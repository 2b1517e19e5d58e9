import assert from "node:assert/strict";
import { type Certificate, judgeChain, type Verdict } from "../../../lib/core/certificates/chain.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 0, 31, 12);

/** A certificate for these days from now. */
function certificate(from: number, until: number, selfIssued = false): Certificate {
  return {
    subject: "CN=a",
    names: [],
    serial: "01",
    notBefore: now + from * day,
    notAfter: now + until * day,
    selfIssued,
  };
}

const good = certificate(-1, 90);
const root = certificate(-90, 900, true);

const cases: [
  name: string,
  certificates: [Certificate, ...Certificate[]],
  verdict: Verdict,
  keyOf?: number,
  issuedByNext?: boolean[],
][] = [
  ["one that is good", [good], { warning: undefined }],
  ["one that is its own issuer", [root], { warning: undefined }],
  ["a chain with its root", [good, good, root], { warning: undefined }],
  ["the wrong key", [good], {
    fault: "holds a private key that does not belong to its certificate; put the pair there",
  }, -1],
  ["the key of another", [good, good], {
    fault: "holds a private key that belongs to its second certificate; put that one first",
  }, 1],
  [
    "a chain out of order",
    [good, good, good],
    {
      fault: "holds a chain out of order: its second certificate is not issued by its third; " +
        "put the server's first and behind each the one that issued it",
    },
    0,
    [true, false],
  ],
  ["the last day in the future", [certificate(1, 2)], {
    fault: "holds a certificate (the first in it) that is not valid before 2026-02-01T12:00:00Z, " +
      "and this machine's clock says 2026-01-31T12:00:00Z; set the clock, or wait, or remove it",
  }],
  ["an end in the past", [certificate(-9, -1)], {
    fault: "holds a certificate (the first in it) that expired at 2026-01-30T12:00:00Z; " +
      "put a renewed one there, or remove it",
  }],
  ["its own issuer, in the past", [certificate(-9, -1, true)], {
    fault: "holds a certificate (the first in it) that expired at 2026-01-30T12:00:00Z; " +
      "put a renewed one there, or remove it",
  }],
  ["an issuer in the past", [good, certificate(-9, -1), root], {
    fault: "holds a certificate (the second in it) that expired at 2026-01-30T12:00:00Z; " +
      "put a renewed one there, or remove it",
  }],
  ["a root in the past, which clients do not look at", [good, certificate(-9, -1, true)], {
    warning: undefined,
  }],
  ["30 days left", [certificate(-1, 30)], { warning: undefined }],
  ["29 days left", [certificate(-1, 29)], {
    warning:
      "holds a certificate (the first in it) that expires in 29 days, at 2026-03-01T12:00:00Z; renew it",
  }],
  ["an issuer with a day left", [certificate(-1, 29), certificate(-1, 1)], {
    warning:
      "holds a certificate (the second in it) that expires in 1 day, at 2026-02-01T12:00:00Z; renew it",
  }],
];
for (const [name, certificates, verdict, keyOf = 0, issued] of cases) {
  Deno.test(`a chain with ${name}`, () => {
    const issuedByNext = issued ?? certificates.slice(1).map(() => true);
    assert.deepEqual(judgeChain({ certificates, keyOf, issuedByNext }, now), verdict);
  });
}
