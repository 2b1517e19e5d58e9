/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/// <reference lib="dom" />
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ReasonCount } from "../lib/core/api/overview.ts";
import { addressOf, type AppsQuery, jsonOf, readAddress, type View } from "./address.ts";
import { AppCard } from "./appCard.tsx";
import { AppList } from "./appList.tsx";
import { type Summary, useApi } from "./api.ts";
import { CertificateList, TestUrl, Timeline } from "./otherViews.tsx";
import { Code, Failure } from "./parts.tsx";
import { age, ago, count, expiry } from "./words.ts";

const tabs: readonly [label: string, view: View][] = [
  ["Apps", { name: "apps", query: {} }],
  ["Test a URL", { name: "url", url: "" }],
  ["Changes", { name: "changes" }],
  ["Certificates", { name: "certificates" }],
];

function Page() {
  const view = useView();
  const now = useNow();
  const { answer: summary, error } = useApi<Summary>("api/summary", 3);
  useKeys(view);
  const go = (next: View) => location.hash = addressOf(next);
  const query = view.name === "apps" || view.name === "app" ? view.query : {};
  const isList = view.name === "apps" || view.name === "app";
  return (
    <>
      <header class="top">
        <div class="bar">
          <h1>
            <a href="#/">marathon-lb</a> <span class="quiet">{summary?.version}</span>
          </h1>
          <nav aria-label="Views">
            {tabs.map(([label, tab]) => (
              <a
                href={addressOf(tab)}
                aria-current={tab.name === (view.name === "app" ? "apps" : view.name) ? "page" : undefined}
              >
                {label}
              </a>
            ))}
            <a class="json" href={jsonOf(view)} title="The same as JSON">JSON</a>
          </nav>
        </div>
        <Failure error={error} />
        {summary && <Header summary={summary} now={now} />}
      </header>
      <main>
        {isList && summary && (
          <NotServed
            reasons={summary.notServed}
            query={query}
            choose={(query) => go({ name: "apps", query })}
          />
        )}
        {isList && (
          <AppList
            query={query}
            change={(query) => location.replace(addressOf({ name: "apps", query }))}
          />
        )}
        {view.name === "url" && <TestUrl url={view.url} test={(url) => go({ name: "url", url })} />}
        {view.name === "changes" && <Timeline now={now} />}
        {view.name === "certificates" && <CertificateList now={now} />}
      </main>
      {view.name === "app" && <AppCard id={view.id} close={() => go({ name: "apps", query: view.query })} />}
    </>
  );
}

function Header({ summary, now }: { summary: Summary; now: number }) {
  const { healthy, reasons, counts, haproxy, eventStream, lastSynchronisation, reloads, certificates } =
    summary;
  const [lastReload] = reloads.last;
  const old = haproxy.oldWorkers ?? [];
  const oldest = Math.max(0, ...old.map(({ seconds = 0 }) => seconds));
  const { nearest } = certificates;
  const expires = nearest && !("error" in nearest) ? expiry(nearest.notAfter, now) : undefined;
  return (
    <>
      <div class={`health ${healthy ? "well" : "ill"}`} role="status">
        <strong>{healthy ? "Healthy" : "Not healthy"}</strong>
        {reasons.map((reason) => <span key={reason}>{reason}</span>)}
        {summary.failing && (
          <span>
            {`Failing for ${age(now - Date.parse(summary.failing.since))}: ${summary.failing.message}`}
          </span>
        )}
      </div>
      <dl class="facts">
        <Fact name="Apps">
          {counts
            ? `${counts.served.toLocaleString("en")} of ${counts.apps.toLocaleString("en")} served`
            : "…"}
          {counts && (counts.partly > 0 || counts.notServed > 0) && (
            <a class="more" href={addressOf({ name: "apps", query: { filter: "not-served" } })}>
              {[
                counts.notServed > 0 ? `${counts.notServed.toLocaleString("en")} not` : "",
                counts.partly > 0 ? `${counts.partly.toLocaleString("en")} in part` : "",
              ].filter(Boolean).join(", ")}
            </a>
          )}
        </Fact>
        <Fact name="Events" grave={eventStream && !eventStream.up}>
          {eventStream ? (eventStream.up ? "connected" : "none") : "polled"}
          {eventStream && <span class="more">{`for ${age(now - Date.parse(eventStream.since))}`}</span>}
        </Fact>
        <Fact name="Synchronised">
          {lastSynchronisation ? ago(lastSynchronisation.at, now) : "not yet"}
          {lastSynchronisation && (
            <span class="more" title={lastSynchronisation.reasons.join(", ")}>
              {lastSynchronisation.reasons[0]}
            </span>
          )}
        </Fact>
        <Fact name="Reloads" grave={lastReload?.failure !== undefined}>
          {count(reloads.ok, "reload")}
          {reloads.failed > 0 && `, ${reloads.failed} failed`}
          {lastReload && (
            <a class="more" href="#/changes" title={lastReload.failure ?? lastReload.reasons.join("; ")}>
              {`${ago(lastReload.at, now)}: ${lastReload.failure ?? lastReload.reasons.join("; ")}`}
            </a>
          )}
        </Fact>
        <Fact name="Old workers" grave={!haproxy.up}>
          {haproxy.up ? (haproxy.oldWorkers ? old.length : "unknown") : "HAProxy is down"}
          {old.length > 0 && <span class="more">{`oldest ${age(oldest * 1000)}`}</span>}
        </Fact>
        <Fact name="Certificates" grave={expires?.grave || (nearest && "error" in nearest)}>
          {expires?.text ?? (nearest ? "unreadable" : "none")}
          {nearest && (
            <a class="more" href="#/certificates">
              {"error" in nearest ? nearest.path : nearest.names[0] ?? nearest.subject}
            </a>
          )}
        </Fact>
      </dl>
    </>
  );
}

function Fact(
  { name, grave, children }: { name: string; grave?: boolean; children: preact.ComponentChildren },
) {
  return (
    <div class={grave ? "grave" : ""}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What is not served, the gravest reasons first; normal states are folded away. */
function NotServed(
  { reasons, query, choose }: {
    reasons: readonly ReasonCount[];
    query: AppsQuery;
    choose: (query: AppsQuery) => void;
  },
) {
  if (reasons.length === 0) return null;
  const faults = reasons.filter(({ severity }) => severity !== "note");
  const notes = reasons.filter(({ severity }) => severity === "note");
  const list = (some: readonly ReasonCount[]) => (
    <ul class="notServed">
      {some.map(({ code, severity, meaning, hint, apps }) => (
        <li class={severity}>
          <button
            type="button"
            aria-pressed={query.code === code}
            onClick={() => choose(query.code === code ? {} : { code })}
          >
            <span class="many">{apps.toLocaleString("en")}</span>
            <code class="code">{code}</code>
            <span class="said">
              <Code text={meaning} />
            </span>
            <span class="hint">
              <Code text={hint} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
  return (
    <section class="reasonsFirst" aria-label="Not served">
      <h2>Not served, by reason</h2>
      {list(faults)}
      {notes.length > 0 && (
        <details open={faults.length === 0 || notes.some(({ code }) => code === query.code)}>
          <summary>
            {`Normal states: ${
              notes.map(({ code, apps }) => `${apps.toLocaleString("en")} ${code}`).join(", ")
            }`}
          </summary>
          {list(notes)}
        </details>
      )}
    </section>
  );
}

function useView(): View {
  const [view, setView] = useState(() => readAddress(location.hash));
  useEffect(() => {
    const follow = () => setView(readAddress(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return view;
}

function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** `/` searches, Escape closes the card. */
function useKeys(view: View): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = /^(?:INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        const search = document.querySelector<HTMLElement>("#search, #url");
        if (search) search.focus();
        else location.hash = "#/";
      }
      if (event.key === "Escape" && view.name === "app") {
        location.hash = addressOf({ name: "apps", query: view.query });
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [view]);
}

render(<Page />, document.getElementById("page")!);
