/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/// <reference lib="dom" />
import { useLayoutEffect, useState } from "preact/hooks";
import type { UrlExplanation } from "../lib/core/explain/url.ts";
import { type Certificates, type Changes, useApi } from "./api.ts";
import { AppLink, Failure, Reasons, Section } from "./parts.tsx";
import { ago, count, expiry } from "./words.ts";

/** *Test a URL*: which rule matches, which servers answer, what else would have matched. */
export function TestUrl({ url, test }: { url: string; test: (url: string) => void }) {
  const [text, setText] = useState(url);
  // Before anything can be typed: a later effect would erase it.
  useLayoutEffect(() => setText(url), [url]);
  const { answer, error } = useApi<UrlExplanation>(
    url ? `api/url?${new URLSearchParams({ url })}` : undefined,
    10,
  );
  return (
    <section class="view">
      <h2>Test a URL</h2>
      <form
        class="controls"
        onSubmit={(event) => {
          event.preventDefault();
          test(text.trim());
        }}
      >
        <input
          id="url"
          type="text"
          inputMode="url"
          spellcheck={false}
          value={text}
          placeholder="https://shop.example.com/cart"
          aria-label="URL to test"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit">Test</button>
      </form>
      <Failure error={error} />
      {answer && <Destination answer={answer} />}
    </section>
  );
}

function Destination({ answer }: { answer: UrlExplanation }) {
  const { scheme, host, port, path, frontend, matched, also, reasons } = answer;
  return (
    <>
      <p class="chain">
        <span class="step">{`${scheme}://${host}:${port}${path}`}</span>
        {frontend && <span class="step">{`frontend ${frontend}`}</span>}
        {matched && <span class="step">{`backend ${matched.backend}`}</span>}
        {matched && (
          <span class="step">
            <AppLink id={matched.app} />
          </span>
        )}
      </p>
      {!matched && <p class="verdict">No rule matches.</p>}
      {reasons.length > 0 && <Reasons all={reasons} />}
      {matched && (
        <Section title="This rule decides">
          <p>{matched.why}</p>
          <pre class="lines">{matched.rule.join("\n")}</pre>
          <p class="quiet">
            {count(matched.servers.length, "server")}
            {": "}
            {matched.servers.map(({ address, port }) => `${address}:${port}`).join(", ")}
          </p>
        </Section>
      )}
      {also.length > 0 && (
        <Section title="Also matches, in this order" count={also.length}>
          <ol>
            {also.map(({ app, index, why, rule }) => (
              <li>
                <AppLink id={app} />
                <span class="quiet">{` service ${index}: `}</span>
                {why}
                <pre class="lines">{rule.join("\n")}</pre>
              </li>
            ))}
          </ol>
        </Section>
      )}
    </>
  );
}

const outcomes: Readonly<Record<string, string>> = {
  nothing: "no difference",
  commands: "runtime commands",
  reload: "reload",
  failed: "failed",
  held: "held back",
};

/** The last changes: what, asked by which event, commands or reload and why, milliseconds. */
export function Timeline({ now }: { now: number }) {
  const { answer, error } = useApi<Changes>("api/changes", 3);
  return (
    <section class="view">
      <h2>
        Changes <span class="quiet">{answer && `the last ${answer.changes.length}`}</span>
      </h2>
      <Failure error={error} />
      {answer?.changes.length === 0 && <p class="empty">Nothing has changed yet.</p>}
      <ol class="timeline">
        {answer?.changes.map((
          { at, how, what, asked, apps, appCount, commands, why, milliseconds, times },
        ) => (
          <li class={how}>
            <time dateTime={at} title={new Date(at).toLocaleString()}>{ago(at, now)}</time>
            <div>
              <p>
                <span class={`how ${how}`}>{outcomes[how] ?? how}</span>
                {commands !== undefined && <span class="quiet">{` ${count(commands, "command")}`}</span>}
                {times > 1 && <span class="quiet">{` ${times} times in a row`}</span>}
                <span class="quiet">
                  {` ${milliseconds.toLocaleString("en")} ms, triggered by ${asked.join(", ")}`}
                </span>
              </p>
              {what.length > 0 && <p>{what.join("; ")}</p>}
              {why.map((reason) => (
                <p key={reason} class="said">{how === "failed" ? reason : `because ${reason}`}</p>
              ))}
              {apps.length > 0 && (
                <p>
                  {apps.map((id, index) => (
                    <>
                      {index > 0 && ", "}
                      <AppLink id={id} />
                    </>
                  ))}
                  {appCount > apps.length && (
                    <span class="quiet">{` and ${count(appCount - apps.length, "more", "more")}`}</span>
                  )}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function CertificateList({ now }: { now: number }) {
  const { answer, error } = useApi<Certificates>("api/certificates", 10);
  return (
    <section class="view">
      <h2>Certificates</h2>
      <Failure error={error} />
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th>Names</th>
              <th>Expires</th>
              <th>File</th>
            </tr>
          </thead>
          <tbody>
            {answer?.certificates.map((one) => {
              if ("error" in one) {
                return (
                  <tr>
                    <td class="weak" colSpan={2}>{one.error}</td>
                    <td>
                      <code>{one.path}</code>
                    </td>
                  </tr>
                );
              }
              const { text, grave } = expiry(one.notAfter, now);
              return (
                <tr>
                  <td>{one.names.join(", ") || one.subject}</td>
                  <td class={grave ? "weak" : ""} title={one.notAfter}>{text}</td>
                  <td>
                    <code>{one.path}</code>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
