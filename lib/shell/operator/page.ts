import { createHash } from "node:crypto";
import html from "../../../page/page.html" with { type: "text" };
import type { ControlAnswer } from "./control.ts";

/**
 * The page that is answered at `/_mlb/`. Its policy allows only the script and the style in the page. It allows
 * requests only to this load balancer.
 */
export function answerPage(): ControlAnswer {
  const policy = [
    "default-src 'none'",
    `script-src ${hashesOf("script")}`,
    `style-src ${hashesOf("style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: 200,
    type: "text/html; charset=utf-8",
    body: html,
    headers: {
      "content-security-policy": policy.join("; "),
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cache-control": "no-cache",
    },
  };
}

function hashesOf(element: "script" | "style"): string {
  const texts = html.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, "g"));
  return [...texts].map(([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`).join(
    " ",
  );
}
